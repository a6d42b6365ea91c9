import { msg } from "../language/message.ts";

/** What a single key asks for. */
export type Command =
  | "find"
  | "next"
  | "previous"
  | "cut"
  | "release"
  | "step"
  | "keys"
  | "fleet"
  | "site"
  | "timeline"
  | "walk";

const single: Readonly<Record<string, Command>> = {
  "/": "find",
  j: "next",
  k: "previous",
  q: "cut",
  u: "release",
  w: "walk",
  ".": "step",
  t: "timeline",
  "?": "keys",
};
const afterG: Readonly<Record<string, Command>> = { f: "fleet", s: "site" };

/** The keys as a person reads them, in the order of the list. */
export function keyList(): readonly (readonly [keys: readonly string[], does: string])[] {
  return [
    [["/"], msg`find a machine or a site`],
    [["j"], msg`next row`],
    [["k"], msg`previous row`],
    [["Enter"], msg`open the row`],
    [["."], msg`the page’s next step`],
    [["q"], msg`cut off… (asks first)`],
    [["u"], msg`release… or undo`],
    [["t"], msg`time line`],
    [["w"], msg`walk: whose cable is it`],
    [["g", "f"], msg`to the fleet`],
    [["g", "s"], msg`to the site`],
    [["?"], msg`this list`],
    [["Esc"], msg`close`],
  ];
}

/** The command of a key, and whether it opens a two-key one. */
export function commandOf(
  key: string,
  isAfterG: boolean,
): { readonly command: Command | null; readonly opensG: boolean } {
  if (isAfterG) return { command: afterG[key] ?? null, opensG: false };
  if (key === "g") return { command: null, opensG: true };
  return { command: single[key] ?? null, opensG: false };
}
