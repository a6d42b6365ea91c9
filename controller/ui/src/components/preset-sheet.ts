import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { CustomerView } from "../../../src/api/people-view.ts";
import type { PresetOutcome, PresetPlan } from "../../../src/api/preset-view.ts";
import { msg, plural } from "../language/message.ts";
import { said } from "../language/said.ts";
import { cannotWords, planLines, presetWords } from "../words/preset.ts";
import { whyNot } from "./right.ts";
import { SheetElement } from "./sheet-element.ts";
import { reasonField } from "./sheet-fields.ts";

// As many as the controller sets at once.
const mostSites = 200;

/** Puts a preset on a site or a customer's sites: what would change stands there before. */
@customElement("preset-sheet")
class PresetSheet extends SheetElement {
  @property({ attribute: false }) preset!: PresetPlan["preset"];

  @state() private _customers: readonly CustomerView[] = [];
  /** `site:ID` or `customer:ID`. */
  @state() private _target = "";
  /** Null while they are asked for. */
  @state() private _plans: readonly PresetPlan[] | null = null;
  @state() private _left: readonly string[] = [];
  @state() private _reason = "";
  @state() private _outcomes: readonly PresetOutcome[] | null = null;

  override connectedCallback(): void {
    super.connectedCallback();
    if (whyNot(this.app, "run") === null) {
      void this.app.actions.account((api) => api.customers()).then((known) => (this._customers = known));
    }
    void this._choose(`site:${this.app.state.sites?.[0]?.id ?? ""}`);
  }

  protected override render(): TemplateResult {
    const { title, text } = presetWords[this.preset];
    const told = html`<div class="reach">
      <p class="lv">${text}</p>
      <p class="cap">
        ${msg`Ways that the preset does not name, areas, remedies and single machines stay as people set them.`}
      </p>
    </div>`;
    const done = this._outcomes;
    if (done !== null) {
      const button = html`<button class="btn pri big" @click=${() => this._close()}>${msg`Done`}</button>`;
      return this._frame(title, msg`Close`, html`${told}${this._result(done)}`, button);
    }
    const plans = this._plans ?? [];
    const chosen = plans.filter((plan) => isOpen(plan) && !this._left.includes(plan.siteId));
    const missing =
      this._plans === null
        ? msg`Asking what would change…`
        : chosen.length === 0
          ? msg`Nothing would change`
          : this._reason.trim() === ""
            ? msg`First give a reason`
            : null;
    return this._frame(
      title,
      msg`Close, nothing is changed`,
      html`${told}${this._targetField()}
        <div aria-live="polite">
          ${plans.map((plan) => this._plan(plan, plans.length > 1))}
          ${plans.length < mostSites ? nothing : html`<p>${msg`These are the first ${mostSites} sites; the others come after them.`}</p>`}
          ${this._plans?.length === 0 ? html`<p>${msg`No site is there.`}</p>` : nothing}
        </div>
        <div class="form">${reasonField(this._reason, (reason) => (this._reason = reason))}</div>`,
      html`<button
          class="btn pri big"
          ?disabled=${missing !== null || this._isBusy}
          @click=${() => void this._put(chosen)}
        >
          ${missing ?? plural(chosen.length, "Set {n} site", "Set {n} sites")}
        </button>
        <button class="btn big" type="button" @click=${() => this._close()}>${msg`Not now`}</button>`,
    );
  }

  private _targetField(): TemplateResult {
    const option = (value: string, label: string): TemplateResult =>
      html`<option value=${value} ?selected=${value === this._target}>${label}</option>`;
    const customers = this._customers.filter(({ sites }) => sites.length > 0);
    return html`<label class="field"
      ><span>${msg`For`}</span>
      <select class="in" @change=${(event: Event) => void this._choose((event.target as HTMLSelectElement).value)}>
        ${(this.app.state.sites ?? []).map(({ id, name }) => option(`site:${id}`, name))}
        ${customers.map(({ id, name }) => option(`customer:${id}`, msg`All sites of ${name}`))}
      </select>
    </label>`;
  }

  private _plan(plan: PresetPlan, isOneOfMany: boolean): TemplateResult {
    const { now, time } = this.app.state;
    const lines = planLines(plan, now, time);
    const cannot = cannotWords(plan);
    return html`<section class="plan" aria-label=${plan.siteName}>
      <h3>${plan.siteName}</h3>
      ${
        lines.length === 0
          ? html`<p>${msg`Is set so already.`}</p>`
          : html`<ul>
              ${lines.map((line) => html`<li>${line}</li>`)}
            </ul>`
      }
      ${cannot === null ? nothing : html`<p class="cap">${cannot}</p>`}
      ${
        isOneOfMany && lines.length > 0
          ? html`<div class="ticks">
              <label>
                <input
                  type="checkbox"
                  .checked=${!this._left.includes(plan.siteId)}
                  @change=${() => (this._left = toggled(this._left, plan.siteId))}
                />
                <span>${msg`Set ${plan.siteName}`}</span>
              </label>
            </div>`
          : nothing
      }
    </section>`;
  }

  private _result(outcomes: readonly PresetOutcome[]): TemplateResult {
    const nameOf = (id: string): string => this._plans?.find(({ siteId }) => siteId === id)?.siteName ?? id;
    const what = ({ outcome, text }: PresetOutcome): string =>
      outcome === "set"
        ? msg`Asked; the box reports what it really does.`
        : outcome === "already"
          ? msg`Is set so already.`
          : msg`Refused, and nothing of it is changed: ${said(text ?? "")}`;
    return html`<div role="status">
      ${outcomes.map(
        (each) =>
          html`<section class="plan">
            <h3>${nameOf(each.siteId)}</h3>
            <p>${what(each)}</p>
          </section>`,
      )}
    </div>`;
  }

  private async _choose(target: string): Promise<void> {
    this._target = target;
    this._plans = null;
    this._left = [];
    const at = target.indexOf(":");
    const query = `${target.slice(0, at)}=${encodeURIComponent(target.slice(at + 1))}`;
    await this._run(async () => {
      const plans = await this.app.actions.account((api) => api.presetPlans(this.preset, query));
      // Whoever chose on meanwhile waits for another answer.
      if (target === this._target) this._plans = plans;
    });
    if (this._plans === null && target !== this._target) await this._choose(this._target);
  }

  private _put(plans: readonly PresetPlan[]): Promise<void> {
    const sites = plans.map(({ siteId, basis }) => ({ siteId, basis }));
    const wish = { sites, reason: this._reason.trim() };
    return this._run(async () => {
      this._outcomes = await this.app.actions.account((api) => api.putPreset(this.preset, wish));
    });
  }
}

function toggled(ids: readonly string[], id: string): readonly string[] {
  return ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id];
}

function isOpen({ policy, reflex, barriers }: PresetPlan): boolean {
  return policy !== null || reflex !== null || barriers.length > 0;
}

declare global {
  interface HTMLElementTagNameMap {
    "preset-sheet": PresetSheet;
  }
}
