import { consume } from "@lit/context";
import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { RefusalView, SiteView } from "../../../src/api/view.ts";
import { appContext, type App } from "../context/app-context.ts";
import { LightElement } from "./light-element.ts";
import { refusalRows } from "./refusal-rows.ts";
import { msg } from "../language/message.ts";

// A box that is refused is refused often; that may be told a little later.
const lookEveryMs = 5000;

/** What a site's box sent and was not let in; nothing where all was. */
@customElement("site-refusals")
class SiteRefusals extends LightElement {
  @consume({ context: appContext, subscribe: true })
  @property({ attribute: false })
  app!: App;
  @property({ attribute: false }) site!: SiteView;

  @state() private _rows: readonly RefusalView[] = [];
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
      void this._look();
    }, waitMs);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (this._rows.length === 0) return nothing;
    return html`<section class="reflex" aria-labelledby="refusals-heading">
      <div class="head"><h2 id="refusals-heading">${msg`Not let in`}</h2></div>
      <p>
        ${msg`What this box sent, or somebody in its name, and the controller refused. It changed nothing; what was only slowed down or shortened says so.`}
      </p>
      ${refusalRows(this.app, this._rows, false)}
    </section>`;
  }

  private async _look(): Promise<void> {
    this._lookedAt = performance.now();
    try {
      this._rows = await this.app.actions.ask(this.site.id, (api) => api.refusals());
    } catch {
      // The page's banner says that the controller does not answer.
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "site-refusals": SiteRefusals;
  }
}
