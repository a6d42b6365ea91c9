import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { FoundMachine, SiteSummary } from "../../../src/api/view.ts";
import { hostPath, sitePath } from "../app/route.ts";
import { msg } from "../language/message.ts";
import { siteState } from "../words/sentence.ts";
import { stateGlyph } from "./glyphs.ts";
import { SheetElement } from "./sheet-element.ts";

// Whoever types on does not want to know what half a name finds.
const pauseMs = 200;
const leastLetters = 2;
const mostSites = 20;

/** Finds a machine or a site by what people call it, or by whose it is. */
@customElement("find-sheet")
class FindSheet extends SheetElement {
  @state() private _text = "";
  /** What was found for which text; null while nothing was asked. */
  @state() private _found: { readonly text: string; readonly machines: readonly FoundMachine[] } | null = null;
  private _timer: number | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this._timer !== null) window.clearTimeout(this._timer);
  }

  protected override firstUpdated(): void {
    super.firstUpdated();
    this.querySelector<HTMLElement>("[name=find]")?.focus();
  }

  protected override render(): TemplateResult {
    const sites = this._sites();
    const machines = this._found?.machines ?? [];
    const isAnswered = this._found !== null && this._found.text === this._text.trim();
    const isNothing = isAnswered && sites.length + machines.length === 0;
    const body = html`<form @submit=${this._first} role="search">
        <label class="field"
          ><span>${msg`Name, address, MAC, owner or place`}</span>
          <input
            class="in"
            type="search"
            name="find"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            maxlength="60"
            .value=${this._text}
            @input=${this._onInput}
          />
        </label>
      </form>
      <div aria-live="polite">
        ${
          sites.length + machines.length === 0
            ? nothing
            : html`<div class="found">
                ${sites.map((site) => html`<a href=${sitePath(site.id)}>${stateGlyph(siteState(site))}<b>${site.name}</b><small>${msg`Site`}</small></a>`)}
                ${machines.map((machine) => this._machine(machine))}
              </div>`
        }
        ${isNothing ? html`<p class="none">${msg`Nothing here is called that.`}</p>` : nothing}
      </div>`;
    const footer = html`<button class="btn big" type="button" @click=${() => this._close()}>${msg`Close`}</button>`;
    return this._frame(msg`Find a machine or site`, msg`Close`, body, footer);
  }

  private _machine({ siteId, siteName, host, name, address, where, verdict }: FoundMachine): TemplateResult {
    const more = [siteName, where, address === name ? "" : (address ?? "")].filter((part) => part !== "").join(" · ");
    return html`<a href=${hostPath(siteId, host)}>${stateGlyph(verdict)}<b>${name}</b><small>${more}</small></a>`;
  }

  private _sites(): readonly SiteSummary[] {
    const wanted = this._text.trim().toLowerCase();
    if (wanted === "") return [];
    return (this.app.state.sites ?? [])
      .filter(({ name, sensor }) => `${name} ${sensor.id}`.toLowerCase().includes(wanted))
      .slice(0, mostSites);
  }

  private readonly _onInput = (event: InputEvent): void => {
    this._text = (event.target as HTMLInputElement).value;
    if (this._timer !== null) window.clearTimeout(this._timer);
    const text = this._text.trim();
    if (text.length < leastLetters) this._found = null;
    else this._timer = window.setTimeout(() => void this._look(text), pauseMs);
  };

  private async _look(text: string): Promise<void> {
    try {
      const machines = await this.app.actions.find(text);
      if (text === this._text.trim()) this._found = { text, machines };
    } catch {
      // The page's banner says that the controller does not answer.
    }
  }

  /** Enter opens what stands first. */
  private readonly _first = (event: Event): void => {
    event.preventDefault();
    this.querySelector<HTMLAnchorElement>(".found a")?.click();
  };
}

declare global {
  interface HTMLElementTagNameMap {
    "find-sheet": FindSheet;
  }
}
