import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { AskView } from "../../../src/api/ask-view.ts";
import type { RecordingView } from "../../../src/api/recording-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { displayFilter, ringSentence } from "../words/packets.ts";
import { copyField } from "./copy-field.ts";
import { needs } from "./right.ts";
import { SheetElement } from "./sheet-element.ts";
import { choiceField, hourMs } from "./sheet-fields.ts";

/** Recorded packets of one machine, for Wireshark. */
@customElement("packets-sheet")
class PacketsSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: string;

  @state() private _recording: RecordingView | null = null;
  @state() private _hours = "1";
  @state() private _ask: AskView | null = null;

  protected override firstUpdated(): void {
    super.firstUpdated();
    void this._run(async () => {
      this._recording = await this.app.actions.ask(this.site.id, (api) => api.recording());
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const host = this.site.hosts.find((each) => each.host === this.host);
    if (host === undefined || host.mac === null) return nothing;
    const { now, time } = this.app.state;
    const recording = this._recording;
    // Undefined while it is not known.
    const covers =
      recording === null
        ? undefined
        : (recording.wish?.authorisations ?? []).some(
            ({ scope, until }) => until > now && (scope.kind === "site" || scope.host === host.mac),
          );
    const ask = this._ask;
    const isOver = ask !== null && ask.status !== "open";
    const body = html`<div class="reach">
        <p class="lv">
          ${recording === null ? msg`Looking whether packets are recorded …` : ringSentence(recording, time, now)}
        </p>
        <p class="cap">
          ${msg`Who asks for them stands in the audit log, and in the file on whose word they were recorded.`}
        </p>
      </div>
      ${
        covers === false
          ? html`<p>${msg`Nobody has allowed it for this machine.`}</p>
              <button
                class="btn sm"
                ${needs(this.app, "record")}
                @click=${() => this.app.actions.open({ kind: "recording", host: host.mac })}
              >
                ${msg`Allow recording…`}
              </button>`
          : choiceField({
              ...{ legend: msg`How far back`, name: "span", chosen: this._hours },
              options: [
                ["0.25", msg`15 min`],
                ["1", msg`1 h`],
                ["8", msg`8 h`],
                ["24", msg`24 h`],
              ],
              onChoose: (hours) => (this._hours = hours),
            })
      }
      <div aria-live="polite">${this._found(ask)}</div>
      ${copyField(msg`Display filter for Wireshark`, displayFilter(host.mac), msg`Paste it into the line above the packets.`)}`;
    const fetched =
      ask?.upload == null
        ? html`<button
            class="btn pri"
            ?disabled=${this._isBusy || covers !== true || (ask !== null && !isOver)}
            @click=${() => void this._askBox(host.mac ?? "")}
          >
            ${msg`Ask the box for them`}
          </button>`
        : html`<a
            class="btn pri"
            download=${`cordon-${host.mac.replaceAll(":", "")}.pcapng`}
            href=${`/api/v1/sites/${encodeURIComponent(this.site.id)}/asks/${encodeURIComponent(ask.id)}/upload`}
            >${msg`Download for Wireshark`}</a
          >`;
    return this._frame(msg`Packets of ${hostName(host)}`, msg`Close`, body, fetched);
  }

  private _found(ask: AskView | null): TemplateResult | typeof nothing {
    if (ask === null) return nothing;
    if (ask.status === "open")
      return html`<p class="none">${msg`The box looks, and sends them. That may take minutes.`}</p>`;
    if (ask.upload !== null) {
      return html`<p class="taken">${msg`${Math.ceil(ask.upload.sizeBytes / 1024)} kB are here, for a week.`}</p>`;
    }
    return html`<p class="refusal">${ask.text ?? msg`The box sent none.`}</p>`;
  }

  private _askBox(mac: string): Promise<void> {
    const to = this.app.state.now;
    const question = { from: to - Number(this._hours) * hourMs, to, host: mac };
    return this._run(async () => {
      let ask = await this.app.actions.ask(this.site.id, (api) => api.packets(question));
      this._ask = ask;
      while (ask.status === "open" && this.isConnected) {
        const { id } = ask;
        ask = await this.app.actions.ask(this.site.id, (api) => api.askOutcome(id));
        this._ask = ask;
      }
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "packets-sheet": PacketsSheet;
  }
}
