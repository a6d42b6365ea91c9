import type { Contact } from "./contact.ts";
import type { AddressKey } from "../packet/packet.ts";

/** Addresses remembered; an office uses a few thousand a day. */
const addressesKept = 8192;
/** More users say nothing new. */
const usersKept = 8;

/** Which machines of the site call an address: what several do is the site's, not one machine's. */
export class Destinations {
  readonly #users = new Map<AddressKey, Set<string>>();

  /** A first contact; services that everybody knows by port or by name are not remembered. */
  note(host: string, { remote, portClass, resolution }: Contact): void {
    if (portClass !== "other" || resolution === "resolved") return;
    const users = this.#users.get(remote);
    if (users !== undefined) {
      if (users.size < usersKept) users.add(host);
      return;
    }
    this.#users.set(remote, new Set([host]));
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
