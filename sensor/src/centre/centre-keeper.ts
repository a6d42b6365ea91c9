import { randomBytes } from "node:crypto";
import {
  contractVersion,
  type BoxStanding,
  type Credentials,
  type FromCentre,
  type Hello,
  type PinHash,
  type HostSnapshot,
  type Pulse,
  type Reported,
  type SiteProfile,
} from "@cordon/contract";
import type { Logger } from "pino";
import type { HealthBoard } from "../agent/health-board.ts";
import type { AskKeeper } from "../link/ask-keeper.ts";
import type { DesiredKeeper } from "../link/desired-keeper.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";
import { helloAtBox, type AskingCentre } from "./asking-centre.ts";
import { CentreProcess, type CentrePlace } from "./centre-process.ts";
import { defaultCentreTimes, isOwnCentre, type CentreTimes } from "./centre-phase.ts";
import type { DeedBook } from "./deed-book.ts";
import type { DelegationKeeper } from "./delegation-keeper.ts";
import { Door } from "./door.ts";
import type { ListenAddress } from "./listen-address.ts";
import type { CentreKey } from "./own-key.ts";

export interface CentreKeeperOptions {
  readonly place: CentrePlace;
  /** Where it is served now; null while there is no such place. */
  readonly listen: () => ListenAddress | null;
  readonly profile: Pick<SiteProfile, "sensor" | "site" | "policy" | "contacts"> & {
    readonly pin: PinHash;
    readonly pages: Credentials;
  };
  readonly key: CentreKey;
  readonly delegation: DelegationKeeper;
  readonly desired: Pick<DesiredKeeper, "current" | "base" | "takeOwn">;
  readonly deeds: DeedBook;
  readonly hello: () => Hello;
  readonly hosts: () => readonly HostSnapshot[];
  /** The newest report; null before the first. */
  readonly reported: () => Reported | null;
  /** Has what a centre asks answered, for as long as that one runs. */
  readonly asks: (centre: AskingCentre) => Pick<AskKeeper, "take" | "close">;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: Logger;
  readonly health: HealthBoard;
  readonly times?: Partial<CentreTimes>;
}

const dayMs = 86_400_000;
// More than can be tried in a day.
const maxPinFailures = 2_000;
// A centre that falls at once is no reason to do nothing else.
const retryMs = 5_000;

/**
 * Has the box be its own centre: starts the controller's program when the controller has been away for long enough, or when
 * somebody knocks at the door, tells it all that a controller is told, and obeys what it signs as far as that was delegated.
 */
export class CentreKeeper {
  readonly #options: CentreKeeperOptions;
  readonly #times: CentreTimes;
  #door: Door | null = null;
  #listening: ListenAddress | null = null;
  #process: CentreProcess | null = null;
  /** What that process asks. */
  #asks: Pick<AskKeeper, "take" | "close"> | null = null;
  /** Of what is told to the process that runs: it is one boot to it. */
  #feed = { bootId: "", sequence: 0 };
  #awaySince: { readonly at: number; readonly monotonic: number } | null;
  #usedAt: number | null = null;
  readonly #pinFailures: { readonly source: string; readonly at: number }[] = [];
  #url: string | null = null;
  #retryAt = 0;
  #changing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: CentreKeeperOptions) {
    this.#options = options;
    this.#times = { ...defaultCentreTimes, ...options.times };
    this.#awaySince = { at: options.now(), monotonic: options.monotonic() };
  }

  start(): void {
    this.look();
  }

  /** The connection to the controller stands, or is gone. */
  connected(isConnected: boolean): void {
    const { now, monotonic } = this.#options;
    if (isConnected) this.#awaySince = null;
    else this.#awaySince ??= { at: now(), monotonic: monotonic() };
    this.#tellStanding();
    this.look();
  }

  /** Another document is in effect, or something else was delegated. */
  changed(): void {
    const { current } = this.#options.desired;
    // What the centre has signed itself it knows.
    if (current?.signed.keyId !== this.#options.key.keyId) this.#tellStanding();
  }

  /** Looks whether the box is to be its own centre; to be called every second or so. */
  look(): void {
    this.#changing = this.#changing.then(() => this.#bringTo()).catch((error: unknown) => this.#failed(error));
  }

  notice(entry: NoticeEntry): void {
    if (this.#process === null || entry.kind === "deed" || entry.kind === "nat") return;
    this.#notices([entry]);
  }

  reported(reported: Reported): void {
    this.#message("reported", { ...reported, bootId: this.#feed.bootId });
  }

  pulse(pulse: Pulse): void {
    this.#message("pulse", { ...pulse, bootId: this.#feed.bootId });
  }

  /** What it is, again. */
  hello(): void {
    this.#message("hello", helloAtBox(this.#options.hello(), this.#feed.bootId));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#changing;
    await this.#end();
    await this.#door?.close();
  }

  #use(): void {
    this.#usedAt = this.#options.monotonic();
    this.look();
  }

  async #bringTo(): Promise<void> {
    if (this.#isClosed) return;
    const { monotonic, health } = this.#options;
    const listen = this.#options.listen();
    if (listen?.host !== this.#listening?.host) {
      // By DHCP it may have got another address, or none.
      await this.#end();
      await this.#door?.close();
      this.#listening = listen;
      const { profile } = this.#options;
      this.#door = listen === null ? null : new Door(listen, profile, () => this.#use());
    }
    if (listen === null) return;
    const facts = { awaySince: this.#awaySince?.monotonic ?? null, usedAt: this.#usedAt };
    const isWanted = isOwnCentre(facts, this.#times, monotonic());
    if (isWanted && this.#process === null && monotonic() >= this.#retryAt) await this.#begin(listen);
    if (!isWanted && this.#process !== null) await this.#end();
    if (this.#process === null) await this.#door?.open();
    health.clear("own-centre-failed");
  }

  async #begin(listen: ListenAddress): Promise<void> {
    const { place, log, profile, key, deeds, hosts, reported, now } = this.#options;
    await this.#door?.close();
    log.info({ url: `${listen.host}:${listen.port}` }, "the box is its own centre");
    const process_: CentreProcess = new CentreProcess({
      ...{ place, log },
      onMessage: (message) => this.#take(message),
      onEnd: (how) => this.#ended(process_, how),
    });
    this.#process = process_;
    this.#asks = this.#options.asks({
      answer: (askId, payload) => process_.send({ kind: "answer", askId, payload }),
      publish: (walk) => process_.send({ kind: "message", channel: "walk", payload: JSON.stringify(walk) }),
      isConnected: () => this.#process === process_,
    });
    this.#feed = { bootId: randomBytes(8).toString("hex"), sequence: 0 };
    process_.send({
      ...{ kind: "begin", profile, listen, privateKey: key.privateKey, standing: this.#standing() },
      ...{ deedsUntil: await deeds.until(), pinFailures: this.#pinFailures.filter(({ at }) => at > now() - dayMs) },
    });
    const presence = { version: contractVersion, state: "online", bootId: this.#feed.bootId, at: now() };
    this.#message("presence", presence);
    this.hello();
    this.#notices(hosts().map((host) => ({ kind: "host", at: now(), host })));
    const report = reported();
    if (report !== null) this.reported(report);
  }

  async #end(): Promise<void> {
    const process_ = this.#process;
    if (process_ === null) return;
    this.#forget();
    this.#options.health.clear("own-centre");
    this.#options.log.info("the box is its own centre no longer");
    await process_.close();
  }

  #ended(process_: CentreProcess, how: string): void {
    // Asked for, or replaced.
    if (this.#process !== process_) return;
    this.#forget();
    this.#retryAt = this.#options.monotonic() + retryMs;
    this.#options.health.clear("own-centre");
    this.#failed(new Error(how));
  }

  /** The process is gone, or is to go: nobody waits for what it has asked. */
  #forget(): void {
    this.#process = null;
    this.#url = null;
    this.#asks?.close();
    this.#asks = null;
  }

  #failed(error: unknown): void {
    const text = `The box cannot be its own centre now: ${(error as Error).message}.`.slice(0, 400);
    this.#options.health.raise("own-centre-failed", "warning", text);
  }

  #take(message: FromCentre): void {
    const { desired, deeds, delegation } = this.#options;
    switch (message.kind) {
      case "ready":
        this.#url = message.url;
        this.#tellHealth();
        return;
      case "message":
        desired.takeOwn(message.payload);
        return;
      case "ask":
        this.#asks?.take(message.askId, Buffer.from(message.payload));
        return;
      case "deed":
        // Who never delegated would not take it: it is told once somebody has.
        if (delegation.current !== null) deeds.take(message);
        return;
      case "wrong-pin":
        this.#pinFailures.push({ source: message.source, at: message.at });
        if (this.#pinFailures.length > maxPinFailures) this.#pinFailures.shift();
        return;
      case "used":
        this.#usedAt = this.#options.monotonic();
    }
  }

  #tellHealth(): void {
    const { health } = this.#options;
    if (this.#url === null) return;
    const why = this.#awaySince === null ? "somebody asked for it" : "it cannot reach its controller";
    health.raise("own-centre", "info", `The box is its own centre at ${this.#url}, since ${why}.`);
  }

  #standing(): BoxStanding {
    const { desired, delegation } = this.#options;
    const { may, notAfter } = delegation.current ?? { may: [], notAfter: 0 };
    return {
      delegation: delegation.current === null ? null : { may, notAfter },
      held: desired.current?.signed ?? null,
      base: desired.base?.signed ?? null,
      awaySince: this.#awaySince?.at ?? null,
    };
  }

  #tellStanding(): void {
    this.#process?.send({ kind: "standing", standing: this.#standing() });
    this.#tellHealth();
  }

  #notices(entries: readonly NoticeEntry[]): void {
    for (let from = 0; from < entries.length; from += noticesAtOnce) {
      const notices = entries
        .slice(from, from + noticesAtOnce)
        .map((entry) => ({ ...entry, sequence: ++this.#feed.sequence }));
      this.#message("notices", { version: contractVersion, bootId: this.#feed.bootId, oldest: 1, notices });
    }
  }

  #message(channel: "presence" | "hello" | "reported" | "notices" | "pulse", value: object): void {
    this.#process?.send({ kind: "message", channel, payload: JSON.stringify(value) });
  }
}

const noticesAtOnce = 100;
