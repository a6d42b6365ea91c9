/** Puts the parts of a running controller together and takes them apart again. */
import type { AddressInfo } from "node:net";
import type { Server as TlsServer } from "node:tls";
import { join } from "node:path";
import { operator } from "./account/people.ts";
import { Challenges, relyingPartyOf } from "./account/passkeys.ts";
import { SignIn } from "./account/sign-in.ts";
import { LanguageShelf } from "./language/language-shelf.ts";
import { AttemptLimiter, type AttemptLimits } from "./account/attempt-limiter.ts";
import { createLoginToken, loginLink } from "./account/login-link.ts";
import type { Ambient } from "./ambient.ts";
import { defaultEventLimits, EventStreams, type EventLimits } from "./api/event-stream.ts";
import type { RequestLimits } from "./api/request-limits.ts";
import { createBackup } from "./backup/create.ts";
import { endRestore } from "./backup/restore.ts";
import { RestoreDesk, type FailedRestore, type RestoreOrder } from "./backup/restore-desk.ts";
import { buildServer } from "./api/server.ts";
import { SiteChanges } from "./api/site-changes.ts";
import { Broker } from "./broker/broker.ts";
import { defaultBrokerLimits, type BrokerLimits } from "./broker/limits.ts";
import { BundleServer } from "./broker/bundle-server.ts";
import type { Peer } from "./broker/peer.ts";
import { SensorPort } from "./broker/sensor-port.ts";
import { UploadServer, type UploadLimits } from "./broker/upload-server.ts";
import { ControllerError, errorText, foreignCode } from "./errors.ts";
import { AskKeeper, type AskLimits } from "./fleet/ask-keeper.ts";
import type { AdoptionLimits } from "./fleet/adoption-bounds.ts";
import { BoxShelf } from "./fleet/box-shelf.ts";
import { openAuthority } from "./fleet/authority.ts";
import { DelegationKeeper } from "./fleet/delegation-keeper.ts";
import { DesiredKeeper } from "./fleet/desired-keeper.ts";
import { Enrolment } from "./fleet/enrolment.ts";
import { openSigner } from "./fleet/signer.ts";
import { reconcileRevocations, RevocationBook } from "./fleet/revocation-book.ts";
import { refusalOf } from "./fleet/standing.ts";
import { WalkKeeper, type WalkLimits } from "./fleet/walk-keeper.ts";
import { noteWiped, WipeWatch } from "./fleet/wipe.ts";
import { WithdrawalWatch } from "./fleet/withdrawal.ts";
import { Ingest } from "./ingest/ingest.ts";
import { defaultBatchLimits, type BatchLimits } from "./ingest/notice-store.ts";
import { RefusalBook } from "./ingest/refusal-book.ts";
import { Retention } from "./ingest/retention.ts";
import { UploadShelf } from "./ingest/upload-shelf.ts";
import { SnapshotBook } from "./incident/snapshot-book.ts";
import { openVendorBook } from "./lookup/vendor-book.ts";
import { AddressGuard } from "./notify/address-guard.ts";
import { defaultNotifyLimits, Notifier, type NotifyLimits } from "./notify/notifier.ts";
import { ReleaseShelf } from "./rollout/release-shelf.ts";
import { RolloutKeeper } from "./rollout/rollout-keeper.ts";
import { releaseFor } from "./rollout/update-order.ts";
import { SensorApi } from "./sensor-api/sensor-api.ts";
import { software } from "./software.ts";
import { AcmeCertificate, type AcmeWish } from "./tls/acme.ts";
import { CertificateFiles, type CertificateFilesWish } from "./tls/certificate-files.ts";
import type { CredentialSource, ServerCredentials } from "./tls/credentials.ts";
import { readAsk, readAskIds } from "./store/ask-rows.ts";
import { openStore } from "./store/open-store.ts";
import { lockForServing } from "./store/serve-lock.ts";

export interface ControllerOptions {
  readonly dataDir: string;
  /** Of the store in PostgreSQL; default SQLite in the data directory. While another controller serves it this one stands by. */
  readonly storeUrl?: string;
  /** Told when the store was lost and another controller serves it now: this one can do nothing any more but end. */
  readonly storeTakenOver?: () => void;
  readonly httpHost: string;
  /** 0 picks a free one; a taken one gives way to the next. */
  readonly httpPort: number;
  readonly brokerHost: string;
  /** 0 picks a free one. A taken one is an error: site profiles name it. */
  readonly brokerPort: number;
  /**
   * Where sensors find the same as on `brokerPort` when their network lets out nothing else; absent means nowhere, 0 picks a
   * free one. One that cannot be had is said and done without: the first still serves.
   */
  readonly fallbackPort?: number;
  /** The image that boxes for new sites are made of; absent: a box's profile is given instead. */
  readonly boxImages?: readonly string[];
  /** The built user interface. */
  readonly uiDir: string;
  /** IANA name of the zone that sentences tell times in. */
  readonly timeZone: string;
  readonly ambient: Ambient;
  readonly brokerLimits?: Partial<BrokerLimits>;
  readonly uploadLimits?: Partial<UploadLimits>;
  readonly askLimits?: Partial<AskLimits>;
  readonly walkLimits?: Partial<WalkLimits>;
  readonly enrolmentLimits?: AttemptLimits;
  readonly eventLimits?: Partial<EventLimits>;
  readonly requestLimits?: Partial<RequestLimits>;
  /** Where people find the user interface; absent: where it listens. Notifications link to it. */
  readonly publicUrl?: string;
  /** Certificate and key that the user interface is served by; default: none, without TLS. */
  readonly tls?: CertificateFilesWish | AcmeWish;
  /** Addresses or networks of proxies whose word counts for whom they speak. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Host names, addresses and networks that notifications may go to although they are not on the public Internet. */
  readonly notifyAllow?: readonly string[];
  /** PEM of authorities that receivers of notifications are held against; absent: the system's. */
  readonly notifyAuthorities?: readonly string[];
  readonly notifyLimits?: Partial<NotifyLimits>;
  readonly batchLimits?: Partial<BatchLimits>;
  readonly adoptionLimits?: Partial<AdoptionLimits>;
  /** How often rollouts look at silence and windows, ms. Default 15 s. */
  readonly rolloutLookMs?: number;
  /** Ends this controller, puts a backup in place of its data and starts it again. Absent: none is taken in by the page. */
  readonly restore?: (order: RestoreOrder) => void;
  /** Why the last that was asked for has changed nothing. */
  readonly failedRestore?: FailedRestore;
}

export interface Controller {
  /** Where the user interface is. */
  readonly url: string;
  readonly httpPort: number;
  readonly brokerPort: number;
  /** Null where it is not served. */
  readonly fallbackPort: number | null;
  /** Looks whether there is another certificate. */
  readonly reload: () => void;
  /** A new login link, which works once. */
  readonly createLoginLink: () => Promise<string>;
  /** Ends streams, requests, connections, timers and the store, in this order. */
  readonly close: () => Promise<void>;
}

/**
 * A token cannot be guessed, so this bounds the work that strangers make alone: tries of a person with a stack of
 * boxes behind one address, and not of a program.
 */
const defaultEnrolmentLimits: AttemptLimits = { perSource: 30, overall: 3_000, windowMs: 60_000 };

/** Of keys there are as many as sensors, so that they need no bound together. */
const renewalLimits: AttemptLimits = { perSource: 10, overall: Number.POSITIVE_INFINITY, windowMs: 60_000 };

// How many ports are tried before it is somebody else's problem.
const portTries = 20;

async function listenHttp(
  app: Awaited<ReturnType<typeof buildServer>>,
  options: Pick<ControllerOptions, "httpHost" | "httpPort">,
): Promise<number> {
  const tries = options.httpPort === 0 ? 1 : portTries;
  for (let index = 0; index < tries; index += 1) {
    try {
      await app.listen({ host: options.httpHost, port: options.httpPort + index });
      return (app.server.address() as AddressInfo).port;
    } catch (error) {
      if (foreignCode(error) === "EADDRINUSE" && index + 1 < tries) continue;
      throw new ControllerError(
        "http-unavailable",
        `cannot serve the user interface on ${options.httpHost}:${options.httpPort + index}: ${errorText(error)}`,
        { cause: error },
      );
    }
  }
  throw new ControllerError("http-unavailable", "no port to serve the user interface on");
}

async function listenAside(port: SensorPort, options: ControllerOptions): Promise<number | null> {
  if (options.fallbackPort === undefined) return null;
  try {
    return await port.listen(options.fallbackPort, options.brokerHost);
  } catch (error) {
    options.ambient.log.warn("sensors have no second port to come to", { error: errorText(error) });
    return null;
  }
}

/** @param tlsName the name in the certificate; undefined where there is no TLS */
function urlOf(host: string, port: number, tlsName: string | null | undefined): string {
  if (tlsName !== undefined && tlsName !== null) return `https://${tlsName}${port === 443 ? "" : `:${port}`}`;
  const isAnywhere = host === "0.0.0.0" || host === "::";
  const name = isAnywhere ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `${tlsName === undefined ? "http" : "https"}://${name}:${port}`;
}

function credentialSourceOf({ tls, dataDir, httpHost, ambient }: ControllerOptions): CredentialSource | null {
  if (tls === undefined) return null;
  if ("certFile" in tls) return new CertificateFiles(tls, ambient);
  return new AcmeCertificate({ wish: tls, dataDir, host: httpHost, ambient });
}

function nameOf({ tls }: ControllerOptions, source: CredentialSource): string | null {
  return tls !== undefined && "domain" in tls ? tls.domain : source.name;
}

/** Starts a controller on a data directory. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const { ambient, dataDir } = options;
  // What was opened so far, newest last: closing goes backwards, after a failed start as well.
  const closers: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    const guard = new AddressGuard(options.notifyAllow);
    endRestore(dataDir);
    closers.push(lockForServing(dataDir));
    let storeBack = (): void => undefined;
    const store = await openStore(dataDir, {
      url: options.storeUrl,
      serving: {
        log: ambient.log,
        isBack: () => storeBack(),
        isTakenOver: () => options.storeTakenOver?.(),
      },
    });
    closers.push(() => store.destroy());
    const authority = await openAuthority(dataDir, ambient);
    const signer = await openSigner(dataDir, store, ambient);
    const revocations = new RevocationBook(dataDir);
    await reconcileRevocations(store, ambient, revocations);
    const changes = new SiteChanges();
    const changed = (siteId: string) => changes.tell(siteId);
    const refusals = new RefusalBook(store, ambient, (sensorId) => {
      void store
        .selectFrom("sensors")
        .select("site_id")
        .where("id", "=", sensorId)
        .executeTakeFirst()
        .then(
          (row) => row !== undefined && changed(row.site_id),
          // Only the page's refresh is at stake, and the next change refreshes it too.
          () => undefined,
        );
    });
    const refused = (sensorId: string, reason: string, error: string) => refusals.add(sensorId, reason, error);
    const keeper = new DesiredKeeper({
      store,
      signer,
      ambient,
      publish: (sensorId, message) => broker.publish(sensorId, "desired", JSON.stringify(message)),
      changed,
      refused,
      ...(options.adoptionLimits === undefined ? {} : { adoptionLimits: options.adoptionLimits }),
    });
    const delegations = new DelegationKeeper({
      ...{ store, signer, ambient, refused },
      publish: (sensorId, message) => broker.publish(sensorId, "delegation", JSON.stringify(message)),
    });
    const rollouts = new RolloutKeeper({
      ...{ store, ambient, keeper },
      ...(options.rolloutLookMs === undefined ? {} : { lookEveryMs: options.rolloutLookMs }),
    });
    const releases = new ReleaseShelf(join(dataDir, "releases"));
    const shelf = new UploadShelf(join(dataDir, "answers"));
    const asks = new AskKeeper({
      store,
      ambient,
      publish: (sensorId, askId, payload) => broker.publishAsk(sensorId, askId, payload),
      shelf,
      changed,
      refused,
      ...(options.askLimits === undefined ? {} : { limits: options.askLimits }),
    });
    const walkChanges = new SiteChanges();
    const walks = new WalkKeeper({
      ...{ store, ambient, asks, refused, changed: (siteId: string) => walkChanges.tell(siteId) },
      ...(options.walkLimits === undefined ? {} : { limits: options.walkLimits }),
    });
    const batchLimits = { ...defaultBatchLimits, ...options.batchLimits };
    const retention = new Retention({ store, ambient, limits: batchLimits.retention });
    const ingest = new Ingest({
      store,
      ambient,
      limits: batchLimits,
      publishStored: (sensorId, stored) => broker.publish(sensorId, "stored", JSON.stringify(stored)),
      forgotten: keeper.forgotten,
      // It may take documents otherwise than the program that it ran before.
      introduced: async (sensorId) => {
        await keeper.issue(sensorId);
        await delegations.introduced(sensorId);
        await asks.introduced(sensorId);
      },
      updated: (sensor, update) => rollouts.told(sensor, update),
      wiped: (sensorId, wiped) =>
        noteWiped(store, ambient, { sensorId, wiped, book: revocations, authority: authority.certificate }),
      changed,
      refused,
    });
    const uploads = new UploadServer({
      shelf,
      whyUnknown: (peer) => refusalOf(store, peer),
      readAsk: (askId) => readAsk(store, askId),
      asksOf: (sensorId) => readAskIds(store, sensorId),
      refused,
      log: ambient.log,
      ...(options.uploadLimits === undefined ? {} : { limits: options.uploadLimits }),
    });
    const bundles = new BundleServer({
      whyUnknown: (peer) => refusalOf(store, peer),
      find: async (sensorId, sha256) => {
        const found = await releaseFor(store, sensorId, sha256);
        return found === null ? null : { path: releases.path(found.id), sizeBytes: found.sizeBytes };
      },
      refused,
      log: ambient.log,
    });
    const limits = { ...defaultBrokerLimits, ...options.brokerLimits };
    const broker: Broker = new Broker(
      { limits, ambient },
      {
        whyUnknown: (peer) => refusalOf(store, peer),
        connected: async (sensorId) => {
          // A sensor enrolled while we run gets its first document here.
          await keeper.issue(sensorId);
          await ingest.connected(sensorId);
        },
        settled: (sensorId) => keeper.sent(sensorId),
        keepsBack: (sensorId) => keeper.forgotten.stops(sensorId),
        disconnected: (sensorId) => ingest.disconnected(sensorId),
        // Of a walk nothing is stored, and nobody waits for it behind what is.
        message: (sensorId, channel, payload) =>
          channel === "walk" ? walks.take(sensorId, payload) : ingest.message(sensorId, channel, payload),
        answer: (sensorId, askId, payload) => asks.answered(sensorId, askId, payload),
        refused,
      },
    );
    const withdrawals = new WithdrawalWatch({
      store,
      clock: ambient.clock,
      peers: () => [...broker.peers, ...uploads.peers],
      end: (isMeant) => {
        broker.end(isMeant);
        uploads.end(isMeant);
      },
      failed: (error) => ambient.log.error("cannot look for sensors that were revoked", { error }),
    });
    const sensorApi = await SensorApi.build({
      ambient,
      uploads,
      bundles,
      enrolment: new Enrolment({
        store,
        authority,
        ambient,
        revocations,
        replaced: (sensorId, keyHash) => {
          const isOlder = (peer: Peer) => peer.sensorId === sensorId && peer.keyHash !== keyHash;
          broker.end(isOlder);
          uploads.end(isOlder);
        },
        changed,
      }),
      limiter: new AttemptLimiter(ambient.clock, options.enrolmentLimits ?? defaultEnrolmentLimits),
      keyLimiter: new AttemptLimiter(ambient.clock, renewalLimits),
      refused,
    });
    const port = new SensorPort({
      credentials: await authority.server(),
      authority: authority.certificate,
      limits,
      ambient,
      mqtt: (socket, peer) => broker.accept(socket, peer),
      http: (socket, peer) => sensorApi.accept(socket, peer),
      refused,
    });
    await ingest.start();
    // What sensors said while it was lost is not known; by coming again they say it again.
    storeBack = () => {
      ingest.start().then(
        () => broker.end(() => true),
        (error: unknown) => ambient.log.error("cannot note that nobody is connected", { error: errorText(error) }),
      );
    };
    retention.start();
    closers.push(() => retention.close());
    closers.push(async () => {
      await ingest.idle();
      await refusals.flush().catch((error: unknown) => {
        ambient.log.error("cannot write refusals down", { error: errorText(error) });
      });
    });
    closers.push(() => keeper.close());
    closers.push(() => asks.close());
    closers.push(() => walks.close());
    closers.push(() => sensorApi.close());
    closers.push(() => port.close());
    closers.push(() => broker.close());
    await broker.start();
    const brokerPort = await port.listen(options.brokerPort, options.brokerHost);
    const fallbackPort = await listenAside(port, options);
    withdrawals.start();
    closers.push(() => withdrawals.close());
    const wipes = new WipeWatch({
      ...{ store, clock: ambient.clock, issue: (sensorId) => keeper.issue(sensorId) },
      failed: (error) => ambient.log.error("cannot look for boxes that are to be wiped", { error }),
    });
    wipes.start();
    closers.push(() => wipes.close());
    await keeper.start();
    rollouts.start();
    closers.push(() => rollouts.close());
    await asks.start();
    delegations.start();
    closers.push(() => delegations.close());
    await walks.start();
    let publicUrl = options.publicUrl?.replace(/\/+$/, "") ?? "";
    // Its own override those of the user interface.
    const languages = new LanguageShelf([join(options.uiDir, "languages"), join(dataDir, "languages")]);
    const notifier = new Notifier({
      languages,
      ...{ store, ambient, guard, timeZone: options.timeZone, publicUrl: () => publicUrl, orders: keeper.forgotten },
      ...(options.notifyAuthorities === undefined ? {} : { authorities: options.notifyAuthorities }),
      limits: { ...defaultNotifyLimits, ...options.notifyLimits },
    });
    const source = credentialSourceOf(options);
    let newest: ServerCredentials | null = null;
    let takeCredentials = (others: ServerCredentials): void => void (newest = others);
    const credentials = await source?.open((others) => takeCredentials(others));
    if (source !== null) closers.push(() => source.close());
    const restore = new RestoreDesk({
      ...{ dataDir, ambient, failed: options.failedRestore ?? null },
      // A store in PostgreSQL has to be new, and this one is not.
      order: options.storeUrl === undefined ? options.restore : undefined,
    });
    // Of a controller that fell with it.
    await restore.forget();
    closers.push(() => restore.forget());
    const streams = new EventStreams(ambient, changes, walkChanges, { ...defaultEventLimits, ...options.eventLimits });
    const app = await buildServer(
      {
        store,
        ambient,
        keeper,
        boxes: new BoxShelf({
          ...{ store, ambient, authority, signer, languages, images: options.boxImages ?? [] },
          ports: { port: brokerPort, fallbackPort },
        }),
        asks,
        shelf,
        walks,
        refusals,
        revocations,
        streams,
        notifier,
        guard,
        limiter: new AttemptLimiter(ambient.clock),
        signIn: new SignIn(store, ambient),
        challenges: new Challenges(ambient),
        restore,
        backup: (key) => createBackup({ dataDir, storeUrl: options.storeUrl, now: ambient.clock.now() }, key),
        relyingParty: () => relyingPartyOf(source !== null && source.name === null ? "" : publicUrl),
        publicUrl: () => publicUrl,
        changed,
        withdrawn: () => withdrawals.look(),
        vendorOf: openVendorBook(),
        snapshots: new SnapshotBook(),
        timeZone: options.timeZone,
        software,
        box: null,
        delegations,
        releases: { shelf: releases, rollouts },
      },
      {
        uiDir: options.uiDir,
        languages,
        trustedProxies: options.trustedProxies ?? [],
        requestLimits: options.requestLimits,
        credentials,
      },
    );
    closers.push(() => app.close());
    closers.push(() => streams.close());
    const httpPort = await listenHttp(app, options);
    takeCredentials = (others) => (app.server as unknown as TlsServer).setSecureContext(others);
    if (newest !== null) takeCredentials(newest);
    const url = urlOf(options.httpHost, httpPort, source === null ? undefined : nameOf(options, source));
    if (publicUrl === "") publicUrl = url;
    notifier.start();
    // Before all others: it ends nothing that anybody waits for.
    closers.push(() => notifier.close());
    return {
      url,
      httpPort,
      brokerPort,
      fallbackPort,
      reload: () => source?.reload(),
      createLoginLink: async () => loginLink(url, await createLoginToken(store, ambient, operator)),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
