import { html, nothing, type TemplateResult } from "lit";
import type { Sentence } from "../words/sentence.ts";
import { stateGlyph } from "./glyphs.ts";

interface PageSentenceOptions {
  /** At most one primary button. */
  readonly step?: TemplateResult | typeof nothing;
  /** On a phone the step is docked at the foot instead. */
  readonly isDocked?: boolean;
}

/** What every page opens with: verdict, cause, next step. Changes of the verdict are read out. */
export function pageSentence(sentence: Sentence, options: PageSentenceOptions = {}): TemplateResult {
  const step = options.step ?? nothing;
  return html`<section class=${options.isDocked === true ? "say docked" : "say"}>
    ${stateGlyph(sentence.state, "xl")}
    <div class="verdict" aria-live="polite"><h1 tabindex="-1">${sentence.title}</h1></div>
    ${sentence.cause === "" ? nothing : html`<p class="why">${sentence.cause}</p>`}
    ${step === nothing ? nothing : html`<div class="do">${step}</div>`}
  </section>`;
}
