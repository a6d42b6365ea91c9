import type { LineCheck } from "@cordon/contract";
import { html, nothing, type TemplateResult } from "lit";
import type { SiteView } from "../../../src/api/view.ts";
import { msg } from "../language/message.ts";
import { checkBasis, checkName, checkWords } from "../words/line-check.ts";
import type { TimeWords } from "../words/time.ts";
import { icon, type Glyph } from "./glyphs.ts";

const glyphs: Readonly<Record<LineCheck["state"], Glyph>> = { answers: "i-check", silent: "i-x", unseen: "i-eye-off" };
const tones: Readonly<Record<LineCheck["state"], string>> = { answers: "good", silent: "bad", unseen: "unseen" };

/** How far a dead line is alive: what answers on the way, and what does not. Nothing of a line that is not dead. */
export function lineChecks(
  { line, sensor, lineChecks: checks }: SiteView,
  time: TimeWords,
  now: number,
): TemplateResult | typeof nothing {
  if (line?.state !== "dead" || sensor.state !== "online" || checks.length === 0) return nothing;
  return html`<ul class="health" aria-label=${msg`Line health`}>
    ${checks.map((check) => {
      const name = checkName(check);
      return name === null
        ? nothing
        : html`<li class=${tones[check.state]} title=${checkBasis(check, time, now)}>
            ${icon(glyphs[check.state])}<b>${name}</b><span>${checkWords(check, time, now)}</span>
          </li>`;
    })}
  </ul>`;
}
