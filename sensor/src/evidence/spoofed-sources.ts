import type { AddressKey } from "../packet/packet.ts";
import type { Detector, Finding } from "./detector.ts";
import { decisionLifeMs, spoofedSources } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** Sending in the name of ever new strangers: a flood that hides whence it comes. */
export class SpoofedSources implements Detector {
  /** When each was used last, oldest first. */
  readonly #usedAt = new Map<AddressKey, number>();
  #most = 0;
  #firstAt = 0;
  #lastAt = 0;

  posed(address: AddressKey, at: number): void {
    this.#usedAt.delete(address);
    this.#usedAt.set(address, at);
    for (const [oldest, usedAt] of this.#usedAt) {
      if (at - usedAt <= spoofedSources.windowMs && this.#usedAt.size <= 16 * spoofedSources.addresses) break;
      this.#usedAt.delete(oldest);
    }
    if (this.#usedAt.size < spoofedSources.addresses) return;
    if (this.#most === 0) this.#firstAt = this.#usedAt.values().next().value ?? at;
    this.#most = Math.max(this.#most, this.#usedAt.size);
    this.#lastAt = at;
  }

  findings(at: number): readonly Finding[] {
    if (this.#most === 0 || at - this.#lastAt > decisionLifeMs) return [];
    const count = this.#most;
    const time = duration(this.#lastAt - this.#firstAt);
    return [
      {
        kind: "spoofed-sources",
        for: true,
        subject: "propagation",
        strength: spoofedSources.weight,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () => `Sent from ${count} addresses that are none of the site's within ${time}: it hides who sends.`,
      },
    ];
  }
}
