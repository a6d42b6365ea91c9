import type { ExecutorTroubles } from "./executor-troubles.ts";
import { groupCounters, stormSenders } from "./group-nft.ts";
import type { KernelTable } from "./kernel-table.ts";
import { leakCounter } from "./leak-nft.ts";
import { crowdedCounter, crowdText } from "./place-nft.ts";
import { stormText } from "./storm-text.ts";

/** Counters that say by growing that something is wrong. One that became smaller has begun anew. */
export class CounterNews {
  readonly #troubles: ExecutorTroubles;
  readonly #last = new Map<string, number>();

  constructor(troubles: ExecutorTroubles) {
    this.#troubles = troubles;
  }

  /** Takes a look at the table; null where it is missing. */
  note(table: KernelTable | null): void {
    const count = (name: string) => table?.counters.get(name)?.packets ?? 0;
    const leaked = count(leakCounter);
    // What came past our rules before the first look is news as well.
    if (this.#hasGrown(leakCounter, leaked, 0)) {
      this.#troubles.sayOnce(
        "containment-leak",
        `${leaked} packets that are to be stopped, of contained machines or of a line that is cut, came past our rules and were stopped only at the outside port`,
      );
    }
    const stormy = count(groupCounters.storm);
    if (this.#hasGrown(groupCounters.storm, stormy, stormy)) {
      this.#troubles.sayOnce("broadcast-storm", stormText(stormy, table?.counts.get(stormSenders) ?? new Map()));
    }
    const crowded = count(crowdedCounter);
    if (this.#hasGrown(crowdedCounter, crowded, crowded)) {
      this.#troubles.sayOnce("reflex-crowded", crowdText(crowded));
    }
  }

  /** `first` stands for what was read before the first look. */
  #hasGrown(name: string, packets: number, first: number): boolean {
    const before = this.#last.get(name) ?? first;
    this.#last.set(name, packets);
    return packets > before || (packets < before && packets > 0);
  }
}
