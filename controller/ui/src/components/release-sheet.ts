import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { hostName, sentence, vectorWords } from "../words/host.ts";
import { counted } from "../words/number.ts";
import { icon } from "./glyphs.ts";
import { SheetElement } from "./sheet-element.ts";

/** Asks before a release, and for its reason. */
@customElement("release-sheet")
class ReleaseSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: HostView;
  @property({ attribute: false }) containment!: ContainmentView;

  @state() private _reason = "Checked and clean";

  protected override render(): TemplateResult {
    const { containment, host } = this;
    const name = hostName(host);
    const what = containment.vector === null ? "Everything" : `The ${vectorWords[containment.vector]}`;
    const again =
      containment.kind === "throttle"
        ? `${name} makes new contacts as fast as it likes again.`
        : `${what} of ${name} reaches the Internet again.`;
    const body = html` <section class="reach">
        <p class="lv">${again}</p>
        <p class="cap">Now: ${sentence(containment.levelText)}</p>
      </section>
      <ul class="cons">
        <li>
          ${icon("i-unplug", "s")}<span><b>Stopped so far:</b> ${counted(containment.packetsStopped, "packet")}.</span>
        </li>
        <li>
          ${icon("i-eye", "s")}<span><b>Goes on:</b> Cordon keeps judging it, from what it tries next.</span>
        </li>
        ${
          host.verdict === "infected"
            ? html`<li>
                ${icon("i-hand", "s")}<span
                  ><b>Its verdict is still infected.</b> If it was not cleaned, it goes on where it stopped.</span
                >
              </li>`
            : ""
        }
      </ul>
      <div class="form">
        <label class="field"
          ><span>Reason</span>
          <textarea
            class="in"
            name="reason"
            rows="2"
            maxlength="500"
            .value=${this._reason}
            @input=${(event: InputEvent) => (this._reason = (event.target as HTMLTextAreaElement).value)}
          ></textarea>
        </label>
      </div>`;
    const hasReason = this._reason.trim() !== "";
    const footer = html` <button
        class="btn pri big"
        type="button"
        ?disabled=${!hasReason || this._isBusy}
        @click=${() => void this._ask()}
      >
        ${hasReason ? `Release ${name}` : "First give a reason"}
      </button>
      <button class="btn big" type="button" @click=${() => this._close()}>Not now</button>`;
    return this._frame(`Release ${name}?`, "Close, nothing is released", body, footer);
  }

  private _ask(): Promise<void> {
    const { app, site, host, containment } = this;
    return this._submit(() => app.actions.release(site.id, host.host, containment.id, this._reason.trim()));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "release-sheet": ReleaseSheet;
  }
}
