import type { OpenRemedy, RemediesInForce } from "@cordon/contract";
import { formatAddress, formatMac } from "../packet/address.ts";
import { protocols, type AddressKey, type Packet } from "../packet/packet.ts";
import { NameQuestions, type NameAnswer } from "./name-questions.ts";
import { NameRules } from "./name-rules.ts";
import { maxLifeMs, OpenRemedies, reportedRemedy, type Opened } from "./open-remedies.ts";
import { SharedNames } from "./shared-names.ts";
import { SiteResolvers } from "./site-resolvers.ts";
import { ToldAddresses } from "./told-addresses.ts";

/** What is to be open in the kernel, with the seconds that are left of it. */
export interface OpenInKernel {
  readonly remedies: readonly {
    readonly mac: string;
    readonly address: string;
    readonly ports: readonly number[];
    readonly seconds: number;
  }[];
  readonly portals: readonly { readonly mac: string; readonly address: string; readonly seconds: number }[];
}

export interface RemedyWatchOptions {
  /** Whether an address is one of the site's own networks. */
  readonly isLocal: (address: AddressKey) => boolean;
  readonly remedies: RemediesInForce;
  /** Where the box routes: its own address, the only one that is asked for names. Absent: resolvers are who answers. */
  readonly ownResolver?: AddressKey;
}

type Resolvers = Pick<SiteResolvers, "answered" | "name" | "weigh" | "has" | "list">;

/**
 * Which addresses the answers that pass by open for quarantined machines. Pure: packets and their time in; what is to
 * be open out. The kernel lets a quarantined machine ask the site's resolvers and nobody else.
 */
export class RemedyWatch {
  readonly #isLocal: RemedyWatchOptions["isLocal"];
  readonly #questions = new NameQuestions();
  readonly #resolvers: Resolvers;
  readonly #shared = new SharedNames();
  readonly #told = new ToldAddresses();
  readonly #open = new OpenRemedies();
  #rules: NameRules;
  #quarantined: ReadonlySet<number> = new Set();
  #fresh: Opened[] = [];

  constructor({ isLocal, remedies, ownResolver }: RemedyWatchOptions) {
    this.#isLocal = isLocal;
    this.#resolvers = ownResolver === undefined ? new SiteResolvers(isLocal) : onlyResolver(ownResolver);
    this.#rules = new NameRules(remedies);
  }

  /** Takes over what is wished for. What is open already ends by itself. */
  adopt(remedies: RemediesInForce): void {
    this.#rules = new NameRules(remedies);
  }

  /** Says who is quarantined. What others ask for is remembered for them, and open in no kernel. */
  quarantined(macs: ReadonlySet<number>): void {
    this.#quarantined = macs;
  }

  /** Takes a packet, reused by the caller. True where it opened something in the kernel, or showed a resolver. */
  observe(packet: Packet): boolean {
    if (packet.protocol !== protocols.udp) return false;
    const answer = this.#questions.observe(packet, packet.at);
    if (answer === null) return false;
    for (const { address } of answer.addresses) this.#shared.learn(address, answer.name);
    if (this.#counts(answer.mac)) return this.#openFor(answer);
    const before = this.#resolvers.list();
    this.#resolvers.answered(answer.resolver, answer.mac, answer.at);
    this.#openFor(answer);
    return this.#resolvers.list() !== before;
  }

  /** Takes over which resolvers were named to the site. True where that changed the list. */
  nameResolvers(addresses: readonly AddressKey[]): boolean {
    const before = this.#resolvers.list();
    this.#resolvers.name(addresses);
    return this.#resolvers.list() !== before;
  }

  /**
   * Says which machines are established: who says nothing against them, and who did not come up just now. By what
   * these have asked a resolver beyond the site may be one of the site's. True where that changed the list.
   */
  established(macs: ReadonlySet<number>, at: number): boolean {
    const before = this.#resolvers.list();
    this.#resolvers.weigh(macs, at);
    return this.#resolvers.list() !== before;
  }

  resolvers(): string[] {
    return this.#resolvers.list().map(formatAddress);
  }

  /** What was opened since last taken. */
  takeFresh(at: number): OpenInKernel {
    const fresh = this.#fresh;
    this.#fresh = [];
    return inKernel(fresh, at);
  }

  /** All that is open. */
  all(at: number): OpenInKernel {
    this.#open.expire(at);
    // What was opened by one that does not count any more ends by itself, and is not opened anew.
    const open = this.#open.list(this.#counts).filter(({ resolver }) => this.#resolvers.has(resolver));
    return inKernel(open, at);
  }

  /** Whether something was not opened for want of room, since last asked. */
  takeFull(): boolean {
    return this.#open.takeFull();
  }

  /** Open remedies as they are reported; `packets` by `MAC address`. */
  report(at: number, packets: ReadonlyMap<string, number>): OpenRemedy[] {
    this.#open.expire(at);
    return this.#open
      .list(this.#counts)
      .filter(({ isProbe }) => !isProbe)
      .map((open) =>
        reportedRemedy(
          open,
          packets.get(`${formatMac(open.mac)} ${formatAddress(open.address)}`) ?? 0,
          this.#shared.besides(open.address, open.name),
          this.#told.contradicting(open.name, open.resolver, at),
        ),
      );
  }

  readonly #counts = (mac: number): boolean => this.#quarantined.has(mac);

  #openFor({ mac, resolver, name, addresses, at }: NameAnswer): boolean {
    if (!this.#resolvers.has(resolver)) return false;
    const ports = this.#rules.portsOf(name);
    const isProbe = this.#rules.isProbe(name);
    if (ports.length > 0) {
      this.#told.learn(
        name,
        resolver,
        addresses.map(({ address }) => address),
        at,
      );
    }
    let isOpened = false;
    for (const { address, ttlSeconds } of addresses) {
      // A name that leads back into the site would open it to the machine.
      if (this.#isLocal(address)) continue;
      const uses = [
        ...(ports.length > 0 ? [{ ports, isProbe: false }] : []),
        ...(isProbe ? [{ ports: [], isProbe }] : []),
      ];
      for (const use of uses) {
        const opened = this.#open.open({ mac, address, name, resolver, ...use }, ttlSeconds, at, this.#counts);
        if (opened === null || !this.#counts(mac)) continue;
        this.#fresh.push(opened);
        isOpened = true;
      }
    }
    return isOpened;
  }
}

/** Whoever else answers is no resolver of the site. */
function onlyResolver(address: AddressKey): Resolvers {
  const listed = [address];
  return { answered: () => {}, name: () => {}, weigh: () => {}, has: (other) => other === address, list: () => listed };
}

function inKernel(all: readonly Opened[], at: number): OpenInKernel {
  const left = all
    .map((open) => ({
      isProbe: open.isProbe,
      ports: open.ports,
      element: { mac: formatMac(open.mac), address: formatAddress(open.address) },
      seconds: Math.ceil(Math.min(open.until - at, maxLifeMs) / 1000),
    }))
    .filter(({ seconds }) => seconds > 0);
  return {
    remedies: left.flatMap(({ isProbe, ports, element, seconds }) => (isProbe ? [] : [{ ...element, ports, seconds }])),
    portals: left.flatMap(({ isProbe, element, seconds }) => (isProbe ? [{ ...element, seconds }] : [])),
  };
}
