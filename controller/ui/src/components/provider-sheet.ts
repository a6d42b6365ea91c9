import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { SiteView } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";
import { providerWords } from "../words/provider.ts";
import { callList } from "./call-list.ts";
import { SheetElement } from "./sheet-element.ts";

/** What to read out when the provider is called: what was found, and what to ask. */
@customElement("provider-sheet")
class ProviderSheet extends SheetElement {
  @property({ attribute: false }) site!: SiteView;

  protected override render(): TemplateResult {
    const { time, now } = this.app.state;
    const words = providerWords(this.site, time, now);
    const body =
      words.length === 0
        ? html`<p class="lead">${msg`The line answers again: there is nothing to call for.`}</p>`
        : html`${callList(this.site.contacts)}${words.map((sentence) => html`<p class="lead">${sentence}</p>`)}`;
    const copy = (event: Event): void => {
      const button = event.currentTarget as HTMLButtonElement;
      void navigator.clipboard?.writeText(words.join("\n")).then(() => (button.textContent = msg`Copied`));
    };
    const footer = html`<button class="btn" type="button" @click=${copy}>${msg`Copy`}</button>
      <button class="btn" type="button" @click=${() => this._close()}>${msg`Close`}</button>`;
    return this._frame(msg`What to tell the provider`, msg`Close`, body, footer);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "provider-sheet": ProviderSheet;
  }
}
