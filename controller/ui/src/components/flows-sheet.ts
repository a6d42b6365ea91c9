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

/** The connections that a line of a ledger rests on, from the box's own log. */
@customElement("flows-sheet")
class FlowsSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: string;
  @property({ attribute: false }) behind!: Evidence;

  @state() private _answer: LookUpAnswer | null = null;

  protected override firstUpdated(): void {
    super.firstUpdated();
    const question = { ...spanOf(this.behind), host: this.host, limit };
    void this._run(async () => {
      this._answer = await this.app.actions.ask(this.site.id, (api) => api.lookUp(question));
    });
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
    return html`${
      flows.length === 0
        ? html`<p class="none">${msg`The log holds none of that time. It may have been written over since.`}</p>`
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
