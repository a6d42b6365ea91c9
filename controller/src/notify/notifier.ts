/**
 * Looks for news, puts it into messages and delivers them: a loop of its own, which nothing waits for. What it cannot deliver
 * stays in the store and is tried again; what it cannot do is logged, and ends nothing else.
 */
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import {
  forgetDeliveries,
  readChannel,
  readChannels,
  readWaiting,
  writeMessage,
  writeTry,
  type WaitingDelivery,
} from "../store/notification-rows.ts";
import { forgetContainmentMarks } from "../store/notification-marks.ts";
import type { Store } from "../store/schema.ts";
import type { LanguageShelf } from "../language/language-shelf.ts";
import type { Orders } from "./observe.ts";
import { readFindings, readOverflows } from "../store/waiting-findings.ts";
import type { AddressGuard } from "./address-guard.ts";
import type { Channel } from "./channel.ts";
import { defaultGatherLimits, dueOf, told, type GatherLimits } from "./composer.ts";
import { infectionWeight } from "./finding.ts";
import { standingsOf } from "./host-standing.ts";
import { messageOf, testMessage, type Tongue } from "./message.ts";
import { isQuiet } from "./quiet-hours.ts";
import { nextTryAt, type RetryLimits } from "./retry.ts";
import { send, type SendOutcome } from "./sender.ts";
import { defaultWatchLimits, Watcher, type WatchLimits } from "./watcher.ts";

export interface NotifyLimits extends WatchLimits, GatherLimits {
  readonly retry: RetryLimits;
  /** Between two rounds, ms. */
  readonly roundMs: number;
  /** How long one try may take, ms. */
  readonly timeoutMs: number;
  /** Channels that are called at once. */
  readonly atOnce: number;
  /** How long what became of messages is kept, ms. */
  readonly keepMs: number;
  /** And of how many of a channel: a site that floods fills one every ten seconds. */
  readonly keepPerChannel: number;
  /** How long it is known that a containment was told, ms; afterwards what the box says of it again is told again. */
  readonly keepContainmentsMs: number;
}

export const defaultNotifyLimits: NotifyLimits = {
  ...defaultWatchLimits,
  ...defaultGatherLimits,
  retry: { firstMs: 30_000, longestMs: 3_600_000, patienceMs: 24 * 3_600_000, refusedTries: 5 },
  roundMs: 5_000,
  timeoutMs: 25_000,
  atOnce: 8,
  keepMs: 30 * 24 * 3_600_000,
  keepPerChannel: 2_000,
  keepContainmentsMs: 90 * 24 * 3_600_000,
};

export interface NotifierParts {
  readonly store: Store;
  readonly ambient: Ambient;
  /** IANA name: the zone that sentences tell times in. */
  readonly timeZone: string;
  /** Where a person finds the user interface, without a slash at its end. */
  readonly publicUrl: () => string;
  readonly orders: Orders;
  /** In which channels are told. */
  readonly languages: Pick<LanguageShelf, "sentencesOf">;
  readonly guard: AddressGuard;
  /** PEM of authorities that receivers' certificates are held against; absent: the system's. */
  readonly authorities?: readonly string[];
  readonly limits: NotifyLimits;
}

const forgetEveryMs = 3_600_000;

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #watcher: Watcher;
  readonly #rounds = new Exclusive();
  readonly #abort = new AbortController();
  /** Deliveries and tests that are under way, by channel. */
  readonly #sending = new Map<string, Promise<void>>();
  readonly #testing = new Set<string>();
  #cancelTimer: () => void = () => undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    const { store, ambient, timeZone, orders, limits } = parts;
    this.#watcher = new Watcher({ store, ambient, timeZone, orders, limits });
  }

  start(): void {
    this.#next();
  }

  /**
   * Has somebody told from now on: to be called when a channel was made or switched on. Where there was none before, what stands
   * already is no news. Never rejects.
   */
  async begin(): Promise<void> {
    await this.#rounds
      .run(() => this.#watcher.look())
      .catch((error: unknown) =>
        this.#parts.ambient.log.error("cannot look for what stands already", { error: errorText(error) }),
      );
  }

  /** Ends the loop. What is under way is broken off, and tried again after the next start. */
  async close(): Promise<void> {
    this.#abort.abort();
    this.#cancelTimer();
    await this.#rounds.idle();
    await Promise.all(this.#sending.values());
  }

  /**
   * Sends a message that says that it is a test, once, and gives what the receiver said. Throws `unknown-channel`,
   * `already-testing`.
   */
  async test(channelId: string): Promise<SendOutcome> {
    const { store, ambient, publicUrl } = this.#parts;
    const channel = await readChannel(store, channelId);
    if (channel === null) throw new ControllerError("unknown-channel", `there is no channel ${channelId}`);
    if (this.#testing.has(channelId)) throw new ControllerError("already-testing", `${channelId} is being tested`);
    this.#testing.add(channelId);
    try {
      const now = ambient.clock.now();
      const message = testMessage(this.#id(), now, channel.name, publicUrl(), await this.#tongueOf(channel));
      const outcome = await this.#send(channel, message);
      const state = outcome.isDelivered ? ("delivered" as const) : ("given-up" as const);
      await store.transaction().execute(async (rows) => {
        // It may have been deleted meanwhile.
        if ((await readChannel(rows, channelId)) === null) return;
        await rows
          .insertInto("notification_deliveries")
          .values({
            ...{ id: message.id, channel_id: channelId, severity: message.severity, title: message.title },
            ...{ body: JSON.stringify(message), is_test: 1 as const, state, tries: 1, created_at: now, due_at: now },
            ...{ done_at: ambient.clock.now(), answer: outcome.answer },
          })
          .execute();
      });
      return outcome;
    } finally {
      this.#testing.delete(channelId);
    }
  }

  #next(): void {
    const { ambient, limits } = this.#parts;
    if (this.#abort.signal.aborted) return;
    this.#cancelTimer = ambient.clock.after(limits.roundMs, () => {
      void this.#rounds
        .run(() => this.#round())
        .catch((error: unknown) => ambient.log.error("cannot look for what is to be told", { error: errorText(error) }))
        .then(() => this.#next());
    });
  }

  async #round(): Promise<void> {
    const { store, ambient, limits } = this.#parts;
    await this.#watcher.look();
    const now = ambient.clock.now();
    if (now - this.#forgotAt >= forgetEveryMs) {
      this.#forgotAt = now;
      await forgetDeliveries(store, now - limits.keepMs, limits.keepPerChannel);
      await forgetContainmentMarks(store, now - limits.keepContainmentsMs);
    }
    // The oldest of each channel alone: while a receiver is down, what is new gathers behind it and becomes one message.
    const waiting = await readWaiting(store);
    for (const channel of await readChannels(store)) {
      if (!channel.isEnabled || this.#sending.has(channel.id) || this.#sending.size >= limits.atOnce) continue;
      const delivery = oldestOf(waiting, channel, now) ?? (await this.#composed(channel, now));
      if (delivery === null || delivery.dueAt > now) continue;
      const sent = this.#deliver(channel, delivery)
        .catch((error: unknown) =>
          ambient.log.error("cannot write down what became of a message", {
            channel: channel.id,
            error: errorText(error),
          }),
        )
        .then(() => void this.#sending.delete(channel.id));
      this.#sending.set(channel.id, sent);
    }
  }

  /** One channel that cannot be dealt with keeps no other waiting. */
  async #composed(channel: Channel, now: number): Promise<WaitingDelivery | null> {
    try {
      return await this.#compose(channel, now);
    } catch (error) {
      this.#parts.ambient.log.error("cannot put a message together", { channel: channel.id, error: errorText(error) });
      return null;
    }
  }

  async #compose(channel: Channel, now: number): Promise<WaitingDelivery | null> {
    const { store, publicUrl, limits } = this.#parts;
    // Nothing less is told in quiet hours, however much of it waits.
    const waiting = await readFindings(store, channel.id, isQuiet(channel.quietHours, now) ? infectionWeight : -1);
    if (waiting.length === 0) return null;
    const standings = await standingsOf(
      store,
      waiting.map(({ finding }) => finding),
      now,
    );
    const due = dueOf(waiting, channel, standings, now, limits);
    if (due.length === 0) return null;
    const findings = told(
      due.map(({ finding }) => finding),
      standings,
    );
    const overflow = await readOverflows(store, channel.id);
    const tongue = await this.#tongueOf(channel);
    const message = messageOf({ id: this.#id(), at: now, findings, overflow, publicUrl: publicUrl(), tongue });
    const ids = due.map(({ id }) => id);
    const isThere = await store.transaction().execute(async (rows) => {
      if ((await readChannel(rows, channel.id)) === null) return false;
      await writeMessage(rows, channel.id, message, ids);
      return true;
    });
    return isThere ? { id: message.id, channelId: channel.id, message, tries: 0, createdAt: now, dueAt: now } : null;
  }

  async #deliver(channel: Channel, delivery: WaitingDelivery): Promise<void> {
    const { store, ambient, limits } = this.#parts;
    const { isDelivered, isRefused, answer } = await this.#send(channel, delivery.message);
    // Broken off by ourselves: no try that says anything.
    if (!isDelivered && this.#abort.signal.aborted) return;
    const now = ambient.clock.now();
    const tries = delivery.tries + 1;
    if (isDelivered) {
      await writeTry(store, delivery.id, { state: "delivered", tries, due_at: now, done_at: now, answer });
      return;
    }
    const chance = ambient.random(4).readUInt32BE() / 2 ** 32;
    const dueAt = nextTryAt({ tries, firstAt: delivery.createdAt, now, isRefused }, chance, limits.retry);
    const fields = { channel: channel.id, kind: channel.kind, delivery: delivery.id, tries, answer };
    if (dueAt === null) {
      ambient.log.error("a message was given up", fields);
      await writeTry(store, delivery.id, { state: "given-up", tries, due_at: now, done_at: now, answer });
    } else {
      ambient.log.warn("a message was not delivered and is tried again", fields);
      await writeTry(store, delivery.id, { state: "waiting", tries, due_at: dueAt, done_at: null, answer });
    }
  }

  #send(channel: Channel, message: WaitingDelivery["message"]): Promise<SendOutcome> {
    const { guard, authorities, ambient, limits } = this.#parts;
    const parts = {
      ...{ guard, timeoutMs: limits.timeoutMs, now: () => ambient.clock.now() },
      ...(authorities === undefined ? {} : { authorities }),
    };
    return send(channel, message, parts, this.#abort.signal);
  }

  async #tongueOf({ language }: Channel): Promise<Tongue> {
    return { language, sentences: await this.#parts.languages.sentencesOf(language) };
  }

  #id(): string {
    return this.#parts.ambient.random(16).toString("hex");
  }
}

/** The first message of a channel that is to go out. What is less than critical rests in quiet hours, however long it waits already. */
function oldestOf(waiting: readonly WaitingDelivery[], channel: Channel, now: number): WaitingDelivery | undefined {
  const isResting = isQuiet(channel.quietHours, now);
  return waiting.find(
    ({ channelId, message }) => channelId === channel.id && (!isResting || message.severity === "critical"),
  );
}
