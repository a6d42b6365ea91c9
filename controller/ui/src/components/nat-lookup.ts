import { consume } from "@lit/context";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { NatLogAnswer } from "../../../src/api/record-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import type { NatLogWords } from "../api/site-api.ts";
import { hostPath } from "../app/route.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { appContext, type App } from "../context/app-context.ts";
import { lostWords, momentOf, natSubject, natWords, portOf } from "../words/record.ts";
import { LightElement } from "./light-element.ts";
import { textField } from "./sheet-fields.ts";
import { msg } from "../language/message.ts";

/** Asks a gateway's log who was behind an outside port at a time, as a complaint names it. */
@customElement("nat-lookup")
class NatLookup extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;
  @property({ attribute: false }) site!: SiteView;

  @state() private _address = "";
  @state() private _port = "";
  @state() private _time = "";
  @state() private _answer: NatLogAnswer | null = null;
  @state() private _trouble: Trouble | null = null;
  @state() private _isBusy = false;
  /** What was asked, for the page after. */
  private _asked: NatLogWords | null = null;

  protected override render(): TemplateResult {
    const missing = this._missing();
    return html`<section class="reflex" aria-labelledby="nat-heading">
      <div class="head">
        <h2 id="nat-heading">${msg`Who was behind a port`}</h2>
        <span class="r">${msg`each look-up stands in the audit log`}</span>
      </div>
      <p>
        ${msg`A complaint names an outside port and a time, by which one machine of this repair network can be told.`}
      </p>
      <form class="form" @submit=${this._submit}>
        ${textField({
          ...{ label: msg`Outside port`, name: "nat-port", value: this._port, maxLength: 5 },
          onInput: (value) => (this._port = value),
        })}
        <label class="field"
          ><span>${msg`Time, in this computer’s zone`}</span>
          <input
            class="in"
            name="nat-time"
            type="datetime-local"
            step="1"
            .value=${this._time}
            @input=${(event: InputEvent) => (this._time = (event.target as HTMLInputElement).value)}
          />
        </label>
        ${textField({
          ...{ label: msg`Outside address, if it is named`, name: "nat-address", value: this._address, maxLength: 45 },
          onInput: (value) => (this._address = value),
        })}
        <button class="btn" type="submit" ?disabled=${missing !== null || this._isBusy}>
          ${missing ?? msg`Look it up`}
        </button>
      </form>
      <div aria-live="polite">${this._found()}</div>
    </section>`;
  }

  private _missing(): string | null {
    if (portOf(this._port) === null) return msg`First give the port`;
    return momentOf(this._time) === null ? msg`First give the time` : null;
  }

  private _found(): TemplateResult | typeof nothing {
    if (this._trouble !== null) return html`<p class="refusal">${this._trouble.cause} ${this._trouble.next}</p>`;
    const answer = this._answer;
    if (answer === null) return nothing;
    const { now, time } = this.app.state;
    const lost = lostWords(answer.lost);
    return html`${
      answer.entries.length === 0
        ? html`<p class="none">${msg`The log knows nobody behind it within a minute of that time.`}</p>`
        : html`<ul class="met">
            ${answer.entries.map(
              (entry) =>
                html`<li>
                  ${
                    entry.host === null
                      ? html`<b>${natSubject(entry)}</b>`
                      : html`<a href=${hostPath(this.site.id, entry.host)}>${natSubject(entry)}</a>`
                  }
                  <span>${natWords(entry, time, now)}</span>
                </li>`,
            )}
          </ul>`
    }
    ${lost === null ? nothing : html`<p class="cap">${lost}</p>`}
    ${
      answer.hasMore
        ? html`<button class="btn sm" type="button" ?disabled=${this._isBusy} @click=${this._more}>
            ${msg`Show more`}
          </button>`
        : nothing
    }`;
  }

  private readonly _submit = (event: Event): void => {
    event.preventDefault();
    const [port, at] = [portOf(this._port), momentOf(this._time)];
    if (port === null || at === null) return;
    const address = this._address.trim();
    this._asked = { outsidePort: port, at, ...(address === "" ? {} : { outsideAddress: address }) };
    void this._ask(this._asked, null);
  };

  private readonly _more = (): void => {
    if (this._asked !== null && this._answer !== null) {
      void this._ask({ ...this._asked, offset: this._answer.entries.length }, this._answer);
    }
  };

  private async _ask(question: NatLogWords, before: NatLogAnswer | null): Promise<void> {
    if (this._isBusy) return;
    this._isBusy = true;
    this._trouble = null;
    try {
      const answer = await this.app.actions.ask(this.site.id, (api) => api.natLog(question));
      this._answer = { ...answer, entries: [...(before?.entries ?? []), ...answer.entries] };
    } catch (error) {
      this._trouble = troubleOf(error);
    } finally {
      this._isBusy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "nat-lookup": NatLookup;
  }
}
