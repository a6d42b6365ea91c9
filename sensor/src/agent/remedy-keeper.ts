import { remediesInForce, type DesiredDocument, type RemediesInForce, type ReportedRemedies } from "@cordon/contract";
import type { Logger } from "pino";
import type { Observed } from "../containment/protocol.ts";
import type { RemedyChange, RemedyExecutor } from "../containment/remedy-protocol.ts";
import { parseAddress, parseMac } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import type { AddressKey, Packet } from "../packet/packet.ts";
import { RemedyWatch, type OpenInKernel } from "../remedy/remedy-watch.ts";
import type { HealthBoard } from "./health-board.ts";

export interface RemedyKeeperOptions {
  readonly executor: RemedyExecutor;
  /** The site's networks; empty means private and link-local ranges. */
  readonly localNets: readonly string[];
  /** Where the box routes and is asked for names: its address towards the machines. Absent: it does not. */
  readonly ownAddress?: string;
  /** MACs of machines that nothing is said against and that did not come up just now. Absent: nobody is. */
  readonly established?: () => ReadonlySet<string>;
  /** Sentences: why names cannot be followed. Absent: nothing stands in the way. */
  readonly blindSpots?: () => readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
  readonly health: HealthBoard;
  /** Pages sent since start. */
  readonly pages: () => number;
}

// What a hand took out of the kernel, or a new table came without, is back after so long.
const refreshEveryMs = 5000;
// With names as long as they may be, 130 kB of a report.
const maxReported = 128;

/**
 * Keeps the kernel's sets of remedies in step with the answers that pass by and with what is wished for. One request
 * at a time: what comes in meanwhile goes with the next, which then follows at once.
 */
export class RemedyKeeper {
  readonly #options: RemedyKeeperOptions;
  readonly #watch: RemedyWatch;
  readonly #stop = new AbortController();
  #wish: RemediesInForce = remediesInForce();
  /** Resolvers that a person named, and those that were named to the site. */
  #wishedResolvers: readonly AddressKey[] = [];
  #namedResolvers: readonly AddressKey[] = [];
  /** Whether there was any since start: until then the kernel keeps its own. */
  #hadResolvers = false;
  /** Whether anybody has said what is wished for; until then the kernel keeps its addresses. */
  #isWishKnown = false;
  #isWhole = true;
  #isOwed = false;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #quarantined: ReadonlySet<number> = new Set();
  #failures = 0;
  #packets: ReadonlyMap<string, number> = new Map();
  #refused: readonly string[] = [];

  constructor(options: RemedyKeeperOptions) {
    this.#options = options;
    const localNets = NetSet.ofSite(options.localNets);
    const ownResolver = options.ownAddress === undefined ? null : parseAddress(options.ownAddress);
    this.#watch = new RemedyWatch({
      isLocal: (address) => localNets.contains(address),
      remedies: this.#wish,
      ...(ownResolver === null ? {} : { ownResolver }),
    });
  }

  start(): void {
    this.#timer ??= setInterval(() => {
      // Where nobody is cut off nothing is open, and a change is told when it comes.
      if (this.#quarantined.size > 0 || this.#failures > 0) this.#tellAll();
    }, refreshEveryMs);
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  /** A packet that was let through; reused by the caller. */
  observe(packet: Packet): void {
    if (this.#watch.observe(packet)) this.#owe();
  }

  /** Takes over which resolvers were named to the site by somebody who can be believed. */
  nameResolvers(addresses: readonly AddressKey[]): void {
    this.#namedResolvers = addresses;
    if (this.#watch.nameResolvers([...this.#wishedResolvers, ...addresses])) this.#owe();
  }

  adopt(document: Pick<DesiredDocument, "remedies" | "resolvers">): void {
    this.#wish = remediesInForce(document.remedies);
    this.#wishedResolvers = (document.resolvers ?? []).flatMap((text) => parseAddress(text) ?? []);
    this.#watch.nameResolvers([...this.#wishedResolvers, ...this.#namedResolvers]);
    this.#isWishKnown = true;
    this.#watch.adopt(this.#wish);
    this.#tellAll();
  }

  /** What the kernel holds; null where that is not known, and nothing changes. */
  seen(observed: Observed | null): void {
    if (observed === null) return;
    const macs = new Set(observed.quarantined.flatMap(({ mac }) => parseMac(mac) ?? []));
    const hasNew = [...macs].some((mac) => !this.#quarantined.has(mac));
    this.#quarantined = macs;
    this.#watch.quarantined(macs);
    if (this.#watch.established(this.#voters(observed), this.#options.now())) this.#owe();
    // What it asked for before stays reachable: its programs do not ask again for a name that they know.
    if (hasNew) this.#tellAll();
  }

  /** As it is reported. */
  report(): ReportedRemedies {
    const refusals = [...this.#wish.refused, ...this.#refused, ...(this.#options.blindSpots?.() ?? [])];
    return {
      resolvers: this.#watch.resolvers(),
      open: this.#watch.report(this.#options.now(), this.#packets).slice(-maxReported),
      pages: this.#options.pages(),
      refusal: refusals.length === 0 ? null : refusals.join("; ").slice(0, 400),
    };
  }

  /** Whoever is under anything has no say. */
  #voters({ quarantined, vectors, sweeps = [], throttled = [], throttledVectors = [] }: Observed): ReadonlySet<number> {
    const holds = [...quarantined, ...vectors, ...sweeps, ...throttled, ...throttledVectors];
    const held = new Set(holds.map(({ mac }) => mac));
    const established = [...(this.#options.established?.() ?? [])];
    return new Set(established.flatMap((mac) => (held.has(mac) ? [] : (parseMac(mac) ?? []))));
  }

  #tellAll(): void {
    this.#isWhole = true;
    this.#owe();
  }

  #owe(): void {
    this.#isOwed = true;
    this.#running ??= this.#tell().finally(() => {
      this.#running = null;
      if (this.#isOwed && !this.#stop.signal.aborted) this.#owe();
    });
  }

  async #tell(): Promise<void> {
    const { executor, health, log } = this.#options;
    const { signal } = this.#stop;
    while (this.#isOwed && !signal.aborted) {
      this.#isOwed = false;
      try {
        const { used, refused } = await executor.openRemedies(this.#change(), signal);
        this.#packets = new Map(used.map(({ mac, address, packets }) => [`${mac} ${address}`, packets]));
        this.#refused = this.#watch.takeFull()
          ? [...refused, "a machine asked for more than it may have open"]
          : refused;
        this.#failures = 0;
        health.clear("remedies-failed");
      } catch (error) {
        if (signal.aborted) return;
        // All of it goes again with the next refresh.
        log.warn({ err: error }, "cannot open remedies");
        this.#failures += 1;
        // An executor that is being started again is no trouble yet.
        if (this.#failures < 2) continue;
        const text = `Machines that are cut off may miss remedies: ${(error as Error).message}.`;
        health.raise("remedies-failed", "warning", text);
      }
    }
  }

  #change(): RemedyChange {
    const at = this.#options.now();
    const isWhole = this.#isWhole;
    this.#isWhole = false;
    const fresh = this.#watch.takeFresh(at);
    const { remedies, portals }: OpenInKernel = isWhole ? this.#watch.all(at) : fresh;
    const resolvers = this.#watch.resolvers();
    this.#hadResolvers ||= resolvers.length > 0;
    return {
      // After a start nobody is known yet, and the kernel keeps what it has.
      ...(this.#hadResolvers ? { resolvers } : {}),
      ...(isWhole && this.#isWishKnown ? { addresses: addressesOf(this.#wish) } : {}),
      remedies: remedies.map((remedy) => ({ ...remedy, ports: [...remedy.ports] })),
      portals: [...portals],
    };
  }
}

function addressesOf(wish: RemediesInForce): { address: string; port: number }[] {
  return wish.addresses.flatMap(({ address, ports }) =>
    ports.map((port) => ({ address: address.toLowerCase(), port })),
  );
}
