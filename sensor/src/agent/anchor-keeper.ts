import { Anchors, claimText, type AnchorRole, type ProtectedMachine } from "../host/anchors.ts";
import { parseAddress } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import type { AddressKey, Packet } from "../packet/packet.ts";
import type { OwnAnchor } from "../placement/own-anchors.ts";
import type { HealthBoard } from "./health-board.ts";

export interface AnchorKeeperOptions {
  /** The site's networks; empty means private and link-local ranges. */
  readonly localNets: readonly string[];
  /** What the box itself goes by; asked now and then. */
  readonly readOwn: () => Promise<readonly OwnAnchor[]>;
  /** The controller's addresses. */
  readonly controller: () => readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly health: HealthBoard;
}

// A sentence of the state has 200 characters.
const namedMost = 2;

const codes: Readonly<Record<AnchorRole, string>> = {
  gateway: "gateway-claimed",
  resolver: "resolver-claimed",
  controller: "controller-claimed",
};

/** Knows the machines that the site cannot do without, has them protected, and tells who claims to be one of them. */
export class AnchorKeeper {
  readonly #options: AnchorKeeperOptions;
  readonly #anchors: Anchors;

  constructor(options: AnchorKeeperOptions) {
    this.#options = options;
    const localNets = NetSet.ofSite(options.localNets);
    this.#anchors = new Anchors((address) => localNets.contains(address));
  }

  observe(packet: Packet): void {
    this.#anchors.observe(packet);
  }

  /** Asks anew what the box itself goes by. */
  async refresh(): Promise<void> {
    const { readOwn, controller } = this.#options;
    const controllers = controller().flatMap((text): OwnAnchor[] => {
      const address = parseAddress(text);
      return address === null ? [] : [{ role: "controller", address }];
    });
    this.#anchors.setOwn([...(await readOwn()), ...controllers]);
  }

  protectedMachines(): readonly ProtectedMachine[] {
    return this.#anchors.protectedMachines(this.#options.now());
  }

  /** The cards that say they have an address, the first heard first; none where nobody was heard yet, null where it stands outside. */
  cardsOf(address: string): readonly string[] | null {
    const key = parseAddress(address);
    return key === null ? [] : this.#anchors.cardsOf(key, this.#options.now());
  }

  /** The site's resolvers that somebody named who can be believed. */
  resolvers(): readonly AddressKey[] {
    return this.#anchors.resolvers();
  }

  /** Sentences: what cannot be followed because of where the site's resolvers stand. */
  blindSpots(): readonly string[] {
    const inside = this.#anchors.resolversInside(this.#options.now());
    if (inside.length === 0) return [];
    const who = inside.slice(0, namedMost).join(", ") + (inside.length > namedMost ? ", …" : "");
    return [
      `Names cannot be followed: the resolver ${who} stands on the switch, so its answers do not pass here. Remedies by name do not open; those by address do.`,
    ];
  }

  /** Tells who claims to be one of them. */
  tell(): void {
    const { now, health } = this.#options;
    const claims = this.#anchors.claims(now());
    for (const [role, code] of Object.entries(codes) as [AnchorRole, string][]) {
      const claim = claims.find((each) => each.role === role);
      if (claim === undefined) health.clear(code);
      else health.raise(code, "error", claimText(claim));
    }
  }
}
