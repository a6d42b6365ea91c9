/** What a single key asks for. */
export type Command = "next" | "previous" | "cut" | "release" | "step" | "keys" | "fleet" | "site";

const single: Readonly<Record<string, Command>> = {
  j: "next",
  k: "previous",
  q: "cut",
  u: "release",
  ".": "step",
  "?": "keys",
};
const afterG: Readonly<Record<string, Command>> = { f: "fleet", s: "site" };

/** The keys as a person reads them, in the order of the list. */
export const keyList: readonly (readonly [keys: readonly string[], does: string])[] = [
  [["j"], "next row"],
  [["k"], "previous row"],
  [["Enter"], "open the row"],
  [["."], "the page’s next step"],
  [["q"], "cut off… (asks first)"],
  [["u"], "release… or undo"],
  [["g", "f"], "to the fleet"],
  [["g", "s"], "to the site"],
  [["?"], "this list"],
  [["Esc"], "close"],
];

/** The command of a key, and whether it opens a two-key one. */
export function commandOf(
  key: string,
  isAfterG: boolean,
): { readonly command: Command | null; readonly opensG: boolean } {
  if (isAfterG) return { command: afterG[key] ?? null, opensG: false };
  if (key === "g") return { command: null, opensG: true };
  return { command: single[key] ?? null, opensG: false };
}
