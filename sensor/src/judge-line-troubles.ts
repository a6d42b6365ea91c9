import type { LineTrouble } from "@cordon/contract";
import { ChokedLine } from "./connection/choked-line.ts";
import { WalledLine } from "./connection/walled-line.ts";
import type { Host } from "./host/host.ts";
import { formatAddress } from "./packet/address.ts";
import type { AddressKey } from "./packet/packet.ts";

/** What is the matter with the line beside its being dead or not. It convicts and excuses nobody: it is told. */
export class LineTroubles {
  readonly #walled = new WalledLine();
  readonly #choked = new ChokedLine<Host>();
  /** Where one address stands for all machines nobody can be told from the others. */
  readonly #isOutsideRouter: boolean;
  #trouble: LineTrouble | null = null;

  constructor(isOutsideRouter: boolean) {
    this.#isOutsideRouter = isOutsideRouter;
  }

  get trouble(): LineTrouble | null {
    return this.#trouble;
  }

  /** A machine called a target beyond its own network anew. */
  opened(host: Host, at: number): void {
    if (!this.#isOutsideRouter) this.#choked.opened(host, at);
  }

  named(asker: Host, name: string, addresses: readonly AddressKey[], at: number): void {
    this.#walled.answered(name, addresses, asker, at);
  }

  forget(host: Host): void {
    this.#walled.forget(host);
    this.#choked.forget(host);
  }

  advance(at: number, silentVoices: number): void {
    this.#choked.advance(at, silentVoices);
    const { choke } = this.#choked;
    const wall = this.#walled.wall(at);
    if (choke !== null) {
      const { owner: host, since } = choke;
      const who = host.name ?? host.key;
      const text = `The line is choked: ${who} calls more than a hundred new targets a second, and others get no answer.`;
      this.#trouble = { kind: "choked", since, host: host.key, text };
    } else if (wall !== null) {
      const portal = formatAddress(wall.address);
      const text = `The line is walled: of the last ${wall.domains} new domains, asked for by ${wall.askers} machines, all have the address ${portal}. That is a portal, where somebody has to sign in or to pay.`;
      this.#trouble = { kind: "walled", since: wall.since, host: null, text };
    } else {
      this.#trouble = null;
    }
  }
}
