import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding, Knock } from "./detector.ts";
import { decisionLifeMs, oddFlags } from "./likelihoods.ts";

/** More say nothing new. */
const placesKept = 256;

/** TCP segments with flags that no stack sends: scans that hope to pass a filter, or to tell systems apart. */
export class OddFlags implements Detector {
  readonly manners: readonly Knock["manner"][] = ["odd"];
  readonly #places = new Set<string>();
  readonly #sets = new Set<number>();
  #firstAt = 0;
  #lastAt = 0;

  knocked({ manner, remote, port, flags, at }: Knock): boolean {
    if (manner !== "odd") return false;
    if (this.#lastAt > 0 && at - this.#lastAt > decisionLifeMs) {
      this.#places.clear();
      this.#sets.clear();
    }
    if (this.#places.size === 0) this.#firstAt = at;
    this.#lastAt = at;
    if (this.#places.size < placesKept) this.#places.add(placeKey(remote, port));
    this.#sets.add(flags);
    return this.#isFound;
  }

  findings(at: number): readonly Finding[] {
    const count = this.#places.size;
    if (!this.#isFound || at - this.#lastAt > decisionLifeMs) return [];
    return [
      {
        kind: "odd-flags",
        for: true,
        subject: "propagation",
        strength: oddFlags.weight,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          count < oddFlags.targets
            ? `Sent packets with ${this.#sets.size} sets of flags that no system sends: a tool made them by hand, to tell systems apart.`
            : `Sent ${count} packets to different ports whose flags no system sends: a tool made them by hand.`,
      },
    ];
  }

  get #isFound(): boolean {
    return this.#places.size >= oddFlags.targets || this.#sets.size >= oddFlags.sets;
  }
}

function placeKey(remote: AddressKey, port: number): string {
  return `${remote}:${port}`;
}
