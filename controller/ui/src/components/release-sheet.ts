import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ContainmentView, HostView, SiteView } from "../../../src/api/view.ts";
import { besides } from "../words/containment.ts";
import { hostName, sentence, vectorWords } from "../words/host.ts";
import { icon } from "./glyphs.ts";
import { SheetElement } from "./sheet-element.ts";
import { endOf, reasonField, termField, untilWords, type Term } from "./sheet-fields.ts";
import { msg, plural, words } from "../language/message.ts";

const terms = words<readonly Term[]>([
  { hours: 1, label: "1 h" },
  { hours: 24, label: "24 h" },
  { hours: 168, label: "7 days" },
  { hours: null, label: "No end" },
]);

/** Asks before a release, and for its reason. */
@customElement("release-sheet")
class ReleaseSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;
  @property({ attribute: false }) host!: HostView;
  @property({ attribute: false }) containment!: ContainmentView;

  @state() private _reason = msg`Checked and clean`;
  @state() private _hours: number | null = 24;

  protected override render(): TemplateResult {
    const { containment, host } = this;
    const name = hostName(host);
    const others = besides(host, containment.id);
    const again =
      others.length > 0
        ? msg`This ends. ${name} stays held by what else is asked of it.`
        : containment.kind === "throttle" || containment.vector === "arp"
          ? msg`${name} makes new contacts as fast as it likes again.`
          : containment.vector === null
            ? msg`Everything of ${name} reaches the Internet again.`
            : msg`The ${vectorWords[containment.vector]} of ${name} reaches the Internet again.`;
    const body = html` <section class="reach">
        <p class="lv">${again}</p>
        <p class="cap">${msg`Now: ${sentence(containment.levelText)}`}</p>
      </section>
      <ul class="cons">
        ${others.map(
          (other) =>
            html`<li>
              ${icon("i-hand", "s")}<span><b>${msg`Stays:`}</b> ${sentence(other.levelText)}</span>
            </li>`,
        )}
        <li>
          ${icon("i-unplug", "s")}<span
            ><b>${msg`Stopped so far:`}</b> ${plural(containment.packetsStopped, "{n} packet", "{n} packets")}.</span
          >
        </li>
        <li>
          ${icon("i-eye", "s")}<span
            ><b>${msg`Goes on:`}</b> ${msg`Cordon keeps judging it, from what it tries next.`}</span
          >
        </li>
        ${
          this._isPardon()
            ? html`<li>
                ${icon("i-check", "s")}<span
                  ><b>${msg`Left alone:`}</b>
                  ${msg`Cordon does nothing to ${name} by itself ${untilWords(this._hours, this.app.state, msg`until somebody takes that back`)}, whatever it does. You can cut it off, or take that back.`}</span
                >
              </li>`
            : nothing
        }
        ${
          host.verdict === "infected"
            ? html`<li>
                ${icon("i-hand", "s")}<span
                  ><b>${msg`Its verdict is still infected.`}</b>
                  ${msg`If it was not cleaned, it goes on where it stopped.`}</span
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
        ${hasReason ? msg`Release ${name}` : msg`First give a reason`}
      </button>
      <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`;
    return this._frame(msg`Release ${name}?`, msg`Close, nothing is released`, body, footer);
  }

  /** Where a policy acts it would take the machine again at once. */
  private _isPardon(): boolean {
    return this.containment.automatic || this.site.policy !== "observe";
  }

  private _terms(): TemplateResult {
    return termField(
      {
        legend: msg`Leave it alone until`,
        terms,
        chosen: this._hours,
        noEnd: msg`you take it back`,
        onChoose: (hours) => (this._hours = hours),
      },
      this.app.state,
    );
  }

  private _ask(): Promise<void> {
    const { app, site, host, containment } = this;
    const reason = this._reason.trim();
    const wish = this._isPardon() ? { reason, pardonUntil: endOf(this._hours, app.state) } : { reason };
    return this._submit(() => app.actions.release(site.id, host.host, containment.id, wish));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "release-sheet": ReleaseSheet;
  }
}
