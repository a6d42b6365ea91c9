import { consume } from "@lit/context";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ChangeEntry } from "../../../src/api/record-view.ts";
import type { SiteView } from "../../../src/api/view.ts";
import { hostPath } from "../app/route.ts";
import { appContext, type App } from "../context/app-context.ts";
import { changeSubject, changeWord } from "../words/record.ts";
import { LightElement } from "./light-element.ts";
import { momentTag } from "./time.ts";
import { said } from "../language/said.ts";
import { msg } from "../language/message.ts";

// The site changes with each report; what became of something is worth a look every few seconds.
const lookEveryMs = 3000;

/** What became of what was asked for, and of what the box did by itself: the newest first. */
@customElement("change-list")
class ChangeList extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;
  @property({ attribute: false }) site!: SiteView;

  @state() private _entries: readonly ChangeEntry[] | null = null;
  @state() private _next: string | null = null;
  @state() private _isBusy = false;
  private _timer: number | null = null;
  private _lookedAt = Number.NEGATIVE_INFINITY;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._timer !== null) window.clearTimeout(this._timer);
    this._timer = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("site") || this._timer !== null) return;
    const waitMs = Math.max(0, this._lookedAt + lookEveryMs - performance.now());
    this._timer = window.setTimeout(() => {
      this._timer = null;
      void this._look(null);
    }, waitMs);
  }

  protected override render(): TemplateResult {
    const entries = this._entries;
    return html`<section class="reflex" aria-labelledby="changes-heading">
      <div class="head"><h2 id="changes-heading">${msg`What came of it`}</h2></div>
      ${
        entries === null || entries.length === 0
          ? html`<p class="none">
              ${entries === null ? msg`Not read yet.` : msg`Nothing was cut, shut or slowed here so far.`}
            </p>`
          : html`<ul class="met">
              ${entries.map((entry) => this._row(entry))}
            </ul>`
      }
      ${
        this._next === null
          ? nothing
          : html`<button class="btn sm" ?disabled=${this._isBusy} @click=${() => void this._look(this._next)}>
              ${msg`Show older`}
            </button>`
      }
    </section>`;
  }

  private _row(entry: ChangeEntry): TemplateResult {
    const { now, time } = this.app.state;
    const subject = changeSubject(entry);
    return html`<li>
      ${momentTag(entry.at, now, time)}
      ${entry.host === null ? html`<b>${subject}</b>` : html`<a href=${hostPath(this.site.id, entry.host)}>${subject}</a>`}
      <span>${changeWord(entry)}: ${said(entry.text)}</span>
    </li>`;
  }

  /** Reads the newest, or what is older than what is shown. What failed is tried again with the next change. */
  private async _look(before: string | null): Promise<void> {
    if (this._isBusy) return;
    this._isBusy = true;
    this._lookedAt = performance.now();
    try {
      const page = await this.app.actions.ask(this.site.id, (api) => api.changes(before));
      const shown = this._entries ?? [];
      if (before !== null) {
        this._entries = [...shown, ...page.entries];
        this._next = page.next;
        return;
      }
      const known = new Set(page.entries.map(({ id }) => id));
      const older = shown.filter(({ id }) => !known.has(id));
      // Where nothing joins what was shown, there is a gap between: it begins anew.
      const joins = older.length < shown.length;
      this._entries = joins ? [...page.entries, ...older] : page.entries;
      if (!joins) this._next = page.next;
    } catch {
      // The page's banner says that the controller does not answer.
    } finally {
      this._isBusy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "change-list": ChangeList;
  }
}
