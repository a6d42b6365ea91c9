/** The wiring picture: which plug goes where, drawn as a line with the box in it. */
import { block, frame, ink, line, type Shape } from "./drawing.ts";
import type { LabelFacts } from "./facts.ts";
import type { Msg } from "./message.ts";
import { fitted, textAround, textAt, widthOf, type Setting, type Typeface } from "./typeface.ts";
import { wordsOf } from "./words.ts";

/** How high the picture is, in points. */
export const wiringHeight = 178;

const strong = { size: 12, weight: 600 } as const;
const small = { size: 11, weight: 400 } as const;
const station = { width: 90, height: 44 } as const;
const box = { width: 122, height: 64 } as const;

/** @param left and width of the room for it */
export function wiring(
  typeface: Typeface,
  facts: LabelFacts,
  msg: Msg,
  left: number,
  top: number,
  width: number,
): Shape[] {
  return facts.placement === "mirror"
    ? mirrored(typeface, facts, msg, left, top, width)
    : inLine(typeface, facts, msg, left, top, width);
}

function stationAt(typeface: Typeface, x: number, y: number, name: string): Shape[] {
  return [
    frame(x, y - station.height / 2, station.width, station.height, { stroke: ink.black, width: 1.5, fill: ink.paper }),
    ...within(typeface, x + station.width / 2, y + 4.5, name, strong, station.width - 10),
  ];
}

/** A text whose middle is at x, in one line that is so wide at most. */
function within(typeface: Typeface, x: number, y: number, text: string, setting: Setting, width: number): Shape[] {
  const sizes = [setting.size, 10.5, 9, 8];
  const { size, lines } = fitted(typeface, text, { weight: setting.weight, sizes, width, lines: 1 });
  return lines.map((each) => textAround(typeface, x, y, each, { ...setting, size }));
}

/** The same from its left edge. */
function from(typeface: Typeface, x: number, y: number, text: string, setting: Setting, width: number): Shape[] {
  const sizes = [setting.size, 10.5, 9, 8];
  const { size, lines } = fitted(typeface, text, { weight: setting.weight, sizes, width, lines: 1 });
  return lines.map((each) => textAt(x, y, each, { ...setting, size }, ink.second));
}

/** A plug is a block with its cable; those that are joined when the box dies carry a dot. */
function plug(x: number, y: number): Shape {
  return block(x - 5, y - 6, 10, 12);
}

function dot(x: number, y: number): Shape {
  return { kind: "path", d: `M${x - 4} ${y}A4 4 0 1 0 ${x + 4} ${y}A4 4 0 1 0 ${x - 4} ${y}Z`, fill: ink.black };
}

function boxAt(typeface: Typeface, facts: LabelFacts, msg: Msg, x: number, y: number): Shape[] {
  const middle = x + box.width / 2;
  return [
    frame(x, y, box.width, box.height, { stroke: ink.black, width: 3, fill: ink.tint }),
    ...mark(middle - 16, y + 13, 0.68),
    ...within(typeface, middle, y + 54, facts.managementAddress ?? msg`this box`, small, box.width - 8),
  ];
}

/** The product's mark: a line that goes round a machine, and on. */
export function mark(x: number, y: number, scale: number): Shape[] {
  const at = (value: number): string => (value * scale).toFixed(2);
  const d = `M${x} ${(y + 22 * scale).toFixed(2)}h${at(11)}a${at(13)} ${at(13)} 0 0 1 ${at(26)} 0h${at(11)}`;
  const [cx, cy, r] = [x + 24 * scale, y + 22 * scale, 5 * scale];
  return [
    { kind: "path", d, stroke: ink.black, width: 2.5 * scale },
    {
      kind: "path",
      d: `M${cx - r} ${cy}A${r} ${r} 0 1 0 ${cx + r} ${cy}A${r} ${r} 0 1 0 ${cx - r} ${cy}Z`,
      fill: ink.black,
    },
  ];
}

function machines(x: number, y: number): Shape[] {
  return [0, 1, 2].flatMap((index) => {
    const at = x + 15 + index * 30;
    return [line(at, y, at, y + 22, 1.5), frame(at - 8, y + 22, 16, 11, { stroke: ink.black, width: 1.5 })];
  });
}

function inLine(typeface: Typeface, facts: LabelFacts, msg: Msg, left: number, top: number, width: number): Shape[] {
  const { outside, inside } = wordsOf(msg, facts.placement);
  const [right, y, middle] = [left + width, top + 72, left + width / 2];
  const [boxLeft, boxRight] = [middle - box.width / 2, middle + box.width / 2];
  const isGateway = facts.placement === "gateway";
  const plugs = [boxLeft - 9, boxRight + 9] as const;
  const low = y + 84;
  const [outsideMiddle, insideMiddle] = [
    (left + station.width + boxLeft - 14) / 2,
    (right - station.width + boxRight + 14) / 2,
  ];
  return [
    line(left + station.width, y, boxLeft - 14, y),
    line(boxRight + 14, y, right - station.width, y),
    ...stationAt(typeface, left, y, outside),
    ...stationAt(typeface, right - station.width, y, inside),
    ...machines(right - station.width, y + station.height / 2),
    ...boxAt(typeface, facts, msg, boxLeft, y - box.height / 2),
    ...plugs.map((x) => plug(x, y)),
    textAround(typeface, outsideMiddle, y - 12, "OUTSIDE", strong),
    textAround(typeface, insideMiddle, y - 12, "INSIDE", strong),
    ...carried(typeface, facts.carries, left + station.width + 5, plugs[0] - 9, y),
    ...(isGateway ? [] : wayHome(typeface, middle, y, right)),
    ...(isGateway
      ? within(typeface, middle, low + 4, msg`Do not join the two plugs: the bench stays by itself.`, small, width)
      : bypass(typeface, msg, plugs, y, middle, low)),
  ];
}

/** What the line carries, between two edges below it; each on a line of its own where there is no room for all on one. */
function carried(typeface: Typeface, texts: readonly string[], left: number, right: number, y: number): Shape[] {
  const line = texts.join(", ");
  const lines = widthOf(typeface, line, small) <= right - left ? [line] : texts;
  return lines.map((each, index) =>
    textAround(typeface, (left + right) / 2, y + 18 + index * 14, each, small, ink.second),
  );
}

/** The cable of the management port, over the top. */
function wayHome(typeface: Typeface, middle: number, y: number, right: number): Shape[] {
  const [high, at] = [y - 62, right - station.width / 2];
  return [
    {
      kind: "path",
      d: `M${middle} ${y - box.height / 2 - 14}V${high}H${at}V${y - station.height / 2}`,
      stroke: ink.black,
      width: 1.5,
    },
    plug(middle, y - box.height / 2 - 9),
    textAt(middle + 12, high + 17, "MANAGEMENT", strong),
  ];
}

/** Round the box, as the mark goes round a machine. */
function bypass(
  typeface: Typeface,
  msg: Msg,
  plugs: readonly [number, number],
  y: number,
  middle: number,
  low: number,
): Shape[] {
  const [from, to] = plugs;
  const corner = 26;
  return [
    {
      kind: "path",
      d: `M${from} ${y + 22}V${low - corner - 14}Q${from} ${low - 14} ${from + corner} ${low - 14}H${to - corner}Q${to} ${low - 14} ${to} ${low - corner - 14}V${y + 22}`,
      stroke: ink.black,
      width: 2,
      dash: [7, 5],
    },
    dot(from, y + 17),
    dot(to, y + 17),
    ...within(typeface, middle, low + 6, msg`If the box dies: join these two plugs`, strong, 2 * middle - 2 * 46),
  ];
}

function mirrored(typeface: Typeface, facts: LabelFacts, msg: Msg, left: number, top: number, width: number): Shape[] {
  const { outside, inside } = wordsOf(msg, facts.placement);
  const [middle, y] = [left + width / 2, top + 26];
  const [listens, home] = [middle - 40, middle + 40];
  const boxTop = y + 78;
  const wide = 240;
  return [
    line(left + station.width, y, middle - wide / 2, y),
    ...stationAt(typeface, left, y, msg`Router`),
    frame(middle - wide / 2, y - station.height / 2, wide, station.height, {
      stroke: ink.black,
      width: 1.5,
      fill: ink.paper,
    }),
    ...within(typeface, middle, y + 4.5, msg`Switch`, strong, wide - 10),
    line(middle + wide / 2, y, left + width, y),
    ...from(typeface, middle + wide / 2 + 12, y - 10, msg`machines`, small, (width - wide) / 2 - 12),
    line(listens, y + station.height / 2, listens, boxTop - 14, 2, { dash: [7, 5] }),
    line(home, y + station.height / 2, home, boxTop - 14, 1.5),
    plug(listens, boxTop - 8),
    plug(home, boxTop - 8),
    ...boxAt(typeface, facts, msg, middle - box.width / 2, boxTop),
    ...from(typeface, listens - 80, y + 44, inside, small, 72),
    textAt(listens - 80, y + 59, "INSIDE", strong),
    ...from(typeface, home + 16, y + 44, outside, small, 160),
    textAt(home + 16, y + 59, "MANAGEMENT", strong),
  ];
}
