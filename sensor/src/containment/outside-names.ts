import { claimCounters, claimedNames, claimElements, claimText } from "./claims-nft.ts";
import type { KernelTable } from "./kernel-table.ts";
import { isRefusal } from "./nft.ts";
import type { FdbEntry } from "./protected-set.ts";

export interface OutsideNamesOptions {
  /** The bridge that joins the outside port to the inside; absent where the box routes. */
  readonly bridge: string | undefined;
  /** Loads text; rejects where the kernel refuses. */
  readonly load: (text: string) => Promise<void>;
}

/** Keeps the kernel told whose names are none of the inside, and what it noted of them. */
export class OutsideNames {
  readonly #options: OutsideNamesOptions;
  /** What the kernel was told; null where that is not known. */
  #told: ReadonlyMap<string, string> | null = null;
  #ownClaimed = 0;
  #heardInside: readonly string[] = [];

  constructor(options: OutsideNamesOptions) {
    this.#options = options;
  }

  /** The table was made anew. */
  forget(): void {
    this.#told = null;
  }

  /** Whether the kernel was told. */
  get isTold(): boolean {
    return this.#told !== null;
  }

  /** Who was sent by from inside, as the bridge's address table would tell it. */
  get heardInside(): readonly FdbEntry[] {
    return this.#heardInside.map((mac) => ({ mac, port: "", isOwn: false }));
  }

  /** Tells the kernel, where something has changed. `outside` are the machines known there. */
  async tell(entries: readonly FdbEntry[], outside: readonly string[]): Promise<void> {
    const { bridge, load } = this.#options;
    if (bridge === undefined) return;
    const own = entries.filter(({ isOwn, port }) => isOwn && port === bridge).map(({ mac }) => mac);
    const elements = claimElements({ own, outside: outside.toSorted() });
    if (this.#told !== null && isSame(elements, this.#told)) return;
    try {
      await load(claimText(elements));
      this.#told = elements;
    } catch (error) {
      // The table is missing; once it is back this is tried again.
      if (!isRefusal(error)) throw error;
    }
  }

  /** Puts right what a hand has changed, where the kernel was told; true where anything was. */
  async mend(held: ReadonlyMap<string, string>): Promise<boolean> {
    if (this.#told === null || isSame(held, this.#told)) return false;
    await this.#options.load(claimText(this.#told));
    return true;
  }

  /** Takes what the kernel has noted; words for a person where somebody sent in the box's name, else null. */
  note(table: KernelTable | null): string | null {
    const claimed = table?.counters.get(claimCounters.own)?.packets ?? 0;
    const hasGrown = claimed > this.#ownClaimed || (claimed < this.#ownClaimed && claimed > 0);
    this.#ownClaimed = claimed;
    this.#heardInside = [...(table?.counts.get(claimedNames)?.keys() ?? [])];
    if (!hasGrown) return null;
    return `${claimed} packets in the box's own name came from the inside and were stopped: somebody there sends by its MAC, or the line forms a loop`;
  }
}

function isSame(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([mac, verdict]) => b.get(mac) === verdict);
}
