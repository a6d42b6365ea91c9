import type { AddressKey } from "../packet/packet.ts";

const maxAddresses = 8192;
// Enough to see that an address is not the remedy's alone.
const maxNames = 5;

/** Which names anybody on the site was given an address for: whoever keeps the address reaches them all. */
export class SharedNames {
  readonly #namesByAddress = new Map<AddressKey, Set<string>>();

  learn(address: AddressKey, name: string): void {
    const names = this.#namesByAddress.get(address) ?? new Set<string>();
    names.delete(name);
    names.add(name);
    if (names.size > maxNames) names.delete(names.values().next().value ?? "");
    this.#namesByAddress.delete(address);
    this.#namesByAddress.set(address, names);
    if (this.#namesByAddress.size <= maxAddresses) return;
    const oldest = this.#namesByAddress.keys().next().value;
    if (oldest !== undefined) this.#namesByAddress.delete(oldest);
  }

  /** The names of an address but for this one, as many as are remembered. */
  besides(address: AddressKey, name: string | null): string[] {
    const names = this.#namesByAddress.get(address) ?? new Set<string>();
    return [...names].filter((other) => other !== name).slice(0, maxNames - 1);
  }
}
