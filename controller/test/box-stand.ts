/** A box that is its own centre, with a scripted sensor that obeys what it signs, and a controller's document that it goes on from. */
import { createPublicKey, generateKeyPairSync, randomBytes, scryptSync, verify } from "node:crypto";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
  contractVersion,
  honestLevel,
  takesAsks,
  takesWalks,
  type Ask,
  type AskMessage,
  type BoxStanding,
  type Contact,
  type DesiredDocument,
  type FromCentre,
  type HostSnapshot,
  type PinHash,
  type Reported,
  type SignedDesired,
  type UpChannel,
} from "@cordon/contract";
import { newPages } from "../../provision/src/box/pages.ts";
import type { PinFailure } from "../src/account/pin.ts";
import { silentLog, systemAmbient, type Ambient } from "../src/ambient.ts";
import { startBoxCentre, type BoxCentre, type BoxCentreOptions } from "../src/at-box/box-centre.ts";
import { ApiClient } from "./harness.ts";

export const boxPin = "4711 0815";
export const boxSite = "office-1";
const sensor = "box-1";

function hashOf(pin: string): PinHash {
  // Less work than a box's, which is nothing that a test needs.
  const work = { cost: 1024, blockSize: 8, parallelization: 1 } as const;
  const salt = randomBytes(16);
  const hash = scryptSync(pin.replaceAll(" ", ""), salt, 32, work);
  return { ...work, salt: salt.toString("base64"), hash: hash.toString("base64") };
}

const keys = generateKeyPairSync("ed25519");
const privateKey = keys.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const publicKey = createPublicKey(privateKey);
const pinHash = hashOf(boxPin);
// As provision makes it for a box whose address is known, so that a client can hold it against its own name.
const pages = await newPages({ sensor, management: { address: "127.0.0.1/8", router: "127.0.0.1" } });

export interface BoxStandOptions extends Partial<Pick<BoxCentreOptions, "uiDir" | "pinLimits">> {
  readonly dataDir: string;
  readonly standing?: Partial<BoxStanding>;
  readonly now?: () => number;
  /** Number of the last deed that was told before. */
  readonly deedsUntil?: number;
  /** What it answers to an ask, undefined for nothing yet. */
  readonly answers?: (ask: Ask) => unknown;
  readonly pinFailures?: readonly PinFailure[];
  readonly contacts?: readonly Contact[];
}

/** What a controller wished for; nobody looks at its signature here. */
export function wishedBy(document: Partial<DesiredDocument> = {}): SignedDesired {
  const now = Date.now();
  const text: DesiredDocument = {
    ...{ version: contractVersion, sensor, site: boxSite, epoch: 1, revision: 5, policy: "guard" },
    ...{ issuedAt: now - 60_000, notAfter: now + 86_400_000, containments: [] },
    ...document,
  };
  return { document: JSON.stringify(text), signature: "AA==", keyId: "0123456789abcdef" };
}

export class BoxStand {
  readonly api: ApiClient;
  readonly url: string;
  /** Documents that the box was told to follow, oldest first. */
  readonly signed: DesiredDocument[] = [];
  readonly wrongPins: PinFailure[] = [];
  readonly deeds: Extract<FromCentre, { kind: "deed" }>[] = [];
  /** What it was asked, and what of it is not to be answered any more, oldest first. */
  readonly asks: Ask[] = [];
  readonly cancelled: string[] = [];
  readonly bootId = "boot-000";
  readonly now: () => number;
  /** While it is true the box follows nothing. */
  isDeaf = false;
  #standing: BoxStanding;
  #sequence = 0;
  readonly #centre: BoxCentre;
  readonly #answers: (ask: Ask) => unknown;
  readonly #waiting = new Set<() => void>();

  private constructor(
    centre: BoxCentre,
    standing: BoxStanding,
    { now, answers }: Required<Pick<BoxStandOptions, "now" | "answers">>,
  ) {
    this.#centre = centre;
    this.#standing = standing;
    this.#answers = answers;
    this.now = now;
    this.url = centre.url;
    this.api = new ApiClient(centre.url);
  }

  static async start({
    dataDir,
    standing = {},
    now = Date.now,
    deedsUntil = 0,
    pinFailures = [],
    contacts = [],
    answers = () => undefined,
    ...more
  }: BoxStandOptions): Promise<BoxStand> {
    const held = wishedBy();
    const whole: BoxStanding = {
      delegation: { may: ["contain", "release", "barriers", "areas", "line"], notAfter: now() + 2 * 86_400_000 },
      ...{ held, base: held, awaySince: now() - 300_000 },
      ...standing,
    };
    setDefaultCACertificates([...getCACertificates(), pages.certificate]);
    const ambient: Ambient = systemAmbient(silentLog);
    let stand: BoxStand | null = null;
    const early: FromCentre[] = [];
    const centre = await startBoxCentre({
      ...{ dataDir, uiDir: join(dataDir, "no-ui"), timeZone: "UTC" },
      ambient: { ...ambient, clock: { ...ambient.clock, now } },
      begin: {
        ...{
          kind: "begin",
          listen: { host: "127.0.0.1", port: 0 },
          privateKey,
          standing: whole,
          deedsUntil,
          pinFailures,
        },
        profile: {
          sensor,
          site: { id: boxSite, name: "Brandt Tax Advisers", localNets: [] },
          policy: "guard",
          ...{ contacts: [...contacts], pin: pinHash, pages },
        },
      },
      send: (message) => (stand === null ? early.push(message) : stand.#take(message)),
      ...more,
    });
    stand = new BoxStand(centre, whole, { now, answers });
    for (const message of early) stand.#take(message);
    stand.#say("presence", { version: contractVersion, state: "online", bootId: "boot-000", at: now() });
    stand.#say("hello", {
      ...{ version: contractVersion, bootId: "boot-000", at: now(), software: "1", kernel: "Linux", interfaces: [] },
      ...{ placement: { kind: "lan", reasons: [], blindSpots: [] }, kernelFeatures: {}, canContain: true },
      takes: [takesAsks, takesWalks],
    });
    stand.report();
    return stand;
  }

  async signIn(): Promise<void> {
    const { headers } = await this.api.call("POST", "/api/v1/session", { pin: boxPin });
    this.api.cookie = (headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  }

  hosts(hosts: readonly HostSnapshot[]): void {
    const notices = hosts.map((host) => ({ kind: "host", at: Date.now(), sequence: ++this.#sequence, host }));
    this.#say("notices", { version: contractVersion, bootId: "boot-000", oldest: 1, notices });
  }

  /** Something else is so: the controller is back, or has sent another document. */
  stand(change: Partial<BoxStanding>): void {
    this.#standing = { ...this.#standing, ...change };
    this.#centre.take({ kind: "standing", standing: this.#standing });
    this.report();
  }

  /** Tells what it follows. */
  report(changes: Partial<Reported> = {}): void {
    const { held } = this.#standing;
    if (held === null) return;
    const {
      epoch,
      revision,
      issuedAt,
      local,
      policy,
      containments,
      throttles = [],
      pardons = [],
    } = JSON.parse(held.document) as DesiredDocument;
    const measured = <C extends DesiredDocument["containments"][number] | (typeof throttles)[number]>(wish: C) => ({
      ...wish,
      level: honestLevel({ wish, placement: "lan" as const, enforcement: "in-force" as const }),
      ...{ inForceSince: Date.now(), packetsStopped: 12, lastStoppedAt: Date.now(), refusal: null },
    });
    this.#say("reported", {
      ...{ version: contractVersion, bootId: "boot-000", at: Date.now(), epoch, revision, issuedAt, policy, pardons },
      ...(local === undefined ? {} : { local }),
      ...{ placement: "lan", health: [], refused: {} },
      line: { state: "dead", since: Date.now() - 671_000, text: "Nothing past the router has answered for 11 min." },
      containments: containments.map(measured),
      throttles: throttles.map(measured),
      ...changes,
    });
  }

  /** Resolves once the condition holds; looked at after every message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  close(): Promise<void> {
    return this.#centre.close();
  }

  #take(message: FromCentre): void {
    if (message.kind === "deed") this.deeds.push(message);
    if (message.kind === "wrong-pin") this.wrongPins.push(message);
    if (message.kind === "message" && message.channel === "desired") this.#follow(message.payload);
    if (message.kind === "ask") this.#answer(message.payload);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  #follow(payload: string): void {
    const signed = JSON.parse(payload) as SignedDesired;
    const isOwn = verify(null, Buffer.from(signed.document), publicKey, Buffer.from(signed.signature, "base64"));
    if (!isOwn) throw new TypeError("not signed by the box's own key");
    this.signed.push(JSON.parse(signed.document) as DesiredDocument);
    if (this.isDeaf) return;
    this.#standing = { ...this.#standing, held: signed };
    this.report();
  }

  #answer(payload: string): void {
    const message = JSON.parse(payload) as AskMessage;
    if ("cancel" in message) {
      this.cancelled.push(message.id);
      return;
    }
    this.asks.push(message);
    const body = this.#answers(message);
    if (body === undefined) return;
    const { id } = message;
    const answer = { version: contractVersion, id, bootId: this.bootId, at: this.now(), status: "done", body };
    this.#centre.take({ kind: "answer", askId: id, payload: JSON.stringify(answer) });
  }

  /** Says something on one of its channels. */
  async publish(channel: UpChannel, value: unknown): Promise<void> {
    this.#say(channel, value as object);
  }

  #say(channel: UpChannel, value: object): void {
    this.#centre.take({ kind: "message", channel, payload: JSON.stringify(value) });
  }
}
