import { html, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { CustomerView, NewToken } from "../../../src/api/people-view.ts";
import { msg } from "../language/message.ts";
import { roleWords } from "../words/people.ts";
import { copyField } from "./copy-field.ts";
import { SheetElement } from "./sheet-element.ts";
import { choiceField, hourMs, termField, textField, type Term } from "./sheet-fields.ts";
import { allSites, scopeOfSight, sightField, type Sight } from "./sight-field.ts";

const dayHours = 24;

/** Makes a token for a program, and tells it once. */
@customElement("token-sheet")
class TokenSheet extends SheetElement {
  @state() private _name = "";
  @state() private _role: NewToken["role"] = "reader";
  @state() private _sight: Sight = allSites;
  @state() private _hours = 90 * dayHours;
  @state() private _customers: readonly CustomerView[] = [];
  @state() private _secret: string | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.app.actions.account((api) => api.customers()).then((known) => (this._customers = known));
  }

  protected override render(): TemplateResult {
    if (this._secret !== null) return this._told(this._secret);
    const { label, may } = roleWords[this._role];
    const terms: readonly Term[] = [
      { hours: dayHours, label: msg`1 day` },
      { hours: 30 * dayHours, label: msg`30 days` },
      { hours: 90 * dayHours, label: msg`90 days` },
      { hours: 365 * dayHours, label: msg`1 year` },
    ];
    return this._frame(
      msg`Make a token for a program`,
      msg`Close without making it`,
      html`<div class="reach">
          <p class="lv">${label}</p>
          <p>${may}</p>
        </div>
        ${textField({
          ...{ label: msg`Name`, name: "name", value: this._name, maxLength: 100 },
          note: msg`It stands in the audit log beside all that is done.`,
          onInput: (name) => (this._name = name),
        })}
        ${choiceField<NewToken["role"]>({
          ...{ legend: msg`Role`, name: "role", chosen: this._role },
          options: [
            ["reader", roleWords.reader.label],
            ["technician", roleWords.technician.label],
          ],
          onChoose: (role) => (this._role = role),
        })}
        ${sightField(this._sight, { customers: this._customers, sites: this.app.state.sites ?? [] }, (sight) => (this._sight = sight))}
        ${termField(
          {
            ...{ legend: msg`It ends after`, terms, chosen: this._hours, noEnd: "" },
            onChoose: (hours) => (this._hours = hours ?? dayHours),
          },
          this.app.state,
        )}`,
      html`<button
        class="btn pri"
        ?disabled=${this._isBusy || this._name.trim() === ""}
        @click=${() => void this._save()}
      >
        ${msg`Make the token`}
      </button>`,
    );
  }

  private _save(): Promise<void> {
    const expiresAt = this.app.state.now + this._hours * hourMs;
    const wish = { name: this._name.trim(), role: this._role, ...scopeOfSight(this._sight), expiresAt };
    // What it answers is to be read before the sheet goes.
    return this._run(async () => {
      this._secret = (await this.app.actions.account((api) => api.addToken(wish))).secret;
    });
  }

  private _told(secret: string): TemplateResult {
    return this._frame(
      msg`The token is made.`,
      msg`Close`,
      html`<div class="reach">
          <p class="lv">${msg`Whoever has it is let in.`}</p>
          <p>${msg`A program sends it with each request: Authorization: Bearer, and the token.`}</p>
        </div>
        ${copyField(msg`Token`, secret)}`,
      html`<button class="btn pri" @click=${() => this._close()}>${msg`Done`}</button>`,
    );
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "token-sheet": TokenSheet;
  }
}
