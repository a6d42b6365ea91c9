import type { Verdict } from "@cordon/contract";
import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import { thresholds } from "../words/host.ts";
import { weight } from "../words/number.ts";
import { msg, words } from "../language/message.ts";

// The scale runs from −2 to +10; a score beyond is drawn at its end, with its true number.
const from = -2;
const to = 10;

interface Frame {
  readonly width: number;
  readonly inset: number;
  readonly suspect: string;
  readonly infected: string;
  readonly ends: boolean;
}

const wide = words<Frame>({
  width: 760,
  inset: 0,
  suspect: "suspect from 3",
  infected: "infected from 6",
  ends: true,
});
const narrow = words<Frame>({ width: 358, inset: 2, suspect: "suspect 3", infected: "infected 6", ends: false });

/** The balance of the ledger on its scale with both thresholds. The marker has the verdict's shape. */
export function balance(score: number, verdict: Verdict): TemplateResult {
  return html`<div class="scale">
    ${scale(score, verdict, wide, "only-d")}${scale(score, verdict, narrow, "only-p")}
  </div>`;
}

function scale(score: number, verdict: Verdict, frame: Frame, classes: string): SVGTemplateResult {
  const x = (value: number): number => {
    const share = (Math.min(to, Math.max(from, value)) - from) / (to - from);
    return Math.round((frame.inset + share * (frame.width - 2 * frame.inset)) * 10) / 10;
  };
  const tick = (value: number, text: string): SVGTemplateResult => svg`
    <path d="M${x(value)} 24v12" stroke="var(--ink-2)" stroke-width="1.5"></path>
    <text x=${x(value)} y="53" text-anchor="middle">${text}</text>`;
  const at = Math.min(frame.width - 12, Math.max(12, x(score)));
  const label = msg`Balance ${weight(score)}; suspect from ${thresholds.suspect}, infected from ${thresholds.infected}`;
  const showsEnds = frame.ends && at > 80 && at < frame.width - 60;
  return svg`<svg class=${classes} viewBox="0 0 ${frame.width} 60" role="img" aria-label=${label}>
    <path d="M${x(from)} 30H${x(thresholds.suspect)}" stroke="var(--rule-2)" stroke-width="2"></path>
    <path d="M${x(thresholds.suspect)} 30H${x(thresholds.infected)}" stroke="var(--suspect)" stroke-width="2"></path>
    <path d="M${x(thresholds.infected)} 30H${x(to)}" stroke="var(--infected)" stroke-width="2"></path>
    ${tick(0, "0")}${tick(thresholds.suspect, frame.suspect)}${tick(thresholds.infected, frame.infected)}
    <circle cx=${at} cy="30" r="11" fill="var(--paper)"></circle>
    <svg x=${at - 9} y="21" width="18" height="18" class="v-${verdict}"><use href="#v-${verdict}"></use></svg>
    <text class="score" x=${at} y="13" text-anchor=${at > frame.width - 24 ? "end" : at < 24 ? "start" : "middle"}>${weight(score)}</text>
    ${showsEnds ? svg`<text x="0" y="12">${msg`against`}</text><text x=${frame.width} y="12" text-anchor="end">${msg`for // the case`}</text>` : ""}
  </svg>`;
}
