import { svg, type SVGTemplateResult } from "lit";
import { msg, words } from "../language/message.ts";

interface Frame {
  readonly classes: string;
  readonly width: number;
  readonly font: number;
  /** Where the line leaves the word "Internet", and where the box stands on it. */
  readonly line: number;
  readonly box: number;
  /** The gap, the branch to the neighbours, and where the machine's name begins. */
  readonly gap: readonly [number, number];
  readonly branch: number;
  readonly name: number;
  /** Letters that fit; a longer name gives way to a short word. */
  readonly letters: number;
}

const wide: Frame = {
  classes: "only-d",
  width: 496,
  font: 13,
  line: 64,
  box: 150,
  gap: [226, 256],
  branch: 330,
  name: 382,
  letters: 15,
};
const narrow: Frame = {
  classes: "only-p",
  width: 328,
  font: 15,
  line: 66,
  box: 78,
  gap: [132, 154],
  branch: 196,
  name: 226,
  letters: 11,
};

type Kind = "throttle" | "vector" | "quarantine";

/** The line as it will be: cut between box and machine, or carrying with one vector stopped, or narrowed. */
export function cutDrawing(name: string, kind: Kind, vector: string | null): SVGTemplateResult {
  return svg`${drawing(name, kind, vector, wide)}${drawing(name, kind, vector, narrow)}`;
}

const signs = words<Readonly<Record<Kind, string>>>({ throttle: "slowed", vector: "stopped", quarantine: "cut here" });

function labelOf(name: string, kind: Kind, vector: string | null): string {
  switch (kind) {
    case "quarantine":
      return msg`After the cut: Internet, then the box, which cuts the line toward the switch for ${name}; neighbours on the switch still reach it`;
    case "vector":
      return msg`After it: Internet, then the box, which stops ${vector ?? ""} of ${name}; everything else passes`;
    case "throttle":
      return vector === null
        ? msg`After it: Internet, then the box, which slows new contacts of ${name}; everything else passes`
        : msg`After it: Internet, then the box, which slows new contacts by ${vector} of ${name}; everything else passes`;
  }
}

function drawing(name: string, kind: Kind, vector: string | null, frame: Frame): SVGTemplateResult {
  const { width, font, line, box, gap, branch } = frame;
  const [left, right] = gap;
  const middle = (left + right) / 2;
  const label = labelOf(name, kind, vector);
  const end = frame.name - 8;
  // The sign has all that is left of here, the neighbours what is right of it.
  const room = branch - 20;
  const accents: Readonly<Record<Kind, SVGTemplateResult>> = {
    quarantine: svg`<path d="M${box + 36} 20H${left}M${right} 20H${branch}M${left} 12v16M${right} 12v16"></path>`,
    vector: svg`<path d="M${box + 36} 20H${branch}M${middle} 11v18"></path>`,
    throttle: svg`<path d="M${box + 36} 20H${left}M${right} 20H${branch}M${left} 12v16M${right} 12v16"></path>
      <path d="M${left} 20H${right}" stroke-width="1"></path>`,
  };
  return svg`<svg class="drawing ${frame.classes}" viewBox="0 0 ${width} 68" role="img" aria-label=${label}>
    <g fill="none" stroke="var(--ink)" stroke-width="2"><path d="M${line} 20H${box}M${branch} 20H${end}M${branch} 20v15"></path></g>
    <g fill="none" stroke="var(--accent)" stroke-width="2">${accents[kind]}</g>
    <rect x=${box} y="2" width="36" height="36" rx="3" fill="var(--accent)"></rect>
    <g transform="translate(${box + 6} 8)" fill="none" stroke="var(--on-accent)" stroke-width="1.8">
      <path d="M1.5 15H6a6 6 0 0 1 12 0h4.5"></path><circle cx="12" cy="15" r="2.1" fill="var(--on-accent)" stroke="none"></circle>
    </g>
    <circle cx=${branch} cy="20" r="3.5" fill="var(--ink)"></circle>
    <g font-size=${font} fill="var(--ink)">
      <text x="0" y="25" font-weight="600">${msg`Internet`}</text>
      <text x=${frame === wide ? middle : room} y="57" text-anchor=${frame === wide ? "middle" : "end"} fill="var(--accent)" font-weight="600">${signs[kind]}</text>
      <text x=${frame.name} y="25" font-weight="600">${name.length > frame.letters ? msg`machine` : name}</text>
      <text x=${room + 8} y="57" fill="var(--ink-2)">${msg`neighbours`}</text>
    </g>
  </svg>`;
}
