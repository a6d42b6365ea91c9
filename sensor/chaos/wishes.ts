import type { Dice } from "./dice.ts";

/** What a person wishes, now and then. */
export type Wish =
  | { readonly kind: "policy"; readonly policy: "observe" | "guard" | "contain" }
  | { readonly kind: "barrier"; readonly way: (typeof ways)[number]; readonly mode: "off" | "dry" | "enforce" };

const policies = ["observe", "guard", "contain"] as const;
const ways = ["smb", "ssh", "irc"] as const;
const modes = ["off", "dry", "enforce"] as const;

export function aWish(dice: Dice): Wish {
  if (dice.next() < 0.4) return { kind: "policy", policy: policies[dice.between(0, 2)] ?? "observe" };
  return { kind: "barrier", way: ways[dice.between(0, 2)] ?? "smb", mode: modes[dice.between(0, 2)] ?? "off" };
}

/** As much of a desired document as is wished for here. */
interface Wished {
  readonly policy: string;
  readonly barriers?: readonly { readonly way: string; readonly mode: string }[];
}

/** What persons have wished, as far as it was taken for sure; beside all that is to be proven. */
export class Wishes {
  readonly #known = new Map<string, string>();

  /** @param answer null where none came: it may have been taken all the same */
  made(wish: Wish, answer: "taken" | "refused" | null): void {
    const key = wish.kind === "policy" ? "policy" : wish.way;
    if (answer === "refused") return;
    if (answer === "taken") this.#known.set(key, wish.kind === "policy" ? wish.policy : wish.mode);
    else this.#known.delete(key);
  }

  /** Nothing is known any more: what the box did not get is gone with the records. */
  forget(): void {
    this.#known.clear();
  }

  /** From now on all is known: the document that everybody has come to. */
  settle(document: string): void {
    for (const [key, value] of wishedIn(document)) this.#known.set(key, value);
  }

  /** What a document says otherwise, a sentence each. */
  faultsIn(document: string): string[] {
    const said = wishedIn(document);
    return [...this.#known].flatMap(([key, value]) =>
      said.get(key) === value ? [] : [`${key} is ${said.get(key) ?? "nothing"}, and ${value} was taken`],
    );
  }
}

function wishedIn(document: string): Map<string, string> {
  const { policy, barriers = [] } = JSON.parse(document) as Wished;
  const modeOf = (way: string) =>
    barriers
      .filter((barrier) => barrier.way === way)
      .map(({ mode }) => mode)
      .join(" and ");
  return new Map([["policy", policy], ...ways.map((way) => [way, modeOf(way) || "off"] as const)]);
}
