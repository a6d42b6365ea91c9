import { claimMap } from "./claims-nft.ts";
import { filledSetsIn, foreignIn, type FilledSet } from "./filled-sets.ts";
import { readElements } from "./kernel-table.ts";
import type { Nft } from "./nft.ts";
import type { OutsideNames } from "./outside-names.ts";
import { remedyElementSets, type RemedyElements } from "./remedy-elements.ts";
import { putRight, type SetFault } from "./set-mending.ts";
import type { Skeleton } from "./skeleton.ts";
import { readTimedElements, type TimedElement } from "./timed-elements.ts";

export interface SetGuardOptions {
  readonly nft: Nft;
  readonly remedies: RemedyElements;
  readonly names: OutsideNames;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/** What the kernel holds at one moment. */
export interface SetReading {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Null where nothing has changed or nobody is cut off: then remedies are nobody's way. */
  readonly remedies: ReadonlyMap<string, readonly TimedElement[]> | null;
  /** Null where nothing has changed or the kernel was told nothing. */
  readonly names: ReadonlyMap<string, string> | null;
  readonly filled: readonly SetFault[];
}

/** Of some eighty, so that each is looked at within a minute. */
const filledAtOnce = 4;

/**
 * Looks after the sets that say nothing of who is contained, and that a hand may open ways by all the same: remedies
 * and resolvers at each look, and of those that the kernel fills a few, in turn. A foreign element is taken out.
 */
export class SetGuard {
  readonly #options: SetGuardOptions;
  #turn = 0;
  /** How many of the sets that the kernel fills were not looked at since something last changed. */
  #left = 0;
  #filled: { readonly of: Skeleton; readonly sets: readonly FilledSet[] } | null = null;

  constructor(options: SetGuardOptions) {
    this.#options = options;
  }

  /** Takes over what the kernel holds from before this process. */
  async adopt(): Promise<void> {
    const { nft, remedies, monotonic } = this.#options;
    remedies.adopt(await readRemedies(nft), monotonic());
  }

  /**
   * Reads what there is to look at now; null where nothing is. After somebody has changed anything, each set that the kernel
   * fills is looked at once.
   */
  async read(
    nft: Nft,
    skeleton: Skeleton,
    { hasChanged, isAnybodyCutOff }: { readonly hasChanged: boolean; readonly isAnybodyCutOff: boolean },
  ): Promise<SetReading | null> {
    if (this.#filled?.of !== skeleton) this.#filled = { of: skeleton, sets: filledSetsIn(skeleton) };
    const { sets } = this.#filled;
    if (hasChanged) this.#left = sets.length;
    if (!hasChanged && this.#left <= 0) return null;
    const { names, monotonic } = this.#options;
    const at = monotonic();
    const [filled, claims, remedies] = await Promise.all([
      this.#readFilled(nft, sets),
      hasChanged && names.isTold ? readElements(nft, "map", claimMap) : null,
      hasChanged && isAnybodyCutOff ? readRemedies(nft) : null,
    ]);
    const verdicts = claims === null ? null : new Map([...claims].map(([mac, { verdict }]) => [mac, verdict]));
    return { at, filled, names: verdicts, remedies };
  }

  /** Puts right what was read and is not as it should be; what that was, as words, null where nothing was. */
  async mend({ at, remedies, names, filled }: SetReading): Promise<string | null> {
    const { nft } = this.#options;
    // Not before: what was read in vain is to be read again.
    this.#turn = (this.#turn + filledAtOnce) % Math.max(this.#filled?.sets.length ?? 0, 1);
    this.#left -= filledAtOnce;
    const mendings = [putRight(filled), ...(remedies === null ? [] : [this.#options.remedies.mend(remedies, at)])];
    for (const { texts } of mendings) for (const text of texts) await nft.load(text);
    const hasNames = names !== null && (await this.#options.names.mend(names));
    const foreign = mendings.flatMap((mending) => mending.foreignIn);
    const missing = [...mendings.flatMap((mending) => mending.missingIn), ...(hasNames ? [claimMap] : [])];
    const words = [
      ...(foreign.length === 0 ? [] : [`elements in ${foreign.join(", ")} that nobody here put there were taken out`]),
      ...(missing.length === 0 ? [] : [`elements of ${missing.join(", ")} were not as they are to be, and put back`]),
    ];
    return words.length === 0 ? null : words.join("; ");
  }

  #readFilled(nft: Nft, sets: readonly FilledSet[]): Promise<readonly SetFault[]> {
    const some = [...sets, ...sets].slice(this.#turn, this.#turn + Math.min(filledAtOnce, sets.length));
    return Promise.all(
      some.map(async (filled) => {
        const elements = await readTimedElements(nft, filled.name);
        return { set: filled.name, foreign: foreignIn(filled, elements), missing: [] };
      }),
    );
  }
}

async function readRemedies(nft: Nft): Promise<ReadonlyMap<string, readonly TimedElement[]>> {
  return new Map(
    await Promise.all(remedyElementSets.map(async (set) => [set, await readTimedElements(nft, set)] as const)),
  );
}
