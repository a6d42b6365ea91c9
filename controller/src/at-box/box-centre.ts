/** Puts together what a box needs to be its own centre: the parts of a controller, with its sensor in place of a broker. */
import { LanguageShelf } from "../language/language-shelf.ts";
import { join } from "node:path";
import {
  isNewer,
  parseAnswerAtBox,
  parseReported,
  type BoxStanding,
  type DesiredDocument,
  type FromCentre,
  type SignedDesired,
  type ToCentre,
} from "@cordon/contract";
import { Front } from "@cordon/front";
import { AttemptLimiter } from "../account/attempt-limiter.ts";
import { Challenges } from "../account/passkeys.ts";
import { PinGate, type PinLimits } from "../account/pin.ts";
import { SignIn } from "../account/sign-in.ts";
import type { Ambient } from "../ambient.ts";
import { defaultEventLimits, EventStreams } from "../api/event-stream.ts";
import { buildServer } from "../api/server.ts";
import { SiteChanges } from "../api/site-changes.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Exclusive } from "../exclusive.ts";
import { AskKeeper } from "../fleet/ask-keeper.ts";
import { DesiredKeeper } from "../fleet/desired-keeper.ts";
import { signerOf } from "../fleet/signer.ts";
import { WalkKeeper } from "../fleet/walk-keeper.ts";
import { RevocationBook } from "../fleet/revocation-book.ts";
import { SnapshotBook } from "../incident/snapshot-book.ts";
import { Ingest } from "../ingest/ingest.ts";
import { defaultBatchLimits, type BatchLimits } from "../ingest/notice-store.ts";
import { RefusalBook } from "../ingest/refusal-book.ts";
import { Retention } from "../ingest/retention.ts";
import { UploadShelf } from "../ingest/upload-shelf.ts";
import { openVendorBook } from "../lookup/vendor-book.ts";
import { AddressGuard } from "../notify/address-guard.ts";
import { defaultNotifyLimits, Notifier } from "../notify/notifier.ts";
import { software } from "../software.ts";
import { readNamed } from "../store/issued-rows.ts";
import { openStore } from "../store/open-store.ts";
import { lockForServing } from "../store/serve-lock.ts";
import { carryOver } from "./carry-over.ts";
import { DeedTeller } from "./deed-teller.ts";
import { ensureSite, knowSigner, numberFrom, writeHeld } from "./held-rows.ts";

export type Begin = Extract<ToCentre, { kind: "begin" }>;

export interface BoxCentreOptions {
  readonly dataDir: string;
  readonly uiDir: string;
  readonly timeZone: string;
  readonly ambient: Ambient;
  /** Who is not of the network where it serves is not served. */
  readonly begin: Begin;
  readonly send: (message: FromCentre) => void;
  readonly pinLimits?: PinLimits;
}

export interface BoxCentre {
  readonly url: string;
  /** Takes what the sensor says, in its order. */
  readonly take: (message: Exclude<ToCentre, Begin>) => void;
  readonly close: () => Promise<void>;
}

// A box keeps it in memory.
const limits: BatchLimits = {
  ...defaultBatchLimits,
  snapshotBytesPerSite: 16 * 1024 * 1024,
  retention: { ...defaultBatchLimits.retention, historyBytes: 24 * 1024 * 1024, containmentBytes: 8 * 1024 * 1024 },
};

const deedsEveryMs = 250;
const usedEveryMs = 5_000;

/** Starts to be the centre of one site. */
export async function startBoxCentre(options: BoxCentreOptions): Promise<BoxCentre> {
  const { ambient, dataDir, begin, send } = options;
  const { sensor: sensorId, site } = begin.profile;
  const { listen } = begin;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    closers.push(lockForServing(dataDir));
    const store = await openStore(dataDir, {});
    closers.push(() => store.destroy());
    const signer = signerOf(begin.privateKey, "");
    let standing: BoxStanding = begin.standing;
    // What was signed last and the box has not said to follow yet.
    let underWay: DesiredDocument | null = null;
    const changes = new SiteChanges();
    const changed = (siteId: string) => changes.tell(siteId);
    const refusals = new RefusalBook(store, ambient, () => changed(site.id));
    const refused = (of: string, reason: string, error: string) => refusals.add(of, reason, error);
    const keeper = new DesiredKeeper({
      ...{ store, signer, ambient, changed, refused },
      publish: async (_, message) => {
        const document = "document" in message ? (JSON.parse(message.document) as DesiredDocument) : null;
        // What the controller has signed the box has from there.
        if (document?.local === undefined) return;
        underWay = document;
        send({ kind: "message", channel: "desired", payload: JSON.stringify(message) });
      },
      base: () => documentOf(standing.base),
    });
    const shelf = new UploadShelf(join(dataDir, "answers"));
    const asks = new AskKeeper({
      ...{ store, ambient, shelf, changed, refused, parse: parseAnswerAtBox },
      publish: async (_, askId, payload) => send({ kind: "ask", askId, payload }),
    });
    const walkChanges = new SiteChanges();
    const walks = new WalkKeeper({
      ...{ store, ambient, asks, refused, changed: (siteId: string) => walkChanges.tell(siteId) },
    });
    const retention = new Retention({ store, ambient, limits: limits.retention });
    const ingest = new Ingest({
      ...{ store, ambient, changed, refused, limits },
      publishStored: () => Promise.resolve(),
      forgotten: keeper.forgotten,
      introduced: () => Promise.resolve(),
      wiped: () => Promise.resolve(),
      updated: () => Promise.resolve(),
    });
    const bringTo = async (): Promise<void> => {
      const { held } = standing;
      const document = documentOf(held);
      const now = ambient.clock.now();
      await store.transaction().execute(async (rows) => {
        await ensureSite(rows, begin.profile, now);
        if (held === null || document === null) return;
        await knowSigner(rows, held.keyId, now);
        const { answers } = document;
        const answered = answers === undefined ? null : await readNamed(rows, sensorId, answers);
        await writeHeld(rows, carryOver(document, underWay, answered), { held, now });
      });
      if (held !== null && standing.base !== null) await keeper.issue(sensorId);
      changed(site.id);
    };
    await numberFrom(store, ambient, begin.deedsUntil);
    await knowSigner(store, signer.keyId, ambient.clock.now());
    await bringTo();
    await ingest.start();
    retention.start();
    closers.push(() => retention.close());
    closers.push(() => keeper.close());
    await asks.start();
    closers.push(() => asks.close());
    await walks.start();
    closers.push(() => walks.close());
    closers.push(() => ingest.idle());
    closers.push(() => refusals.flush());
    const streams = new EventStreams(ambient, changes, walkChanges, defaultEventLimits);
    let usedAt = -Infinity;
    const languages = new LanguageShelf([join(options.uiDir, "languages")]);
    const notifier = new Notifier({
      languages,
      ...{ store, ambient, guard: new AddressGuard(), timeZone: options.timeZone, publicUrl: () => "" },
      ...{ orders: keeper.forgotten, limits: defaultNotifyLimits },
    });
    const pin = new PinGate(begin.profile.pin, ambient.clock, begin.pinFailures, options.pinLimits);
    closers.push(() => pin.close());
    const app = await buildServer(
      {
        ...{ store, ambient, keeper, asks, walks, shelf, refusals, streams, notifier, changed, software },
        guard: new AddressGuard(),
        revocations: new RevocationBook(dataDir),
        limiter: new AttemptLimiter(ambient.clock),
        signIn: new SignIn(store, ambient),
        publicUrl: () => "",
        restore: null,
        challenges: new Challenges(ambient),
        relyingParty: () => null,
        backup: () => Promise.reject(new ControllerError("not-at-box", "what is here is handed back to the centre")),
        withdrawn: () => Promise.resolve(),
        vendorOf: openVendorBook(),
        snapshots: new SnapshotBook(),
        timeZone: options.timeZone,
        delegations: null,
        boxes: null,
        releases: null,
        box: {
          siteId: site.id,
          siteName: site.name,
          contacts: begin.profile.contacts ?? [],
          pin: pin,
          standing: () => standing,
          wrongPin: (failure) => send({ kind: "wrong-pin", ...failure }),
          used: () => {
            if (ambient.clock.now() - usedAt < usedEveryMs) return;
            usedAt = ambient.clock.now();
            send({ kind: "used" });
          },
        },
      },
      {
        ...{ uiDir: options.uiDir, languages, trustedProxies: [] },
        credentials: { cert: begin.profile.pages.certificate, key: begin.profile.pages.privateKey },
      },
    );
    closers.push(() => app.close());
    closers.push(() => streams.close());
    await app.ready();
    const front = new Front(app.server);
    const port = await front.listen(listen);
    closers.push(() => front.close());
    const deeds = new DeedTeller(store, send, begin.deedsUntil);
    const line = new Exclusive();
    const failed = (error: unknown): void =>
      ambient.log.error("cannot take what the sensor says", { error: errorText(error) });
    const inLine = (task: () => Promise<void>): void => void line.run(task).catch(failed);
    let cancel: () => void = () => undefined;
    const tellDeeds = (): void => {
      cancel = ambient.clock.after(deedsEveryMs, () => {
        inLine(() => deeds.tell());
        tellDeeds();
      });
    };
    tellDeeds();
    closers.push(async () => {
      cancel();
      await line.idle();
      // What was done in the last moment is told, too.
      await deeds.tell();
    });
    return {
      url: `https://${listen.host}:${port}`,
      take: (message) => {
        // Of a walk nothing is stored, and nobody waits for it behind what is.
        if (message.kind === "message" && message.channel === "walk") {
          void walks.take(sensorId, Buffer.from(message.payload)).catch(failed);
          return;
        }
        inLine(async () => {
          if (message.kind === "standing") {
            const before = standing;
            standing = message.standing;
            if (standing.held?.document !== before.held?.document) await bringTo();
            else changed(site.id);
            return;
          }
          if (message.kind === "answer") {
            return asks.answered(sensorId, message.askId, Buffer.from(message.payload));
          }
          if (message.channel === "reported" && underWay !== null) {
            const report = parseReported(message.payload);
            if (report.ok && !isNewer(underWay, report.value)) underWay = null;
          }
          if (message.channel !== "walk") {
            await ingest.message(sensorId, message.channel, Buffer.from(message.payload));
          }
        });
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function documentOf(signed: SignedDesired | null): DesiredDocument | null {
  return signed === null ? null : (JSON.parse(signed.document) as DesiredDocument);
}
