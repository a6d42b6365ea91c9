import type { AddressKey } from "../packet/packet.ts";

/** A program has few targets, and a site few programs that storm. */
const targetsKept = 256;

/** At whom machines of the site keep trying without end; whoever tries the same, if only a few times, has the same program. */
export class Storms {
  readonly #targets = new Set<AddressKey>();

  note(target: AddressKey): void {
    if (this.#targets.has(target)) return;
    this.#targets.add(target);
    if (this.#targets.size <= targetsKept) return;
    for (const oldest of this.#targets) {
      this.#targets.delete(oldest);
      return;
    }
  }

  has(target: AddressKey): boolean {
    return this.#targets.size > 0 && this.#targets.has(target);
  }
}
