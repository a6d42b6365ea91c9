import type { Duty } from "@cordon/contract";
import type { TargetFacts } from "./connection/contact.ts";
import type { Attempt } from "./connection/contact-table.ts";
import { Destinations } from "./connection/destinations.ts";
import { LineByServer } from "./connection/line-by-server.ts";
import { LineChecks } from "./judge-line-checks.ts";
import { LineTroubles } from "./judge-line-troubles.ts";
import { LineHealth } from "./connection/line-health.ts";
import { NameBook } from "./connection/name-book.ts";
import { OneSided } from "./connection/one-sided.ts";
import { RoundTrip } from "./connection/round-trip.ts";
import { PolicyChanges } from "./evidence/policy-changes.ts";
import { Storms } from "./evidence/storms.ts";
import type { Host } from "./host/host.ts";
import { HostTable } from "./host/host-table.ts";
import { placeOf } from "./host/place.ts";
import { declaredDuties, declaredRoles } from "./host/role.ts";
import type { JudgeLimits, JudgeOptions } from "./judge-options.ts";
import { formatAddress } from "./packet/address.ts";
import { NetSet } from "./packet/net-set.ts";
import { discoveryCodes, type AddressKey, type Packet } from "./packet/packet.ts";
import { WeirdCounter } from "./packet/weird.ts";
import { CaseBook } from "./verdict/case-book.ts";

/** An attempt with the address that it came from. */
export interface SourcedAttempt extends Attempt {
  readonly source: AddressKey;
}

/** One that is filled anew for each packet. */
export type ReusedAttempt = { -readonly [Field in keyof SourcedAttempt]: SourcedAttempt[Field] };

/** What the tables ask of those that read packets for them. */
interface Readers {
  readonly hasAnswered: (host: Host, remote: AddressKey) => boolean;
  /** Whether this TCP port of this address answered the host. */
  readonly isConnected: (host: Host, remote: AddressKey, port: number) => boolean;
  /** A host was pushed out by the cap. */
  readonly forgotten: (host: Host) => void;
}

/** What is known of the site whose packets are judged, in tables that all readers of packets share. */
export class JudgeSite {
  readonly localNets: NetSet;
  readonly hosts: HostTable;
  readonly cases: CaseBook;
  readonly names: NameBook;
  readonly line: LineHealth<Host>;
  readonly troubles: LineTroubles;
  readonly checks: LineChecks;
  readonly roundTrip = new RoundTrip();
  readonly oneSided = new OneSided();
  readonly destinations = new Destinations();
  readonly policy = new PolicyChanges();
  readonly weird: WeirdCounter;
  /** Whether this TCP port of this address answered the host. */
  readonly isConnected: Readers["isConnected"];
  readonly #facts: { -readonly [Field in keyof TargetFacts]: TargetFacts[Field] };
  readonly #exclude = new Set<string>();
  readonly #ownMacs = new Set<string>();
  readonly #duties = new Map<string, Duty>();
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions, limits: JudgeLimits, readers: Readers) {
    const isOutsideRouter = options.isOutsideRouter ?? false;
    this.#options = options;
    this.#noteDuties([]);
    this.localNets = isOutsideRouter ? new NetSet([]) : NetSet.ofSite(options.localNets);
    this.line = isOutsideRouter ? new LineByServer() : new LineHealth();
    this.troubles = new LineTroubles(isOutsideRouter);
    this.checks = new LineChecks(isOutsideRouter, (mac) => this.hosts.isGatewayMac(mac));
    this.names = new NameBook(limits.names);
    this.weird = options.weird ?? new WeirdCounter();
    this.isConnected = readers.isConnected;
    this.#facts = { place: "outside", resolution: "unknown", name: null };
    this.cases = new CaseBook(options.salt ?? 0, {
      answeredAt: (host) => this.line.answeredAt(host),
      usersOf: (remote) => this.destinations.usersOf(remote),
      hasAnswered: readers.hasAnswered,
      storms: new Storms(),
      changeBefore: (host, at) => this.policy.before(at, host.key),
      isOneSided: () => this.oneSided.isSo,
      // An IPv6 address is one machine's, for as long as it lasts.
      standsForMany: (host) => isOutsideRouter && host.isMany,
    });
    this.hosts = new HostTable({
      localNets: this.localNets,
      declared: declaredRoles(options.declared),
      duties: this.#duties,
      exclude: this.#exclude,
      ownMacs: this.#ownMacs,
      isOutsideRouter,
      cap: limits.hosts,
      addressesPerHost: limits.addressesPerHost,
      isAccused: (host) => this.cases.isAccused(host),
      forgotten: readers.forgotten,
    });
    this.leaveOut(options);
  }

  /** From now on these are left out, and no others. */
  leaveOut({ exclude, ownMacs = [] }: Pick<JudgeOptions, "exclude" | "ownMacs">): void {
    this.#exclude.clear();
    for (const text of exclude) this.#exclude.add(text.toLowerCase());
    this.#ownMacs.clear();
    for (const mac of ownMacs) this.#ownMacs.add(mac.toLowerCase());
    this.hosts.forgetSenders();
  }

  /** What persons say from now on, beside what the options say; the hosts of which it is something else. */
  declareDuties(duties: NonNullable<JudgeOptions["duties"]>): Host[] {
    this.#noteDuties(duties);
    return this.hosts.takeUpDuties();
  }

  #noteDuties(duties: NonNullable<JudgeOptions["duties"]>): void {
    this.#duties.clear();
    for (const [mac, duty] of declaredDuties([...(this.#options.duties ?? []), ...duties])) this.#duties.set(mac, duty);
  }

  isExcluded(remote: AddressKey): boolean {
    return this.#exclude.size > 0 && this.#exclude.has(formatAddress(remote));
  }

  /**
   * A frame of PPPoE's discovery. Between modem and router it tells of the line what IP cannot, for without a session there
   * is none. Other customers' routers may be heard from outside.
   */
  discovered({ side, discoveryCode }: Packet, at: number): void {
    if (!(this.line instanceof LineByServer)) return;
    const { initiation, request, confirmation } = discoveryCodes;
    if (side !== "outside" && (discoveryCode === initiation || discoveryCode === request)) {
      this.line.dialled(at);
      this.checks.dialled(at);
    } else if (side !== "inside" && discoveryCode === confirmation) {
      this.line.dialAnswered();
      this.checks.dialAnswered(at);
    }
  }

  /** Whether this is one of the box's own cards beside the line. */
  isOwnMac(mac: string): boolean {
    return this.#ownMacs.has(mac);
  }

  /** An answer in the name of a machine beyond the line that comes from this side of it, or from the asker's own card. */
  isSelfMade(packet: Packet, host: Host, answerer: AddressKey): boolean {
    if (packet.sourceMac !== -1 && packet.sourceMac === host.mac) return true;
    return packet.side === "inside" && !this.localNets.contains(answerer);
  }

  /** What is known of a target when it is called first; the same object each time, so read at once. */
  readonly factsOf = ({ source, remote, at }: SourcedAttempt): TargetFacts => {
    const place = placeOf(source, remote, this.localNets);
    const name = this.names.nameOf(remote, at);
    const seen = name === null ? this.names.resolutionOfNameless(at) : "resolved";
    // The site's own names never leave it: of a private target that nobody was seen to look up nothing is known.
    const isHidden = this.oneSided.isSo || (place !== "outside" && seen === "unresolved");
    const facts = this.#facts;
    facts.place = place;
    facts.name = name;
    facts.resolution = isHidden ? "unknown" : seen;
    return facts;
  };
}
