import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { hostName, sentence, vectorWords } from "../words/host.ts";
import { counted } from "../words/number.ts";
import { icon } from "./glyphs.ts";
import { SheetElement } from "./sheet-element.ts";
import { hourMs, reasonField, termField } from "./sheet-fields.ts";

const terms = [
  { hours: 1, label: "1 h" },
  { hours: 24, label: "24 h" },
  { hours: 168, label: "7 days" },
  { hours: null, label: "No end" },
] as const;

/** Asks before a release, and for its reason. */
@customElement("release-sheet")
class ReleaseSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: HostView;
  @property({ attribute: false }) containment!: ContainmentView;

  @state() private _reason = "Checked and clean";
  @state() private _hours: number | null = 24;

  protected override render(): TemplateResult {
    const { containment, host } = this;
    const name = hostName(host);
    const what = containment.vector === null ? "Everything" : `The ${vectorWords[containment.vector]}`;
    const again =
      containment.kind === "throttle" || containment.vector === "arp"
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
          this._isPardon()
            ? html`<li>
                ${icon("i-check", "s")}<span
                  ><b>Left alone:</b> Cordon does nothing to ${name} by itself ${this._end()}, whatever it does. You can
                  cut it off, or take that back.</span
                >
              </li>`
            : nothing
        }
        ${
          host.verdict === "infected"
            ? html`<li>
                ${icon("i-hand", "s")}<span
                  ><b>Its verdict is still infected.</b> If it was not cleaned, it goes on where it stopped.</span
                >
              </li>`
            : nothing
        }
      </ul>
      <div class="form">
        ${reasonField(this._reason, (reason) => (this._reason = reason))} ${this._isPardon() ? this._terms() : nothing}
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

  /** Where a policy acts it would take the machine again at once. */
  private _isPardon(): boolean {
    return this.containment.automatic || this.site.policy !== "observe";
  }

  private _until(): number | null {
    return this._hours === null ? null : this.app.state.now + this._hours * hourMs;
  }

  private _end(): string {
    const { now, time } = this.app.state;
    const until = this._until();
    return until === null ? "until somebody takes that back" : `until ${time.until(until, now)}`;
  }

  private _terms(): TemplateResult {
    return termField(
      {
        legend: "Leave it alone until",
        terms,
        chosen: this._hours,
        noEnd: "you take it back",
        onChoose: (hours) => (this._hours = hours),
      },
      this.app.state,
    );
  }

  private _ask(): Promise<void> {
    const { app, site, host, containment } = this;
    const reason = this._reason.trim();
    const wish = this._isPardon() ? { reason, pardonUntil: this._until() } : { reason };
    return this._submit(() => app.actions.release(site.id, host.host, containment.id, wish));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "release-sheet": ReleaseSheet;
  }
}
