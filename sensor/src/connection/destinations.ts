import type { AddressKey } from "../packet/packet.ts";

/** Addresses remembered; an office uses a few thousand a day. */
const addressesKept = 8192;
/** More users say nothing new. */
const usersKept = 8;

/** Which machines of the site call an address: what several do is the site's, not one machine's. */
export class Destinations {
  readonly #users = new Map<AddressKey, Set<string>>();

  note(host: string, remote: AddressKey): void {
    const users = this.#users.get(remote) ?? new Set();
    this.#users.delete(remote);
    this.#users.set(remote, users);
    if (users.size < usersKept) users.add(host);
    if (this.#users.size <= addressesKept) return;
    for (const oldest of this.#users.keys()) {
      this.#users.delete(oldest);
      return;
    }
  }

  /** How many machines called it, as far as that matters. */
  usersOf(remote: AddressKey): number {
    return this.#users.get(remote)?.size ?? 0;
  }
}
