import type { Placement } from "@cordon/contract";
import type { PlacementFinding } from "./find-placement.ts";
import { standsWords } from "./statement.ts";

/** The placements that a box goes over between by itself: both are a bridge of two ports, which nobody need touch for it. */
export type LinePlacement = "lan" | "wan";

/** Whether the box may stand there without a person's having put it there. */
export function isLinePlacement(placement: Placement): placement is LinePlacement {
  return placement === "lan" || placement === "wan";
}

export interface PlacementLook {
  readonly finding: PlacementFinding;
  /** What is held in the kernel now, in words; null where nothing is. */
  readonly held: string | null;
  /** Monotonic milliseconds. */
  readonly at: number;
}

export interface PlacementChoiceOptions {
  /** Where the box works as standing now. */
  readonly placement: LinePlacement;
  /** Whether traffic has shown that before; else it is where the box began. */
  readonly isFound: boolean;
}

/**
 * For so long the traffic has to say the same, without a break, before the box believes it: soon while it has only begun
 * somewhere, and late where it once knew better, for boxes are seldom put elsewhere and a strange hour is no move.
 */
const steadyMs = { begun: 60_000, found: 1_800_000 } as const;

/**
 * Takes the placement that is found from traffic, where a person has left it to the box. It goes over from one place
 * in the line to the other and to none else: as a gateway or a mirror it would take its ports out of the line, and an
 * error in that cuts the site off. Nor does it while anything is held: machines are held by their MACs, which mean others,
 * or nobody, in the other place.
 */
export class PlacementChoice {
  readonly #placement: LinePlacement;
  #isFound: boolean;
  #seen: { readonly kind: Placement; readonly since: number } | null = null;
  #why: string | null = null;

  constructor({ placement, isFound }: PlacementChoiceOptions) {
    this.#placement = placement;
    this.#isFound = isFound;
  }

  /** Looks at what was found. What is to be kept in mind as found: where the box works already, or where it is to go over to. */
  look({ finding, held, at }: PlacementLook): LinePlacement | null {
    const { kind } = finding;
    if (kind === null) this.#seen = null;
    else if (this.#seen?.kind !== kind) this.#seen = { kind, since: at };
    this.#why = this.#whyNot(finding, held);
    if (kind === null || !isLinePlacement(kind) || this.#why !== null) return null;
    if (kind === this.#placement && this.#isFound) return null;
    if (at - (this.#seen?.since ?? at) < (this.#isFound ? steadyMs.found : steadyMs.begun)) return null;
    this.#isFound ||= kind === this.#placement;
    return kind;
  }

  /** Why the box does not go where the traffic says that it stands; null where it does, or will soon. */
  get doubt(): string | null {
    return this.#why;
  }

  /** Sentences for the state, that change only where something else is so. */
  get reasons(): readonly string[] {
    const stands = standsWords(this.#placement);
    return [
      this.#isFound
        ? `It was left to the box to find where it stands; by the traffic that is ${stands}.`
        : `It was left to the box to find where it stands; until the traffic has told, it works as ${stands}.`,
      ...(this.#why === null ? [] : [this.#why]),
    ];
  }

  #whyNot({ kind, faults }: PlacementFinding, held: string | null): string | null {
    if (kind === null || kind === this.#placement) return null;
    const seems = `Going by the traffic it stands ${standsWords(kind)}`;
    if (!isLinePlacement(kind)) {
      return `${seems}. That takes its ports out of the line, so only a person may say it, in the profile.`;
    }
    if (faults.some((fault) => fault.kind === "ports-swapped" || fault.kind === "loop")) {
      return `${seems}. It goes over to that when the cables are right.`;
    }
    return held === null ? null : `${seems}. It does not go over while ${held}: its hold would be lost.`;
  }
}
