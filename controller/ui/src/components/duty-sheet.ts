import { nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { duties, type Duty } from "@cordon/contract";
import { dutyWords, wordsOfDuty } from "../words/duty.ts";
import { hostName, uncapital } from "../words/host.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { choiceField } from "./sheet-fields.ts";
import { msg } from "../language/message.ts";

/** Asks before a person's word changes by what a machine is weighed, and for the reason. */
@customElement("duty-sheet")
class DutySheet extends ChangeSheet {
  @property({ attribute: false }) host!: string;
  /** Whether what was said is taken back. */
  @property({ attribute: false }) isEnd!: boolean;

  @state() private _duty: Duty | null = null;

  protected override _change(reason: string): Promise<void> {
    const { app, site, host, isEnd } = this;
    const duty = this._chosen();
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) =>
        isEnd ? api.withdrawDuty(host, reason) : api.declareDuty(host, { duty, reason }),
      ),
    );
  }

  protected override _changeWords(): ChangeWords {
    const host = this.site.hosts.find((each) => each.host === this.host);
    const name = host === undefined ? this.host : hostName(host);
    if (this.isEnd) {
      const was = uncapital(wordsOfDuty(host?.duty?.duty ?? "").label);
      return {
        title: msg`Take back “${was}” of ${name}?`,
        level: msg`${name} is weighed like any other machine.`,
        consequences: [["i-eye", msg`Its ledger`, msg`begins anew: what it did so far is not weighed afterwards.`]],
        reason: msg`It does that no longer`,
        button: msg`Take it back`,
      };
    }
    const { label, does, spared } = dutyWords[this._chosen()];
    return {
      title: msg`What is ${name} for?`,
      level: msg`${does} That is not weighed against it.`,
      consequences: [
        ["i-check", msg`Not weighed`, `${spared}.`],
        [
          "i-eye",
          msg`Still weighed`,
          msg`all else that it does. A worm on it is known by the strangers that it calls.`,
        ],
        ["i-eye", msg`Its ledger`, msg`begins anew: whoever is infected already is known again by what it does next.`],
        ["i-hand", msg`Policies`, msg`hold for it as for any machine.`],
      ],
      reason: msg`I know what runs on it`,
      button: msg`Declare it: ${uncapital(label)}`,
    };
  }

  protected override _fields(): TemplateResult | typeof nothing {
    if (this.isEnd) return nothing;
    return choiceField({
      ...{ legend: msg`Its work`, name: "duty", chosen: this._chosen() },
      options: duties.map((duty) => [duty, dutyWords[duty].label] as const),
      onChoose: (duty) => (this._duty = duty),
    });
  }

  private _chosen(): Duty {
    const said = this.site.hosts.find((each) => each.host === this.host)?.duty?.duty;
    return this._duty ?? duties.find((each) => each === said) ?? "monitoring";
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "duty-sheet": DutySheet;
  }
}
