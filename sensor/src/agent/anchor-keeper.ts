import type { HostSnapshot } from "@cordon/contract";
import { claimText } from "../host/anchor-claim.ts";
import { nothingKnown, type AnchorRole, type CardRecord } from "../host/anchor-title.ts";
import { Anchors, type ProtectedMachine, type RecordOf } from "../host/anchors.ts";
import { parseAddress } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import type { AddressKey, Packet } from "../packet/packet.ts";
import type { OwnAnchor, OwnPlace } from "../placement/own-anchors.ts";
import type { HealthBoard } from "./health-board.ts";

export interface AnchorKeeperOptions {
  /** The site's networks; empty means private and link-local ranges. */
  readonly localNets: readonly string[];
  /** What the box itself goes by; asked now and then. */
  readonly readOwn: () => Promise<OwnPlace>;
  /** The controller's addresses. */
  readonly controller: () => readonly string[];
  /** What the judge knows of hosts with these keys. */
  readonly hosts: (keys: ReadonlySet<string>) => readonly HostSnapshot[];
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
    const { readOwn, controller, localNets } = this.#options;
    const controllers = controller().flatMap((text): OwnAnchor[] => {
      const address = parseAddress(text);
      return address === null ? [] : [{ role: "controller", address }];
    });
    const { anchors, onLink } = await readOwn();
    // What a person says of the site stands here, even where the box has no address of it.
    this.#anchors.setOwn([...anchors, ...controllers], [...onLink, ...localNets]);
  }

  protectedMachines(): readonly ProtectedMachine[] {
    const machines = this.#anchors.protectedMachines(this.#options.now(), this.#records());
    return machines.map(({ mac, reason }) => ({ mac, reason }));
  }

  /** MACs of machines that were such before anything was known against them: for a person to contain, and no policy. */
  earned(): ReadonlySet<string> {
    return new Set(this.#anchors.earned(this.#options.now(), this.#records()).map(({ mac }) => mac));
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
    const claims = this.#anchors.claims(now(), this.#records());
    for (const [role, code] of Object.entries(codes) as [AnchorRole, string][]) {
      const claim = claims.find((each) => each.role === role);
      // A machine that was just switched on says it, too.
      if (claim === undefined) health.clear(code);
      else health.raise(code, claim.mac === null ? "warning" : "error", claimText(claim));
    }
  }

  #records(): RecordOf {
    const cards = this.#anchors.insideCards();
    if (cards.length === 0) return () => nothingKnown;
    const known = new Map(this.#options.hosts(new Set(cards)).map((host) => [host.host, host]));
    return (mac, address) => recordIn(known.get(mac), address);
  }
}

function recordIn(host: HostSnapshot | undefined, address: string): CardRecord {
  if (host === undefined) return nothingKnown;
  const { verdict, suspectAt, infectedAt, addressTimes = [] } = host;
  const isAccused = verdict === "suspect" || verdict === "infected";
  const times = addressTimes.find((each) => each.address === address);
  return {
    accusedAt: isAccused ? (suspectAt ?? infectedAt ?? 0) : null,
    held: times === undefined ? null : { from: times.firstAt, until: times.lastAt },
  };
}
