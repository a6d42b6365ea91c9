import {
  contractVersion,
  maxWalkFindings,
  maxWalkMachines,
  maxWalkMs,
  parseWalkQuestion,
  type Placement,
  type Walk,
  type WalkEnd,
} from "@cordon/contract";
import type { Logger } from "pino";
import type { AskContext, AskHandler, AskResult } from "../link/ask-keeper.ts";
import { parseAddress, parseMac } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import type { Packet } from "../packet/packet.ts";
import type { Machine } from "../verdict/case-book.ts";
import { arpAnswerer, arpQuestion } from "../walk/arp-question.ts";
import { WalkWatch, type Found } from "../walk/walk-watch.ts";

export interface WalkKeeperOptions {
  readonly localNets: readonly string[];
  /** Every machine that is known by its MAC. */
  readonly machines: () => readonly Pick<Machine, "mac" | "addresses" | "role" | "lastSeenAt">[];
  /** MACs of what stands on the outside port, the gateway above all. */
  readonly outsideMacs: () => readonly string[];
  /** What the box is called on the line; its MAC null while that is not known. */
  readonly own: () => { readonly mac: string | null; readonly addresses: readonly string[] };
  /** Whether the cable to the machines leads to anything, read anew; null where that cannot be told. */
  readonly readLink: () => Promise<boolean | null>;
  /** Sends a question towards the machines; false where it could not. */
  readonly send: (frame: Uint8Array) => boolean;
  readonly bootId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: Logger;
}

/** Who asked for a walk, and is told of it. */
export interface WalkListener {
  /** Lost where nobody is there. */
  readonly publish: (walk: Walk) => void;
  readonly isConnected: () => boolean;
}

const tickMs = 50;
/** Later than this a look is told to excuse what was not heard meanwhile. */
const lateMs = 150;
const tellEveryMs = 1000;
const machinesEveryMs = 5000;
const linkEveryMs = 1000;
/** Nobody is told anything for so long, and nobody waits any more. */
const lostPatienceMs = 20_000;
/** Heard within a day; who was not is not in the house, as far as a walk goes. */
const heardWithinMs = 24 * 3_600_000;

/** Walks: one at a time, whoever asks, for as long as its ask runs. */
export class WalkKeeper {
  readonly #options: WalkKeeperOptions;
  #walk: RunningWalk | null = null;

  constructor(options: WalkKeeperOptions) {
    this.#options = options;
  }

  /** Whether walks are for this placement: elsewhere single machines do not answer the box. */
  static isFor(placement: Placement): boolean {
    return placement === "lan" || placement === "gateway";
  }

  /** Answers the asks of one who listens. */
  handlerFor(listener: WalkListener): AskHandler {
    return (asked, context) => this.#walked(asked, context, listener);
  }

  async #walked(asked: Parameters<AskHandler>[0], context: AskContext, listener: WalkListener): Promise<AskResult> {
    const question = parseWalkQuestion(JSON.stringify(asked));
    if (!question.ok) {
      return { status: "refused", code: "bad-question", text: `That is no question for a walk: ${question.error}.` };
    }
    const { own } = this.#options;
    if (own().mac === null) {
      return { status: "failed", code: "no-own-mac", text: "The box does not know yet what it is called on its line." };
    }
    this.#walk?.end("replaced");
    const walk = new RunningWalk({ ...this.#options, ...listener }, context, Math.min(question.value.forMs, maxWalkMs));
    this.#walk = walk;
    try {
      const why = await walk.run();
      return { status: "done", body: { why } satisfies WalkEnd };
    } finally {
      if (this.#walk === walk) this.#walk = null;
    }
  }

  /** One packet that was handed up: whoever sends is there. */
  observe(packet: Packet): void {
    if (this.#walk !== null && packet.side === "inside" && packet.sourceMac !== -1) this.#walk.heard(packet.sourceMac);
  }

  /** An answer by ARP to a question of ours. */
  answered(frame: Uint8Array): void {
    const mac = this.#walk === null ? null : arpAnswerer(frame);
    if (mac !== null) this.#walk?.heard(mac);
  }
}

/** Where a machine is asked. */
interface Target {
  readonly mac: number;
  readonly address: number;
}

type RunningOptions = WalkKeeperOptions & WalkListener;

class RunningWalk {
  readonly #options: RunningOptions;
  readonly #context: AskContext;
  readonly #watch: WalkWatch;
  readonly #nets: NetSet;
  readonly #ended = Promise.withResolvers<WalkEnd["why"]>();
  /** Monotonic. */
  readonly #endsAt: number;
  readonly #targets = new Map<string, Target>();
  readonly #hostsByMac = new Map<number, string>();
  #findings: readonly Found[] = [];
  #others = 0;
  #sequence = 0;
  #tickedAt: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #listedAt = Number.NEGATIVE_INFINITY;
  #connectedAt: number;
  #linkAt: number;
  #isReadingLink = false;

  constructor(options: RunningOptions, context: AskContext, forMs: number) {
    const at = options.monotonic();
    this.#options = options;
    this.#context = context;
    this.#watch = new WalkWatch(at);
    this.#nets = new NetSet([...options.localNets]);
    this.#endsAt = at + forMs;
    this.#tickedAt = at;
    this.#connectedAt = at;
    this.#linkAt = at;
  }

  /** Resolves when the walk is over, whoever ended it. */
  async run(): Promise<WalkEnd["why"]> {
    const { log } = this.#options;
    const { signal, id } = this.#context;
    const timer = setInterval(() => this.#tick(), tickMs);
    const onAbort = () => this.end("time");
    signal.addEventListener("abort", onAbort, { once: true });
    log.info({ walk: id }, "a walk begins");
    this.#tick();
    try {
      if (signal.aborted) return "time";
      return await this.#ended.promise;
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", onAbort);
      const findings = this.#findings.map(({ kind, hosts }) => ({ kind, hosts: hosts.length }));
      log.info({ walk: id, findings }, "the walk is over");
    }
  }

  end(why: WalkEnd["why"]): void {
    this.#ended.resolve(why);
  }

  heard(mac: number): void {
    const host = this.#hostsByMac.get(mac);
    if (host !== undefined) this.#watch.heard(host, this.#options.monotonic());
  }

  #tick(): void {
    const { monotonic, isConnected } = this.#options;
    const at = monotonic();
    const late = at - this.#tickedAt - tickMs;
    this.#tickedAt = at;
    if (late > lateMs) {
      // What came meanwhile is read after this, and only the next look may miss anything.
      this.#watch.excuse(late);
      return;
    }
    if (isConnected()) this.#connectedAt = at;
    if (at >= this.#endsAt) return this.end("time");
    if (at - this.#connectedAt >= lostPatienceMs) return this.end("controller-lost");
    if (at - this.#listedAt >= machinesEveryMs) this.#list(at);
    this.#lookAtLink(at);
    this.#ask(at);
    const news = this.#watch.advance(at);
    if (news.length > 0) this.#note(news);
    if (news.length > 0 || at - this.#toldAt >= tellEveryMs) this.#tell(at);
  }

  /** Takes in whom the judge knows. */
  #list(at: number): void {
    this.#listedAt = at;
    const { machines, outsideMacs, own, now } = this.#options;
    const outside = new Set([...outsideMacs(), own().mac ?? ""]);
    const known = machines()
      .filter(({ mac, lastSeenAt }) => !outside.has(mac) && now() - lastSeenAt <= heardWithinMs)
      .toSorted((a, b) => b.lastSeenAt - a.lastSeenAt);
    let room = maxWalkMachines - this.#watch.machines.length;
    this.#others = 0;
    for (const { mac: host, addresses, role } of known) {
      const mac = parseMac(host);
      if (mac === null) continue;
      if (!this.#watch.has(host) && room <= 0) {
        this.#others += 1;
        continue;
      }
      if (!this.#watch.has(host)) room -= 1;
      // The newest is the last.
      const address = addresses
        .map((text) => parseAddress(text))
        .findLast((key) => typeof key === "number" && this.#nets.contains(key));
      if (typeof address !== "number") {
        this.#watch.add(host, at, "no-address");
        continue;
      }
      this.#targets.set(host, { mac, address });
      this.#hostsByMac.set(mac, host);
      this.#watch.add(host, at, role.guessed === true && role.name === "mobile-phone" ? "wireless" : "asked");
    }
  }

  #ask(at: number): void {
    const { own, send } = this.#options;
    const { mac, addresses } = own();
    const sourceMac = mac === null ? null : parseMac(mac);
    if (sourceMac === null) return;
    const ownAddress = addresses
      .map((text) => parseAddress(text))
      .find((key) => typeof key === "number" && this.#nets.contains(key));
    for (const { host, state } of this.#watch.due(at)) {
      const target = this.#targets.get(host);
      // Who does not answer may just be making sure of its address: a probe would take that from it (RFC 5227 2.1.1).
      const sourceAddress = state === "answering" || state === "unsteady" ? 0 : ownAddress;
      // A box without an address in the house asks so at first, and then waits to hear of them.
      if (target === undefined || (typeof sourceAddress !== "number" && state !== "asked")) {
        this.#watch.postponed(host, at);
        continue;
      }
      const addresses4 = { sourceAddress: typeof sourceAddress === "number" ? sourceAddress : 0 };
      const frame = arpQuestion({ sourceMac, targetMac: target.mac, ...addresses4, targetAddress: target.address });
      if (send(frame)) this.#watch.asked(host, at);
    }
  }

  /** The own cable is looked at as soon as nobody answers: by the time that all are missed it is known. */
  #lookAtLink(at: number): void {
    const everyMs = this.#watch.isAllMissing ? tickMs * 4 : linkEveryMs;
    if (this.#isReadingLink || at - this.#linkAt < everyMs) return;
    this.#linkAt = at;
    this.#isReadingLink = true;
    void this.#options
      .readLink()
      .catch(() => null)
      .then((isThere) => {
        this.#isReadingLink = false;
        if (isThere !== null) this.#watch.link(isThere, this.#options.monotonic());
      });
  }

  #note(news: readonly Found[]): void {
    const ids = new Set(news.map(({ id }) => id));
    this.#findings = [...this.#findings.filter(({ id }) => !ids.has(id)), ...news].slice(-maxWalkFindings);
    this.#options.log.info({ walk: this.#context.id, found: news }, "a walk found something");
  }

  #tell(at: number): void {
    const { publish, bootId, now } = this.#options;
    this.#toldAt = at;
    const ahead = now() - at;
    const wall = (time: number) => Math.round(time + ahead);
    publish({
      version: contractVersion,
      bootId,
      at: wall(at),
      id: this.#context.id,
      sequence: ++this.#sequence,
      isArmed: this.#watch.isArmed(at),
      endsAt: wall(this.#endsAt),
      machines: this.#watch.machines.map(({ host, state, since }) => ({ host, state, since: wall(since) })),
      others: this.#others,
      findings: this.#findings.map(({ id, kind, hosts, at: foundAt, heardAt }) => ({
        ...{ id, kind, hosts: [...hosts], at: wall(foundAt) },
        heardAt: heardAt === null ? null : wall(heardAt),
      })),
    });
  }
}
