import { svg, type SVGTemplateResult } from "lit";
import { msg } from "../language/message.ts";
import { wiringWords, type WiredPlace } from "../words/wiring.ts";

const middleY = 92;
const stationWidth = 96;
const width = 496;
const boxX = 190;
const boxWidth = 116;

/** The box in the line with its plugs; those that are joined when it dies carry a dot. What it shows stands beside it in words. */
export function wiringDrawing(place: WiredPlace): SVGTemplateResult {
  return svg`<svg class="drawing wiring" viewBox="0 0 ${width} 200" aria-hidden="true">
    ${place === "mirror" ? mirrored(place) : inLine(place)}
  </svg>`;
}

function station(x: number, y: number, name: string, wide = stationWidth): SVGTemplateResult {
  return svg`<rect x=${x} y=${y - 22} width=${wide} height="44" rx="3" fill="var(--sheet)" stroke="var(--ink)" stroke-width="1.5"></rect>
    <text x=${x + wide / 2} y=${y + 5} text-anchor="middle" font-size="13" font-weight="600" fill="var(--ink)">${name}</text>`;
}

function box(y: number): SVGTemplateResult {
  return svg`<rect x=${boxX} y=${y - 30} width=${boxWidth} height="60" rx="3" fill="var(--accent)"></rect>
    <g transform="translate(${boxX + boxWidth / 2 - 24} ${y - 25}) scale(2)" fill="none" stroke="var(--on-accent)" stroke-width="1.8">
      <path d="M1.5 15H6a6 6 0 0 1 12 0h4.5"></path><circle cx="12" cy="15" r="2.1" fill="var(--on-accent)" stroke="none"></circle>
    </g>`;
}

function plug(x: number, y: number): SVGTemplateResult {
  return svg`<rect x=${x - 5} y=${y - 6} width="10" height="12" fill="var(--ink)"></rect>`;
}

function word(x: number, y: number, text: string, anchor = "middle"): SVGTemplateResult {
  return svg`<text x=${x} y=${y} text-anchor=${anchor} font-size="12" font-weight="600" fill="var(--ink)">${text}</text>`;
}

function inLine(place: Exclude<WiredPlace, "mirror">): SVGTemplateResult {
  const { outside, inside } = wiringWords[place];
  const [left, right] = [boxX - 8, boxX + boxWidth + 8];
  const low = middleY + 74;
  return svg`<g fill="none" stroke="var(--ink)" stroke-width="2">
      <path d="M${stationWidth} ${middleY}H${left}M${right} ${middleY}H${width - stationWidth}"></path>
      ${
        place === "gateway"
          ? ""
          : svg`<path d="M${boxX + boxWidth / 2} ${middleY - 30}V26H${width - stationWidth / 2}V${middleY - 22}" stroke-width="1.5"></path>
            <path d="M${left} ${middleY + 20}V${low - 20}Q${left} ${low} ${left + 20} ${low}H${right - 20}Q${right} ${low} ${right} ${low - 20}V${middleY + 20}" stroke-dasharray="7 5"></path>`
      }
    </g>
    ${station(0, middleY, outside)} ${station(width - stationWidth, middleY, inside)} ${box(middleY)}
    ${plug(left, middleY)} ${plug(right, middleY)}
    ${word((stationWidth + left) / 2 - 2, middleY - 12, "OUTSIDE")} ${word((right + width - stationWidth) / 2 + 2, middleY - 12, "INSIDE")}
    ${
      place === "gateway"
        ? word(width / 2, low + 4, msg`Do not join the two plugs: the bench stays by itself.`)
        : svg`${plug(boxX + boxWidth / 2, middleY - 36)} ${word(boxX + boxWidth / 2 + 12, 20, "MANAGEMENT", "start")}
          <circle cx=${left} cy=${middleY + 16} r="4" fill="var(--ink)"></circle>
          <circle cx=${right} cy=${middleY + 16} r="4" fill="var(--ink)"></circle>
          ${word(width / 2, low + 20, msg`If the box dies: join these two plugs`)}`
    }`;
}

function mirrored(place: "mirror"): SVGTemplateResult {
  const { outside, inside } = wiringWords[place];
  const [listens, home] = [width / 2 - 34, width / 2 + 34];
  const y = 34;
  return svg`<g fill="none" stroke="var(--ink)" stroke-width="2">
      <path d="M${stationWidth} ${y}H${width}"></path>
      <path d="M${listens} ${y + 22}V136" stroke-dasharray="7 5"></path><path d="M${home} ${y + 22}V136" stroke-width="1.5"></path>
    </g>
    ${station(0, y, msg`Router`)} ${station(width / 2 - 110, y, msg`Switch`, 220)} ${box(168)}
    ${plug(listens, 132)} ${plug(home, 132)}
    <text x=${width - 2} y=${y - 10} text-anchor="end" font-size="12" fill="var(--ink-2)">${msg`machines // on a drawing`}</text>
    <text x=${listens - 12} y="82" text-anchor="end" font-size="12" fill="var(--ink-2)">${inside}</text>
    <text x=${home + 12} y="82" font-size="12" fill="var(--ink-2)">${outside}</text>
    ${word(listens - 12, 100, "INSIDE", "end")} ${word(home + 12, 100, "MANAGEMENT", "start")}`;
}
