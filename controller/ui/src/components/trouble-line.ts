import { html, nothing, type TemplateResult } from "lit";
import type { Trouble } from "../app/trouble.ts";

/** What went wrong, and what to do; nothing where nothing did. */
export function troubleLine(trouble: Trouble | null): TemplateResult | typeof nothing {
  if (trouble === null) return nothing;
  return html`<p class="refusal" role="alert"><b>${trouble.cause}</b> ${trouble.next}</p>`;
}
