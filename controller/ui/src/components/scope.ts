import { verdicts } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { SiteView } from "../../../src/api/view.ts";
import { verdictWords } from "../words/host.ts";
import { scopeSentence } from "../words/sentence.ts";
import { stateGlyph } from "./glyphs.ts";
import { msg } from "../language/message.ts";

/** How far it goes: a sentence that sums to the whole, and its parts. */
export function scope({ counts }: SiteView): TemplateResult {
  return html`<section class="scope" aria-label=${msg`Scope`}>
    <p>${scopeSentence(counts)}</p>
    <div class="keys">
      ${verdicts
        .toReversed()
        .map((verdict) =>
          counts[verdict] === 0
            ? nothing
            : html`<span class="word plain v-${verdict}"
                >${stateGlyph(verdict)}${counts[verdict]} ${verdictWords[verdict].toLowerCase()}</span
              >`,
        )}
    </div>
  </section>`;
}
