import { networkInterfaces } from "node:os";
import { parseAddress } from "../packet/address.ts";

export interface OwnAddressesOptions {
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

const knownForMs = 5000;

/** The IPv4 addresses of this machine, as its kernel says; asked for again every five seconds while anybody wants to know. */
export class OwnAddresses {
  readonly #options: OwnAddressesOptions;
  #known: ReadonlySet<number> = new Set();
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(options: OwnAddressesOptions) {
    this.#options = options;
  }

  has(address: number): boolean {
    const now = this.#options.monotonic();
    if (now - this.#readAt >= knownForMs) {
      this.#readAt = now;
      const all = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
      const keys = all.map(({ address: text }) => parseAddress(text)).filter((key) => typeof key === "number");
      this.#known = new Set(keys);
    }
    return this.#known.has(address);
  }
}
