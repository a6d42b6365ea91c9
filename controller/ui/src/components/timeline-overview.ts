import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import type { TimelineKind, TimelineSummary } from "../../../src/api/timeline-view.ts";
import { msg } from "../language/message.ts";
import { kindWords } from "../words/timeline.ts";
import type { TimeWords } from "../words/time.ts";

const lanes: readonly { readonly kinds: readonly TimelineKind[]; readonly y: number }[] = [
  { kinds: ["line", "box"], y: 14 },
  { kinds: ["evidence"], y: 34 },
  { kinds: ["verdict"], y: 54 },
  { kinds: ["action"], y: 74 },
  { kinds: ["policy", "people"], y: 94 },
];
const [left, right] = [104, 1192];
const hourMs = 3_600_000;
const tickSteps = [
  60_000,
  5 * 60_000,
  10 * 60_000,
  30 * 60_000,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  24 * hourMs,
  7 * 24 * hourMs,
];

type Mark = TimelineSummary["overview"]["marks"][number];

/** The time line as a staff: a lane for each kind, what happened when at a glance. */
export function timelineOverview(
  { overview, counts }: TimelineSummary,
  time: TimeWords,
): TemplateResult | typeof nothing {
  const { from, to, steps, marks } = overview;
  if (marks.length === 0) return nothing;
  const x = (step: number): number => left + ((step + 0.5) / steps) * (right - left);
  const spoken = lanes
    .flatMap(({ kinds }) => kinds)
    .filter((kind) => (counts[kind] ?? 0) > 0)
    .map((kind) => `${kindWords[kind]} ${counts[kind]}`)
    .join(", ");
  return html`<div
    class="staff only-d"
    role="img"
    aria-label=${msg`Overview from ${time.minute(from)} to ${time.minute(to)}: ${spoken}`}
  >
    <svg viewBox="0 0 1200 116" aria-hidden="true">
      ${lanes.map(
        ({ kinds, y }) => svg`<path d=${`M${left} ${y}H${right}`} stroke="var(--rule)"></path>
          <text x="0" y=${y + 4}>${kinds.map((kind) => kindWords[kind]).join(", ")}</text>`,
      )}
      ${lanes.flatMap(({ kinds, y }) => marks.filter(({ kind }) => kinds.includes(kind)).map((each) => mark(each, x(each.step), y)))}
      ${ticks(from, to).map((at) => svg`<text x=${left + ((at - from) / (to - from)) * (right - left)} y="114" text-anchor="middle">${time.minute(at)}</text>`)}
    </svg>
  </div>`;
}

function mark({ kind, state }: Mark, x: number, y: number): SVGTemplateResult {
  switch (kind) {
    case "line":
      return svg`<path d=${`M${x - 3} ${y}h6`} stroke=${state === "healthy" ? "var(--ink-2)" : "var(--notice)"} stroke-width="3"></path>`;
    case "evidence":
      return svg`<path d=${`M${x} ${y - 5}v10`} stroke="var(--ink-2)" stroke-width="1.5"></path>`;
    case "action":
      return svg`<path d=${`M${x} ${y - 7}v14`} stroke="var(--accent)" stroke-width="2.5"></path>`;
    case "verdict":
      return verdictMark(state, x, y);
    default:
      return svg`<circle cx=${x} cy=${y} r="3" fill="var(--ink-2)"></circle>`;
  }
}

function verdictMark(state: string | null, x: number, y: number): SVGTemplateResult {
  switch (state) {
    case "infected":
      return svg`<path d=${`M${x} ${y - 6.5}l6.5 6.5-6.5 6.5-6.5-6.5Z`} fill="var(--infected)"></path>`;
    case "suspect":
      return svg`<path d=${`M${x} ${y - 6}l6.5 11h-13Z`} fill="var(--paper)" stroke="var(--suspect)" stroke-width="1.7"></path>`;
    case "watched":
      return svg`<circle cx=${x} cy=${y} r="5" fill="var(--paper)" stroke="var(--watched)" stroke-width="1.6"></circle>
        <circle cx=${x} cy=${y} r="2" fill="var(--watched)"></circle>`;
    default:
      return svg`<circle cx=${x} cy=${y} r="2.5" fill="none" stroke="var(--clear)" stroke-width="1.2"></circle>`;
  }
}

/** Round times in a span, few enough to be read. */
function ticks(from: number, to: number): readonly number[] {
  const step = tickSteps.find((each) => (to - from) / each <= 8) ?? (to - from) / 4;
  const first = Math.ceil(from / step) * step;
  const found: number[] = [];
  // One at the very end would stand outside.
  for (let at = first; at < to - (to - from) / 40; at += step) found.push(at);
  return found;
}
