import type { Evidence, LookUpAnswer } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import { msg, plural } from "../language/message.ts";
import { flowWords, isBehind, outcomeWords, spanOf } from "../words/flows.ts";
import { hostName, sentence } from "../words/host.ts";
import { count } from "../words/number.ts";
import { SheetElement } from "./sheet-element.ts";
import { momentTag } from "./time.ts";

const limit = 100;
// By when the log has surely written down what it had not when it was asked first.
const writtenAfterMs = 1_000;

/** The connections that a line of a ledger rests on, from the box's own log. */
@customElement("flows-sheet")
class FlowsSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: string;
  @property({ attribute: false }) behind!: Evidence;

  @state() private _answer: LookUpAnswer | null = null;

  private _again: ReturnType<typeof setTimeout> | null = null;

  protected override firstUpdated(): void {
    super.firstUpdated();
    void this._lookUp().then(() => {
      const lacking = this._lackingMs();
      // Each look-up stands in the audit log, so once more and not again and again.
      if (lacking > 0) this._again = setTimeout(() => void this._lookUp(), lacking + writtenAfterMs);
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._again !== null) clearTimeout(this._again);
  }

  private _lookUp(): Promise<void> {
    const question = { ...spanOf(this.behind), host: this.host, limit };
    return this._run(async () => {
      this._answer = await this.app.actions.ask(this.site.id, (api) => api.lookUp(question));
    });
  }

  /** How much of the line's time the log has not written down yet, by the box's clock; a connection is when it has gone on for a while. */
  private _lackingMs(): number {
    return this._answer === null ? 0 : Math.max(0, this.behind.lastAt - this._answer.completeUntil);
  }

  protected override render(): TemplateResult | typeof nothing {
    const host = this.site.hosts.find((each) => each.host === this.host);
    if (host === undefined) return nothing;
    const body = html`<section class="reach">
        <p class="lv">${sentence(this.behind.text)}</p>
        <p class="cap">${msg`From the log that the box keeps. This look-up stands in the audit log.`}</p>
      </section>
      <div aria-live="polite">${this._found(host)}</div>`;
    const footer = html`<button class="btn big" type="button" @click=${() => this._close()}>${msg`Close`}</button>`;
    return this._frame(msg`Connections of ${hostName(host)}`, msg`Close`, body, footer);
  }

  private _found(host: HostView): TemplateResult | typeof nothing {
    if (this._answer === null) {
      return this._isBusy ? html`<p class="none">${msg`The box is asked.`}</p>` : nothing;
    }
    const { now, time } = this.app.state;
    const flows = this._answer.flows.filter((flow) => isBehind(flow, this.behind, host));
    const missing = this._answer.lost.length;
    const isLate = this._lackingMs() > 0;
    const none = isLate
      ? msg`They are not in the log yet.`
      : msg`The log holds none of that time. It may have been written over since.`;
    return html`${
      flows.length === 0
        ? html`<p class="none">${none}</p>`
        : html`<ol class="flows">
            ${flows.map(
              (flow) =>
                html`<li>
                  ${momentTag(flow.startedAt, now, time)}
                  <b>${flowWords(flow)}</b>
                  <span
                    >${flow.outcome === null ? msg`not seen how it went` : outcomeWords[flow.outcome]}${flow.attempts > 1 ? `, ×${count(flow.attempts)}` : ""}</span
                  >
                </li>`,
            )}
          </ol>`
    }
    ${isLate ? html`<p class="cap">${msg`The box writes a connection down up to four minutes after it began. It is asked once more then.`}</p>` : nothing}
    ${this._answer.hasMore ? html`<p class="cap">${msg`These are the newest ${limit} of more.`}</p>` : nothing}
    ${
      missing === 0
        ? nothing
        : html`<p class="cap">
            ${plural(missing, "Of that time the log lacks {n} stretch.", "Of that time the log lacks {n} stretches.")}
          </p>`
    }`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "flows-sheet": FlowsSheet;
  }
}
