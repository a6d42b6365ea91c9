import { consume } from "@lit/context";
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { RecordingView } from "../../../src/api/recording-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { appContext, type App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";
import { hostName } from "../words/host.ts";
import { ringSentence } from "../words/packets.ts";
import { LightElement } from "./light-element.ts";
import { needs, whyNotLine } from "./right.ts";
import { momentTag } from "./time.ts";
import { troubleLine } from "./trouble-line.ts";

/** Whole packets: on whose word they are recorded, how the box stands, and what takes the word back. */
@customElement("recording-panel")
class RecordingPanel extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;
  @property({ attribute: false }) site!: SiteView;

  @state() private _view: RecordingView | null = null;
  @state() private _trouble: Trouble | null = null;
  @state() private _isEnding = false;
  private _shownAt = -Infinity;

  protected override updated(): void {
    // What is known of the site came anew: so does this.
    const { asOf, sheet } = this.app.state;
    if (sheet !== null || asOf === null || asOf <= this._shownAt) return;
    this._shownAt = asOf;
    void this._load();
  }

  protected override render(): TemplateResult | typeof nothing {
    const view = this._view;
    if (view === null) return nothing;
    const { now, time } = this.app.state;
    return html`<section class="policy" id="recording" aria-labelledby="recording-heading">
      <div class="head">
        <h2 id="recording-heading">${msg`Whole packets`}</h2>
        <span class="r">${msg`on somebody’s word alone`}</span>
      </div>
      <p>${ringSentence(view, time, now)}</p>
      ${troubleLine(this._trouble)}
      ${(view.wish?.authorisations ?? []).map(
        ({ by, role, date, until, scope }) =>
          html`<p class="cap">
            ${msg`Allowed by ${by}, ${role}`}, ${momentTag(date, now, time)}:
            ${scope.kind === "site" ? msg`the whole site` : this._nameOf(scope.host)},
            ${until > now ? msg`until ${time.until(until, now)}` : msg`over`}.
          </p>`,
      )}
      ${
        view.wish === null
          ? html`<button
              class="btn sm"
              ${needs(this.app, "record")}
              @click=${() => this.app.actions.open({ kind: "recording", host: null })}
            >
              ${msg`Allow recording…`}
            </button>`
          : html`<button
              class="btn sm"
              ?disabled=${this._isEnding}
              ${needs(this.app, "record")}
              @click=${() => void this._end()}
            >
              ${msg`Take it back, and delete what was recorded`}
            </button>`
      }
      ${whyNotLine(this.app, "record")}
    </section>`;
  }

  private _nameOf(mac: string): string {
    const host = this.site.hosts.find((each) => each.mac === mac);
    return host === undefined ? mac : hostName(host);
  }

  private async _load(): Promise<void> {
    await this._try(async () => {
      this._view = await this.app.actions.ask(this.site.id, (api) => api.recording());
    });
  }

  private async _end(): Promise<void> {
    this._isEnding = true;
    await this._try(async () => {
      this._view = await this.app.actions.ask(this.site.id, (api) => api.endRecording());
    });
    this._isEnding = false;
  }

  private async _try(run: () => Promise<void>): Promise<void> {
    try {
      await run();
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "recording-panel": RecordingPanel;
  }
}
