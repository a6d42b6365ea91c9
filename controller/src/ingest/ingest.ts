/**
 * Takes in what sensors say: parses, stores, acknowledges. The topic has been checked against the
 * certificate before; here the payload is. What does not parse is counted and changes nothing.
 */
import {
  contractVersion,
  everyContainment,
  parseHello,
  parseNotices,
  parsePresence,
  parsePulse,
  parseReported,
  pinAuthor,
  takesDeeds,
  type Hello,
  type Notices,
  type Parsed,
  type Presence,
  type Pulse,
  type Reported,
  type ReportedUpdate,
  type ReportedWipe,
  type Stored,
  type UpChannel,
} from "@cordon/contract";
import { AttemptLimiter } from "../account/attempt-limiter.ts";
import { writeAudit, type AuditLine } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { Exclusive } from "../exclusive.ts";
import type { Holding } from "../fleet/adopt-report.ts";
import { hasReached } from "../fleet/desired.ts";
import type { ForgottenKeeper } from "../fleet/forgotten-keeper.ts";
import { openContainments } from "../store/containment-rows.ts";
import { GroupCommit } from "../store/group-commit.ts";
import type { Rows, Store } from "../store/schema.ts";
import type { TimelineFact } from "../store/timeline-rows.ts";
import { tellOfBox } from "../store/timeline-share.ts";
import { healthFacts, helloFacts, presenceFact } from "./box-facts.ts";
import { BootTrail } from "./boot-trail.ts";
import { keptNotice } from "./notice-size.ts";
import { accountFor, putLine, storeBatch, whenDone, type BatchLimits, type DeedNotice } from "./notice-store.ts";
import { addToSeries, growth } from "./series.ts";

export interface IngestParts {
  readonly store: Store;
  readonly ambient: Ambient;
  readonly publishStored: (sensorId: string, stored: Stored) => Promise<void>;
  /** Told which document a sensor says that it holds, before anything else is done with that, and what it says of it. */
  readonly forgotten: Pick<ForgottenKeeper, "hear" | "weigh">;
  /** Told when a sensor has said what it is. */
  readonly introduced: (sensorId: string) => Promise<void>;
  /** A sensor says that it has forgotten its site. */
  readonly wiped: (sensorId: string, wiped: ReportedWipe) => Promise<void>;
  /** A sensor says what it runs, and how an order for another release stands. */
  readonly updated: (sensor: Sender, update: ReportedUpdate) => Promise<void>;
  readonly changed: (siteId: string) => void;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
  readonly limits: BatchLimits;
}

/** What is stored of what sensors say; a walk is for whoever looks. */
type StoredChannel = Exclude<UpChannel, "walk">;

interface Sender {
  readonly id: string;
  readonly siteId: string;
}

// Keys go into lists, addresses and log lines.
const printable = /^[\x21-\x7e]{1,64}$/;

/** What the schema lets through and a store cannot keep; null where all is well. */
function flawIn(batch: Notices): string | null {
  if (!Number.isSafeInteger(batch.oldest)) return "/oldest is out of range";
  for (const notice of batch.notices) {
    if (!Number.isSafeInteger(notice.sequence)) return "a sequence is out of range";
    if (notice.kind === "nat" && !Number.isSafeInteger(notice.lost)) return "a count is out of range";
    const host = notice.kind === "host" ? notice.host.host : notice.kind === "containment" ? notice.host : "";
    if ((notice.kind === "host" || host !== "") && !printable.test(host)) return "a host's key has odd characters";
  }
  return null;
}

/** What somebody did at a box, as this log says it: when it was done stands in it, the line's own time is when that became known. */
function lineOf({ at, deed }: DeedNotice, sender: Sender, now: number): AuditLine {
  const {
    place: _,
    doneAt: __,
    ...said
  }: Readonly<Record<string, unknown>> = deed.detail.startsWith("{") ? parsedOr(deed.detail) : { reason: deed.detail };
  return {
    // A box may name whom it likes.
    author: deed.author === pinAuthor ? pinAuthor : sender.id,
    ...{
      action: deed.action,
      siteId: sender.siteId,
      subject: deed.subject ?? sender.id,
      doneAt: whenDone({ at }, now),
    },
    detail: JSON.stringify({ place: "box", doneAt: at, ...said }).slice(0, 8000),
    ...(deed.host === null ? {} : { host: deed.host }),
  };
}

// Such names stand before all others of an object (ECMA-262 10.1.11.1): what begins with its place would begin with them.
const numeral = /^\d+$/;

function parsedOr(text: string): Readonly<Record<string, unknown>> {
  try {
    const said = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return Object.fromEntries(said.filter(([name]) => !numeral.test(name)));
  } catch {
    return { text };
  }
}

/** Whether its numbers can be told apart. The highest is kept free for the revision that follows. */
function hasOrder({ epoch, revision, issuedAt }: Holding): boolean {
  return Number.isSafeInteger(revision) && epoch < Number.MAX_SAFE_INTEGER && Number.isSafeInteger(issuedAt ?? 0);
}

export class Ingest {
  readonly #boots = new BootTrail();
  readonly #parts: IngestParts;
  readonly #commits: GroupCommit;
  /** Which site a sensor is of: that never changes. */
  readonly #siteBySensor = new Map<string, string>();
  /** Messages of one sensor are taken in one after the other, as they came. */
  /** Of sensors whose hello of this connection is not stored yet. */
  readonly #owedHellos = new Map<string, Hello>();
  readonly #linesBySensor = new Map<string, Exclusive>();
  /** What goes into the audit log stays there for good, so that no box fills it. */
  readonly #deeds: AttemptLimiter;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    const perSource = parts.limits.deedsPerDay;
    this.#deeds = new AttemptLimiter(parts.ambient.clock, { perSource, overall: Infinity, windowMs: 86_400_000 });
    this.#commits = new GroupCommit(parts.store);
  }

  /** At start no connection stands yet, whatever was true when the last process ended. */
  async start(): Promise<void> {
    const { store } = this.#parts;
    await store
      .updateTable("sensors")
      .set((build) => ({ state: "offline" as const, state_since: build.ref("last_heard_at") }))
      .where("state", "=", "online")
      .execute();
  }

  /** Resolves when everything heard so far is stored. */
  async idle(): Promise<void> {
    for (const line of [...this.#linesBySensor.values()]) await line.idle();
  }

  /** A connection stands. The sensor counts as online once it says so itself. */
  async connected(sensorId: string): Promise<void> {
    const spool = await this.#parts.store
      .selectFrom("spools")
      .select(["boot_id", "contiguous"])
      .where("sensor_id", "=", sensorId)
      .orderBy("updated_at", "desc")
      .limit(1)
      .executeTakeFirst();
    if (spool === undefined) return;
    await this.#acknowledge(sensorId, spool.boot_id, spool.contiguous);
  }

  /** A connection is gone: the sensor is silent, with or without a last word. */
  disconnected(sensorId: string): Promise<void> {
    return this.#inLine(sensorId, (sender) => {
      this.#owedHellos.delete(sender.id);
      return this.#setOffline(sender);
    });
  }

  /** Takes one message in. */
  message(sensorId: string, channel: StoredChannel, payload: Uint8Array): Promise<void> {
    const { forgotten } = this.#parts;
    // Before the store is asked for anything: it may be what fails.
    const hello = channel === "hello" ? parseHello(payload) : null;
    if (hello?.ok === true && hello.value.holds !== undefined && hasOrder(hello.value.holds))
      forgotten.hear(sensorId, hello.value.holds);
    const report = channel === "reported" ? parseReported(payload) : null;
    if (report?.ok === true && hasOrder(report.value)) forgotten.hear(sensorId, report.value);
    return this.#inLine(sensorId, async (sender) => {
      await this.#makeGood(sender);
      switch (channel) {
        case "presence":
          return this.#parsed(sender, channel, parsePresence(payload), (presence) => this.#presence(sender, presence));
        case "hello":
          if (hello === null) return;
          return this.#parsed(sender, channel, hello, async (value) => {
            this.#owedHellos.set(sender.id, value);
            await this.#hello(sender, value);
            this.#owedHellos.delete(sender.id);
          });
        case "reported":
          if (report === null) return;
          return this.#parsed(sender, channel, report, (value) => this.#reported(sender, value));
        case "notices":
          return this.#parsed(sender, channel, parseNotices(payload), (batch) => this.#notices(sender, batch));
        case "pulse":
          return this.#parsed(sender, channel, parsePulse(payload), (pulse) => this.#pulse(sender, pulse));
      }
    });
  }

  /**
   * Takes in a hello that the store could not take: it is said once a connection, and tells what nobody else does, such as
   * which notices will not come any more.
   */
  async #makeGood(sender: Sender): Promise<void> {
    const hello = this.#owedHellos.get(sender.id);
    if (hello === undefined) return;
    await this.#hello(sender, hello).then(
      () => this.#owedHellos.delete(sender.id),
      // The store says so itself with what comes next.
      () => undefined,
    );
  }

  #inLine(sensorId: string, task: (sender: Sender) => Promise<void>): Promise<void> {
    let line = this.#linesBySensor.get(sensorId);
    if (line === undefined) this.#linesBySensor.set(sensorId, (line = new Exclusive()));
    return line.run(async () => {
      const siteId = this.#siteBySensor.get(sensorId) ?? (await this.#siteOf(sensorId));
      if (siteId !== null) await task({ id: sensorId, siteId });
    });
  }

  async #siteOf(sensorId: string): Promise<string | null> {
    const row = await this.#parts.store
      .selectFrom("sensors")
      .select("site_id")
      .where("id", "=", sensorId)
      .executeTakeFirst();
    if (row === undefined) return null;
    this.#siteBySensor.set(sensorId, row.site_id);
    return row.site_id;
  }

  async #parsed<T>(
    sender: Sender,
    channel: StoredChannel,
    parsed: Parsed<T>,
    take: (value: T) => Promise<void>,
  ): Promise<void> {
    if (!parsed.ok) {
      this.#parts.refused(sender.id, `malformed-${channel}`, parsed.error);
      return;
    }
    await take(parsed.value);
  }

  async #presence(sender: Sender, presence: Presence): Promise<void> {
    const { ambient } = this.#parts;
    if (presence.state === "offline") {
      // The last will of a connection that a newer one has already replaced tells of nothing.
      await this.#setOffline(sender, presence.at);
      return;
    }
    if (this.#boots.isBack(sender.id, presence.bootId)) {
      this.#parts.refused(sender.id, "identity-in-two-places", `boot ${presence.bootId} is back after another`);
    }
    const now = ambient.clock.now();
    await this.#commits.run(async (rows) => {
      const before = await rows
        .selectFrom("sensors")
        .select(["state", "state_since"])
        .where("id", "=", sender.id)
        .executeTakeFirst();
      // Saying it twice does not make it begin anew.
      const wasOnline = before?.state === "online";
      await rows
        .updateTable("sensors")
        .set({
          state: "online",
          ...(wasOnline ? {} : { state_since: now }),
          boot_id: presence.bootId,
          presence_at: presence.at,
          last_heard_at: now,
        })
        .where("id", "=", sender.id)
        .execute();
      if (!wasOnline) await this.#tell(rows, sender, [presenceFact("online", now, before?.state_since ?? null)], now);
    });
    this.#parts.changed(sender.siteId);
  }

  /** @param saidAt when the connection was made whose end this is; absent: whichever stands */
  async #setOffline(sender: Sender, saidAt = Number.MAX_SAFE_INTEGER): Promise<void> {
    const now = this.#parts.ambient.clock.now();
    const isChanged = await this.#commits.run(async (rows) => {
      const changed = await rows
        .updateTable("sensors")
        .set({ state: "offline", state_since: now })
        .where("id", "=", sender.id)
        .where("state", "=", "online")
        .where((build) => build(build.fn.coalesce("presence_at", build.val(0)), "<=", saidAt))
        .executeTakeFirst();
      if (changed.numUpdatedRows === 0n) return false;
      await this.#tell(rows, sender, [presenceFact("silent", now, null)], now);
      return true;
    });
    if (isChanged) this.#parts.changed(sender.siteId);
  }

  async #hello(sender: Sender, hello: Hello): Promise<void> {
    try {
      await this.#takeHello(sender, hello);
    } finally {
      if (hello.holds !== undefined) await this.#parts.forgotten.weigh(sender.id, sender.siteId, hello.holds, null);
    }
  }

  async #takeHello(sender: Sender, hello: Hello): Promise<void> {
    const { spooled = [] } = hello;
    if (!spooled.every(({ oldest }) => Number.isSafeInteger(oldest))) {
      this.#parts.refused(sender.id, "malformed-hello", "a sequence is out of range");
      return;
    }
    const now = this.#parts.ambient.clock.now();
    await this.#commits.run(async (rows) => {
      const known = await rows.selectFrom("sensors").select("hello").where("id", "=", sender.id).executeTakeFirst();
      const before = known?.hello == null ? null : (JSON.parse(known.hello) as Hello);
      await rows
        .updateTable("sensors")
        .set({ hello: JSON.stringify(hello), last_heard_at: now })
        .where("id", "=", sender.id)
        .execute();
      await this.#tell(rows, sender, helloFacts(hello, before, now), now);
    });
    await this.#commits.run((rows) => accountFor(rows, sender.id, spooled, now, this.#parts.limits));
    await this.#parts.introduced(sender.id);
    this.#parts.changed(sender.siteId);
  }

  async #pulse(sender: Sender, pulse: Pulse): Promise<void> {
    const { ambient } = this.#parts;
    const counters = [pulse.contacts, pulse.packetsStopped, pulse.packetsSeen, pulse.packetsLimited];
    if (!counters.every(Number.isSafeInteger)) {
      this.#parts.refused(sender.id, "malformed-pulse", "a counter is out of range");
      return;
    }
    const now = ambient.clock.now();
    await this.#commits.run(async (rows) => {
      const last = await rows
        .selectFrom("sensors")
        .select(["pulse", "pulse_received_at"])
        .where("id", "=", sender.id)
        .executeTakeFirst();
      const grown = growth(
        last?.pulse == null
          ? null
          : { pulse: JSON.parse(last.pulse) as Pulse, receivedAt: last.pulse_received_at ?? 0 },
        { pulse, receivedAt: now },
      );
      if (grown !== null) await addToSeries(rows, sender, grown, now);
      await rows
        .updateTable("sensors")
        .set({ pulse: JSON.stringify(pulse), pulse_received_at: now, last_heard_at: now })
        .where("id", "=", sender.id)
        .execute();
    });
    this.#parts.changed(sender.siteId);
  }

  async #reported(sender: Sender, reported: Reported): Promise<void> {
    const told = [...everyContainment(reported), ...(reported.automatic ?? [])];
    const isWhole = hasOrder(reported) && told.every(({ packetsStopped }) => Number.isSafeInteger(packetsStopped));
    if (!isWhole) this.#parts.refused(sender.id, "malformed-reported", "a number is out of range");
    try {
      if (isWhole) await this.#storeReport(sender, reported);
    } finally {
      await this.#parts.forgotten.weigh(sender.id, sender.siteId, reported, isWhole ? reported : null);
    }
    if (isWhole && reported.update !== undefined) await this.#parts.updated(sender, reported.update);
    if (isWhole && reported.wiped !== undefined) await this.#parts.wiped(sender.id, reported.wiped);
    if (isWhole) this.#parts.changed(sender.siteId);
  }

  async #storeReport(sender: Sender, reported: Reported): Promise<void> {
    const now = this.#parts.ambient.clock.now();
    await this.#commits.run(async (rows) => {
      const row = { sensor_id: sender.id, body: JSON.stringify(reported), received_at: now };
      const last = await rows
        .selectFrom("reported")
        .select("body")
        .where("sensor_id", "=", sender.id)
        .executeTakeFirst();
      const before = last === undefined ? [] : (JSON.parse(last.body) as Reported).health;
      await this.#tell(rows, sender, healthFacts(reported.health, before, now), now);
      await rows
        .insertInto("reported")
        .values(row)
        .onConflict((conflict) => conflict.column("sensor_id").doUpdateSet(row))
        .execute();
      await rows.updateTable("sensors").set({ last_heard_at: now }).where("id", "=", sender.id).execute();
      await putLine(rows, sender.id, reported.line, reported.at);
      const toldById = new Map(everyContainment(reported).map((containment) => [containment.id, containment]));
      for (const open of await openContainments(rows, sender.id)) {
        const told = toldById.get(open.id);
        const isGone =
          told === undefined || (told.inForceSince === null && (told.level === "none" || told.level === "unconfirmed"));
        const isDropped =
          open.dropped_epoch !== null &&
          open.dropped_revision !== null &&
          hasReached(reported, { epoch: open.dropped_epoch, revision: open.dropped_revision });
        if (!isGone || !isDropped) continue;
        await rows.updateTable("containments").set({ ended_at: now }).where("id", "=", open.id).execute();
      }
    });
  }

  async #notices(sender: Sender, batch: Notices): Promise<void> {
    const { ambient, limits, refused } = this.#parts;
    const notices = batch.notices.map(keptNotice).filter((notice) => notice !== null);
    const flaw = notices.length < batch.notices.length ? "a notice is too large" : flawIn(batch);
    if (flaw !== null) {
      refused(sender.id, "malformed-notices", flaw);
      return;
    }
    const cut = notices.filter((notice, index) => notice !== batch.notices[index]).length;
    if (cut > 0) refused(sender.id, "notice-cut", `${cut} kept without what this release does not know of them`);
    const now = ambient.clock.now();
    const outcome = await this.#commits.run(async (rows) => {
      await rows.updateTable("sensors").set({ last_heard_at: now }).where("id", "=", sender.id).execute();
      const stored = await storeBatch(rows, sender, { ...batch, notices }, now, limits);
      const written = stored.deeds.filter(() => this.#deeds.begin(sender.id) !== null);
      for (const notice of written) await writeAudit(rows, ambient, lineOf(notice, sender, now));
      return { ...stored, deedsRefused: stored.deeds.length - written.length };
    });
    if (outcome.deedsRefused > 0) {
      refused(
        sender.id,
        "too-many-deeds",
        `${outcome.deedsRefused} deeds beyond what goes into the audit log in a day`,
      );
    }
    if (outcome.hostsRefused > 0) {
      refused(sender.id, "too-many-hosts", `${outcome.hostsRefused} hosts beyond what a site may hold`);
    }
    // Only now, after the commit: what is acknowledged is deleted at the other end.
    await this.#acknowledge(sender.id, batch.bootId, outcome.contiguous);
    if (outcome.added > 0) this.#parts.changed(sender.siteId);
  }

  async #acknowledge(sensorId: string, bootId: string, sequence: number): Promise<void> {
    await this.#parts.publishStored(sensorId, {
      version: contractVersion,
      bootId,
      sequence,
      takes: ["nat", takesDeeds],
    });
  }

  #tell(rows: Rows, sender: Sender, facts: readonly TimelineFact[], now: number): Promise<void> {
    return tellOfBox(rows, sender, facts, now, this.#parts.limits.retention);
  }
}
