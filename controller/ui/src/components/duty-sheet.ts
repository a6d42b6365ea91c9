import { nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { duties, type Duty } from "@cordon/contract";
import { dutyWords, wordsOfDuty } from "../words/duty.ts";
import { hostName } from "../words/host.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { choiceField } from "./sheet-fields.ts";

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
      const was = wordsOfDuty(host?.duty?.duty ?? "").label.toLowerCase();
      return {
        title: `Take back “${was}” of ${name}?`,
        level: `${name} is weighed like any other machine.`,
        consequences: [["i-eye", "Its ledger", "begins anew: what it did so far is not weighed afterwards."]],
        reason: "It does that no longer",
        button: "Take it back",
      };
    }
    const { label, does, spared } = dutyWords[this._chosen()];
    return {
      title: `What is ${name} for?`,
      level: `${does} That is not weighed against it.`,
      consequences: [
        ["i-check", "Not weighed", `${spared}.`],
        ["i-eye", "Still weighed", "all else that it does. A worm on it is known by the strangers that it calls."],
        ["i-eye", "Its ledger", "begins anew: whoever is infected already is known again by what it does next."],
        ["i-hand", "Policies", "hold for it as for any machine."],
      ],
      reason: "I know what runs on it",
      button: `Declare it: ${label.toLowerCase()}`,
    };
  }

  protected override _fields(): TemplateResult | typeof nothing {
    if (this.isEnd) return nothing;
    return choiceField({
      ...{ legend: "Its work", name: "duty", chosen: this._chosen() },
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
