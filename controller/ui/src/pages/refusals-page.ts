import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { RefusalView } from "../../../src/api/view.ts";
import { troubleOf, type Trouble } from "../app/trouble.ts";
import { refusalRows } from "../components/refusal-rows.ts";
import { foot } from "../components/top-bar.ts";
import { ago } from "../words/time.ts";
import { PageElement } from "./page-element.ts";
import { topOf } from "./page-top.ts";
import { unanswered } from "./waiting.ts";
import { msg, plural } from "../language/message.ts";
import { troubleLine } from "../components/trouble-line.ts";

const lookEveryMs = 5000;

/** What the controller refused, of all boxes and of whoever is none. */
@customElement("refusals-page")
class RefusalsPage extends PageElement {
  @state() private _rows: readonly RefusalView[] | null = null;
  @state() private _trouble: Trouble | null = null;
  private _timer: number | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    void this._look();
    this._timer = window.setInterval(() => void this._look(), lookEveryMs);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._timer !== null) window.clearInterval(this._timer);
    this._timer = null;
  }

  override onCommand(): void {
    // Nothing here is done by a single key.
  }

  protected override render(): TemplateResult {
    const rows = this._rows;
    if (rows === null) return unanswered(this.app, msg`Refused`, this._trouble);
    return html`${topOf(this.app, msg`Refused`)}
      <main>
        <section class="head refused">
          <h1 tabindex="-1">${this._sentence(rows)}</h1>
          <p>${msg`What is refused changes nothing. What was only slowed down or shortened says so.`}</p>
        </section>
        ${troubleLine(this._trouble)} ${rows.length === 0 ? nothing : refusalRows(this.app, rows, true)}
        ${foot(this.app)}
      </main>`;
  }

  private _sentence(rows: readonly RefusalView[]): string {
    const [newest] = rows;
    if (newest === undefined) return msg`Nothing was refused so far.`;
    const boxes = new Set(rows.flatMap(({ sensorId, siteId }) => (siteId === null ? [] : [sensorId]))).size;
    const from =
      boxes === 0
        ? msg`by strangers alone`
        : plural(boxes, "{n} box of ours among the senders", "{n} boxes of ours among the senders");
    const last = ago(newest.lastAt, this.app.state.now);
    const times = rows.reduce((sum, { count }) => sum + count, 0);
    return plural(
      times,
      "{n} time something was refused, {0}; last {1}.",
      "{n} times something was refused, {0}; last {1}.",
      ...[from, last],
    );
  }

  private async _look(): Promise<void> {
    try {
      this._rows = await this.app.actions.account((api) => api.refusals());
      this._trouble = null;
    } catch (error) {
      this._trouble = troubleOf(error);
      // Whoever may not know is told the same each time.
      if (this._trouble.code === "not-allowed" && this._timer !== null) window.clearInterval(this._timer);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "refusals-page": RefusalsPage;
  }
}
