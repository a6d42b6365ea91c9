import { lineSentence } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { lineCutHits } from "../words/area.ts";
import { ChangeSheet, type ChangeWords } from "./change-sheet.ts";
import { cutTermField, endOf, textField, untilWords } from "./sheet-fields.ts";
import { said } from "../language/said.ts";
import { msg, plural } from "../language/message.ts";

/** Asks twice before the line is cut for everybody, and once before it is put back. */
@customElement("line-sheet")
class LineSheet extends ChangeSheet {
  @state() private _hours: number | null = 1;
  @state() private _isSecond = false;
  @state() private _typedName = "";

  protected override async _change(reason: string): Promise<void> {
    const { app, site } = this;
    if (this._isBack()) {
      return this._submit(() => app.actions.changeSite(site.id, (api) => api.restoreLine(reason)));
    }
    if (!this._isSecond) {
      this._isSecond = true;
      await this.updateComplete;
      this.querySelector<HTMLInputElement>("[name=site-name]")?.focus();
      return;
    }
    const expiresAt = endOf(this._hours, app.state);
    return this._submit(() =>
      app.actions.changeSite(site.id, (api) => api.cutLine({ reason, expiresAt, isConfirmed: true })),
    );
  }

  protected override _missing(): string | null {
    if (this._isBack() || !this._isSecond) return null;
    const isNamed = this._typedName.trim().toLowerCase() === this.site.name.trim().toLowerCase();
    return isNamed ? null : msg`First type the site’s name`;
  }

  protected override _changeWords(): ChangeWords {
    const { site } = this;
    if (this._isBack()) {
      const infected = site.counts.infected;
      return {
        title: msg`Put the line back?`,
        level: msg`Everybody reaches the Internet again, but for whoever is cut off alone.`,
        consequences: [
          [
            "i-eye",
            infected === 0 ? msg`Infected` : msg`Still infected`,
            infected === 0
              ? msg`nobody that is known. Cordon keeps judging.`
              : plural(
                  infected,
                  "{n} machine: cut off what is not clean first.",
                  "{n} machines: cut off what is not clean first.",
                ),
          ],
        ],
        ...{ reason: msg`Checked and clean`, button: msg`Put it back` },
      };
    }
    const { placement, canContain } = site.sensor;
    return {
      title: msg`Cut the line?`,
      level: said(lineSentence({ placement: placement ?? "lan", enforcement: canContain ? "in-force" : "simulated" })),
      consequences: [
        [
          "i-unplug",
          msg`Ends`,
          msg`every connection to the Internet, for ${lineCutHits(site)}: web, mail, cloud, remote work.`,
        ],
        [
          "i-x",
          msg`Ends as well`,
          msg`telephones over the Internet, card terminals and alarm calls. Have a mobile at hand.`,
        ],
        ["i-check", msg`Still works`, msg`what stays on the switch, and the box’s own way to its controller.`],
        ["i-user", msg`Nobody is told`, msg`by Cordon: tell the office before you press.`],
        ["i-hand", msg`Milder`, msg`cut off a machine or an area, or stop one way of spreading.`],
      ],
      reason: msg`Nobody knows who is infected`,
      button: this._isSecond
        ? msg`Cut the line ${untilWords(this._hours, this.app.state)}`
        : msg`Go on to cut the line…`,
    };
  }

  protected override _fields(): TemplateResult | typeof nothing {
    if (this._isBack()) return nothing;
    const name = this.site.name;
    return html`${
      this._isSecond
        ? textField({
            label: msg`This cuts off everybody. Type ${name} to go on`,
            ...{ name: "site-name", value: this._typedName, maxLength: 200 },
            onInput: (value) => (this._typedName = value),
          })
        : nothing
    }
    ${cutTermField(this._hours, (hours) => (this._hours = hours), this.app.state)}`;
  }

  private _isBack(): boolean {
    return this.site.lineCut !== null && !this.site.lineCut.releasing;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "line-sheet": LineSheet;
  }
}
