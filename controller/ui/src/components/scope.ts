import { verdicts } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { SiteView } from "../../../src/api/view.ts";
import { verdictWords } from "../words/host.ts";
import { scopeSentence, type State } from "../words/sentence.ts";
import { stateGlyph } from "./glyphs.ts";
import { msg } from "../language/message.ts";

/** How far it goes: a sentence that sums to the whole, and its parts. */
export function scope({ counts, line, sensor }: SiteView): TemplateResult {
  return html`<section class="scope" aria-label=${msg`Scope`}>
    <p>${scopeSentence(counts)}</p>
    <div class="keys">
      ${verdicts.toReversed().map((verdict) => {
        const n = verdict === "clear" ? counts.clear - counts.unheard : counts[verdict];
        return n === 0 ? nothing : key(verdict, n, verdictWords[verdict].toLowerCase());
      })}
      ${counts.unheard === 0 ? nothing : key("unseen", counts.unheard, msg`not yet seen`)}
      ${line?.state === "dead" && sensor.state === "online" ? html`<span>${msg`No machine is blamed for silence: verdicts rest on what is tried, not on what answers.`}</span>` : nothing}
    </div>
  </section>`;
}

function key(state: State, n: number, word: string): TemplateResult {
  return html`<span class="word plain v-${state}">${stateGlyph(state)}${n} ${word}</span>`;
}
