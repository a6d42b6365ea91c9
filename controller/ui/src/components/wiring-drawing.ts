import { svg, type SVGTemplateResult } from "lit";
import { msg } from "../language/message.ts";
import { wiringWords, type WiredPlace } from "../words/wiring.ts";

/** How the drawing is laid out: a phone's has no room for smaller letters. */
interface Frame {
  readonly classes: string;
  readonly width: number;
  readonly station: number;
  readonly box: number;
  readonly switchWidth: number;
  /** Whether a sentence has room under the line. */
  readonly hasFoot: boolean;
}

const wide: Frame = { classes: "only-d", width: 496, station: 100, box: 116, switchWidth: 220, hasFoot: true };
const narrow: Frame = { classes: "only-p", width: 344, station: 66, box: 64, switchWidth: 150, hasFoot: false };
const lineY = 92;

/** The box in the line with its plugs; those that are joined when it dies carry a dot. What it shows stands beside it in words. */
export function wiringDrawing(place: WiredPlace): SVGTemplateResult {
  return svg`${drawing(place, wide)}${drawing(place, narrow)}`;
}

function drawing(place: WiredPlace, frame: Frame): SVGTemplateResult {
  return svg`<svg class="drawing wiring ${frame.classes}" viewBox="0 0 ${frame.width} 200" aria-hidden="true">
    ${place === "mirror" ? mirrored(place, frame) : inLine(place, frame)}
  </svg>`;
}

/** Of two names each has its row. */
function station(x: number, y: number, name: string, width: number): SVGTemplateResult {
  const rows = name.split(", ");
  return svg`<rect x=${x} y=${y - 22} width=${width} height="44" rx="3" fill="var(--sheet)" stroke="var(--ink)" stroke-width="1.5"></rect>
    ${rows.map((row, i) => word(x + width / 2, y + 5 + (i - (rows.length - 1) / 2) * 16, row))}`;
}

function box(middle: number, y: number, width: number): SVGTemplateResult {
  return svg`<rect x=${middle - width / 2} y=${y - 30} width=${width} height="60" rx="3" fill="var(--accent)"></rect>
    <g transform="translate(${middle - 24} ${y - 25}) scale(2)" fill="none" stroke="var(--on-accent)" stroke-width="1.8">
      <path d="M1.5 15H6a6 6 0 0 1 12 0h4.5"></path><circle cx="12" cy="15" r="2.1" fill="var(--on-accent)" stroke="none"></circle>
    </g>`;
}

function plug(x: number, y: number): SVGTemplateResult {
  return svg`<rect x=${x - 5} y=${y - 6} width="10" height="12" fill="var(--ink)"></rect>`;
}

function word(x: number, y: number, text: string, anchor = "middle"): SVGTemplateResult {
  return svg`<text x=${x} y=${y} text-anchor=${anchor} font-size="13" font-weight="600" fill="var(--ink)">${text}</text>`;
}

function note(x: number, y: number, text: string, anchor: string): SVGTemplateResult {
  return svg`<text x=${x} y=${y} text-anchor=${anchor} font-size="13" fill="var(--ink-2)">${text}</text>`;
}

function inLine(place: Exclude<WiredPlace, "mirror">, frame: Frame): SVGTemplateResult {
  const { outside, inside } = wiringWords[place];
  const { width, station: side } = frame;
  const middle = width / 2;
  const [left, right] = [middle - frame.box / 2 - 8, middle + frame.box / 2 + 8];
  const low = lineY + 74;
  const isGateway = place === "gateway";
  return svg`<g fill="none" stroke="var(--ink)" stroke-width="2">
      <path d="M${side} ${lineY}H${left}M${right} ${lineY}H${width - side}"></path>
      ${
        isGateway
          ? ""
          : svg`<path d="M${middle} ${lineY - 30}V26H${width - side / 2}V${lineY - 22}" stroke-width="1.5"></path>
            <path d="M${left} ${lineY + 20}V${low - 20}Q${left} ${low} ${left + 20} ${low}H${right - 20}Q${right} ${low} ${right} ${low - 20}V${lineY + 20}" stroke-dasharray="7 5"></path>`
      }
    </g>
    ${station(0, lineY, outside, side)} ${station(width - side, lineY, inside, side)} ${box(middle, lineY, frame.box)}
    ${plug(left, lineY)} ${plug(right, lineY)}
    ${word((side + left) / 2 - 2, lineY - 12, "OUTSIDE")} ${word((right + width - side) / 2 + 2, lineY - 12, "INSIDE")}
    ${
      isGateway
        ? frame.hasFoot
          ? word(middle, low + 4, msg`Do not join the two plugs: the bench stays by itself.`)
          : ""
        : svg`${plug(middle, lineY - 36)} ${word(middle + 12, 20, "MANAGEMENT", "start")}
          <circle cx=${left} cy=${lineY + 16} r="4" fill="var(--ink)"></circle>
          <circle cx=${right} cy=${lineY + 16} r="4" fill="var(--ink)"></circle>
          ${frame.hasFoot ? word(middle, low + 20, msg`If the box dies: join these two plugs`) : word(middle, low + 20, msg`If the box dies`)}`
    }`;
}

function mirrored(place: "mirror", frame: Frame): SVGTemplateResult {
  const { outside, inside } = wiringWords[place];
  const { width, station: side, switchWidth } = frame;
  const middle = width / 2;
  const [listens, home] = [middle - 22, middle + 22];
  const y = 34;
  return svg`<g fill="none" stroke="var(--ink)" stroke-width="2">
      <path d="M${side} ${y}H${width}"></path>
      <path d="M${listens} ${y + 22}V136" stroke-dasharray="7 5"></path><path d="M${home} ${y + 22}V136" stroke-width="1.5"></path>
    </g>
    ${station(0, y, msg`Router`, side)} ${station(middle - switchWidth / 2, y, msg`Switch`, switchWidth)}
    ${box(middle, 168, frame.box)} ${plug(listens, 132)} ${plug(home, 132)}
    ${note(width - 2, y - 10, msg`machines // on a drawing`, "end")}
    ${note(listens - 12, 82, inside, "end")} ${note(home + 12, 82, outside, "start")}
    ${word(listens - 12, 100, "INSIDE", "end")} ${word(home + 12, 100, "MANAGEMENT", "start")}`;
}
