import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { App } from "../context/app-context.ts";
import { msg } from "../language/message.ts";

/** Chooses the language, each by its own name; nothing where there is one only. */
export function languageChoice({ state, actions }: App): TemplateResult | typeof nothing {
  const { offers, shown } = state.languages;
  if (offers.length < 2) return nothing;
  // Somebody may have put a language there since: whoever comes to choose sees it.
  const look = (): void => void actions.lookForLanguages();
  return html`<select
    class="language"
    name="language"
    autocomplete="off"
    aria-label=${msg`Language`}
    .value=${live(shown)}
    @focus=${look}
    @pointerenter=${look}
    @change=${(event: Event) => void actions.chooseLanguage((event.target as HTMLSelectElement).value)}
  >
    ${offers.map(
      ({ language, name }) =>
        html`<option value=${language} lang=${language} ?selected=${language === shown}>${name}</option>`,
    )}
  </select>`;
}
