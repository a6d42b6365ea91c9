/** A picture as a list of shapes, which is drawn as PDF and as SVG alike. Lengths are points (1/72 inch), y grows downwards. */

/** What the sheet is drawn with: it has to come out of a black and white printer. */
export const ink = {
  black: "#15211f",
  second: "#43524e",
  hairline: "#7d8b87",
  tint: "#eff2ef",
  paper: "#ffffff",
} as const;
export type Ink = (typeof ink)[keyof typeof ink];

export type Weight = 400 | 600;

export interface Text {
  readonly kind: "text";
  readonly x: number;
  /** The baseline. */
  readonly y: number;
  readonly size: number;
  readonly weight: Weight;
  readonly text: string;
  readonly fill: Ink;
}

export interface Path {
  readonly kind: "path";
  /** As in SVG, absolute commands. */
  readonly d: string;
  readonly fill?: Ink;
  readonly stroke?: Ink;
  readonly width?: number;
  /** Lengths of dash and gap. */
  readonly dash?: readonly [number, number];
}

export type Shape = Text | Path;

export function line(x1: number, y1: number, x2: number, y2: number, width = 2, more: Partial<Path> = {}): Path {
  return { kind: "path", d: `M${x1} ${y1}L${x2} ${y2}`, stroke: ink.black, width, ...more };
}

/** A rectangle with corners a little round. */
export function frame(x: number, y: number, width: number, height: number, more: Partial<Path> = {}): Path {
  const [right, bottom, r] = [x + width, y + height, 3];
  return {
    kind: "path",
    d: `M${x + r} ${y}H${right - r}Q${right} ${y} ${right} ${y + r}V${bottom - r}Q${right} ${bottom} ${right - r} ${bottom}H${x + r}Q${x} ${bottom} ${x} ${bottom - r}V${y + r}Q${x} ${y} ${x + r} ${y}Z`,
    ...more,
  };
}

export function block(x: number, y: number, width: number, height: number, fill: Ink = ink.black): Path {
  return { kind: "path", d: `M${x} ${y}H${x + width}V${y + height}H${x}Z`, fill };
}
