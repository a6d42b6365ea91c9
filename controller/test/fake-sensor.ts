/**
 * A sensor without packets: a real MQTT client that obeys signed desired documents as the real one
 * does (signature, sensor, revision) and reports what it was told to reach.
 */
import { createHash, createPublicKey, randomUUID, verify, type KeyObject } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import {
  answerTopic,
  askIdIn,
  asksFilter,
  contractVersion,
  everyContainment,
  honestAreaLevel,
  honestBarrierLevel,
  honestLevel,
  honestLineLevel,
  isNewer,
  parseAskMessage,
  parseDesiredDocument,
  parseDesiredMessage,
  parseStored,
  sensorPrefix,
  topicOf,
  takesAsks,
  whyNoException,
  type Answer,
  type AnyContainment,
  type Ask,
  type BarrierWay,
  type DesiredDocument,
  type Enforcement,
  type Hello,
  type HostSnapshot,
  type LineState,
  type Notice,
  type Placement,
  type Reported,
  type KeyedProfile,
  type Stored,
  type UpChannel,
} from "@cordon/contract";

export interface FakeSensorOptions {
  readonly profile: KeyedProfile;
  readonly placement?: Placement;
  /** What its kernel does with each containment. Default `in-force`. */
  readonly enforcement?: Enforcement;
  readonly bootId?: string;
  /** What it holds from before, which it reports before it asks for its orders. Default nothing, and it asks at once. */
  readonly holds?: DesiredDocument;
  /** What that report says otherwise. */
  readonly reports?: Partial<Reported>;
  /** Its kernel does not answer: it says which document it holds, and nothing of what that says. */
  readonly isMute?: boolean;
  /** What its hello says that it takes. Default a program that knows nothing of that. */
  readonly takes?: readonly string[];
  /** What it answers to an ask, undefined for nothing yet; absent: it takes none. */
  readonly answers?: (ask: Ask) => unknown;
  /** What its hello says otherwise. */
  readonly hello?: Partial<Hello>;
  readonly now?: () => number;
}

/** A notice without what is given to it when it is sent. */
export type SentNotice = DistributiveOmit<Notice, "sequence" | "at">;

export class FakeSensor {
  readonly #options: FakeSensorOptions;
  readonly #client: MqttClient;
  readonly bootId: string;
  /** What it was asked, and what of it is not to be answered any more, oldest first. */
  readonly asks: Ask[] = [];
  readonly cancelled: string[] = [];
  /** Documents adopted, oldest first. */
  readonly adopted: DesiredDocument[] = [];
  /** The messages in which documents came, oldest first, those that were refused or came again as well. */
  readonly received: string[] = [];
  /** Reasons of documents refused. */
  readonly refused: string[] = [];
  /** Acknowledgements of this boot. */
  readonly stored: Stored[] = [];
  /** Acknowledgements of any boot. */
  readonly acknowledged: Stored[] = [];
  /** Packets stopped by containment id; set by scripts. */
  readonly stoppedById = new Map<string, number>();
  /** Packets tried by way of spreading and machine; set by scripts. */
  readonly tried = new Map<BarrierWay, Map<string, number>>();
  /** Machines that went silent. */
  readonly silent = new Set<string>();
  /** Machines that are infected, and are no exception. */
  readonly infected = new Set<string>();
  line: LineState;
  #sequence = 0;
  readonly #since = new Map<string, number>();
  readonly #lastStopped = new Map<string, number>();
  #waiters: (() => void)[] = [];

  private constructor(options: FakeSensorOptions, client: MqttClient, bootId: string) {
    this.#options = options;
    this.#client = client;
    this.bootId = bootId;
    this.line = { state: "healthy", since: this.now(), text: "9 of 9 machines get answers." };
  }

  now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  /** Connects, subscribes and says hello; the report follows the first document. */
  static async start(options: FakeSensorOptions): Promise<FakeSensor> {
    const { profile } = options;
    const bootId = options.bootId ?? randomUUID();
    const at = options.now?.() ?? Date.now();
    const client = connectAs(profile, {
      will: {
        topic: topicOf(profile.sensor, "presence"),
        payload: Buffer.from(JSON.stringify({ version: contractVersion, state: "offline", bootId, at })),
        qos: 1,
        retain: true,
      },
    });
    const sensor = new FakeSensor(options, client, bootId);
    client.on("message", (topic, payload) => sensor.#take(topic, payload));
    client.on("error", () => undefined);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("close", () => reject(new Error("the connection was closed")));
    });
    await sensor.publish("presence", { version: contractVersion, state: "online", bootId, at });
    await sensor.publish("hello", sensor.#hello());
    if (options.holds !== undefined) {
      sensor.adopted.push(options.holds);
      if (options.isMute !== true) await sensor.report(options.reports);
    }
    await client.subscribeAsync([topicOf(profile.sensor, "desired"), topicOf(profile.sensor, "stored")], { qos: 1 });
    if (options.answers !== undefined) await client.subscribeAsync(asksFilter(profile.sensor), { qos: 1 });
    return sensor;
  }

  /** Publishes on one of its up channels. */
  async publish(channel: UpChannel, message: unknown): Promise<void> {
    const payload = typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message);
    await this.#client.publishAsync(topicOf(this.#options.profile.sensor, channel), payload, { qos: 1 });
  }

  /** Sends notices with the next sequences. */
  async send(...notices: readonly SentNotice[]): Promise<void> {
    const batch = notices.map((notice) => ({ ...notice, sequence: (this.#sequence += 1), at: this.now() }));
    await this.publish("notices", {
      version: contractVersion,
      bootId: this.bootId,
      oldest: Math.max(1, (this.stored.at(-1)?.sequence ?? 0) + 1),
      notices: batch,
    });
  }

  /** Sends a snapshot of each host. */
  async sendHosts(hosts: readonly HostSnapshot[]): Promise<void> {
    await this.send(...hosts.map((host) => ({ kind: "host" as const, host })));
  }

  /** Reports what it has reached. */
  async report(changes: Partial<Reported> = {}): Promise<void> {
    const last = this.adopted.at(-1);
    const placement = this.#options.placement ?? this.#options.profile.placement;
    const enforcement = this.#options.enforcement ?? "in-force";
    const measured = <C extends AnyContainment>(containment: C) => ({
      ...containment,
      level: honestLevel({ wish: containment, placement, enforcement }),
      inForceSince: enforcement === "in-force" ? (this.#since.get(containment.id) ?? null) : null,
      packetsStopped: this.stoppedById.get(containment.id) ?? 0,
      ...(containment.kind === "vector" ? { hiddenStopped: (this.stoppedById.get(containment.id) ?? 0) * 2 } : {}),
      lastStoppedAt: this.#lastStopped.get(containment.id) ?? null,
      refusal: null,
    });
    await this.publish("reported", {
      version: contractVersion,
      bootId: this.bootId,
      at: this.now(),
      epoch: last?.epoch ?? 0,
      revision: last?.revision ?? 0,
      ...(last === undefined ? {} : { issuedAt: last.issuedAt, policy: last.policy, pardons: last.pardons ?? [] }),
      ...(last?.recording === undefined ? {} : { recording: last.recording }),
      placement,
      line: this.line,
      containments: (last?.containments ?? []).map(measured),
      throttles: (last?.throttles ?? []).map(measured),
      ...(last?.sweeps === undefined ? {} : { sweeps: last.sweeps.map(measured) }),
      ...this.#site(placement, enforcement),
      ...(last?.duties === undefined ? {} : { duties: last.duties }),
      health: [],
      refused: {},
      ...changes,
    } satisfies Reported);
  }

  /** What it has reached of the wishes for more than one machine. */
  #site(placement: Placement, enforcement: Enforcement): Pick<Reported, "barriers" | "areaCuts" | "lineCut"> {
    const { barriers = [], areas = [], areaCuts = [], lineCut } = this.adopted.at(-1) ?? {};
    const since = (id: string, holds: boolean): number | null => (holds ? (this.#since.get(id) ?? null) : null);
    const isHeld = enforcement === "in-force";
    return {
      barriers: barriers.map((barrier) => {
        const level = honestBarrierLevel({ wish: barrier, placement, enforcement });
        const isRefused = (host: string) => whyNoException({ verdict: this.infected.has(host) ? "infected" : "clear" });
        const refusedExceptions = barrier.exceptions.flatMap((host) => {
          const reason = isRefused(host);
          return reason === null ? [] : [{ host, reason }];
        });
        const members = areas.find(({ id }) => id === barrier.area)?.hosts;
        const hosts = [...(this.tried.get(barrier.way) ?? [])]
          .filter(([host]) => barrier.area === null || members?.includes(host) === true)
          .filter(([host]) => !barrier.exceptions.includes(host) || isRefused(host) !== null)
          .map(([host, packets]) => ({
            host,
            passed: barrier.mode === "dry" ? packets : 0,
            stopped: barrier.mode === "enforce" ? packets : 0,
          }));
        const sum = (which: "passed" | "stopped") => hosts.reduce((total, each) => total + each[which], 0);
        const counts = { passed: sum("passed"), stopped: sum("stopped"), hosts };
        return {
          ...barrier,
          level,
          inForceSince: since(barrier.id, isHeld),
          ...counts,
          refusedExceptions,
          refusal: null,
        };
      }),
      areaCuts: areaCuts.map((cut) => {
        const hosts = areas.find(({ id }) => id === cut.area)?.hosts ?? [];
        const isCut = isHeld && cut.from === "internet";
        const [held, silent] = [isCut ? hosts : [], hosts.filter((host) => this.silent.has(host))];
        const counts = { hosts: hosts.length, cut: held.length, silent: silent.length };
        const level = honestAreaLevel({ wish: cut, placement, enforcement, ...counts });
        const measured = { inForceSince: since(cut.id, level === "internet-cut"), packetsStopped: 0, refusal: null };
        return { ...cut, level, hosts: hosts.length, cut: [...held], silent, ...measured };
      }),
      ...(lineCut === undefined
        ? {}
        : {
            lineCut: {
              ...lineCut,
              level: honestLineLevel({ placement, enforcement }),
              ...{ inForceSince: since(lineCut.id, isHeld), packetsStopped: 0, refusal: null },
            },
          }),
    };
  }

  /** Lets packets of every contained host be stopped. */
  stopPackets(count: number): void {
    const last = this.adopted.at(-1);
    for (const containment of last === undefined ? [] : everyContainment(last)) {
      this.stoppedById.set(containment.id, (this.stoppedById.get(containment.id) ?? 0) + count);
      this.#lastStopped.set(containment.id, this.now());
    }
  }

  /** Resolves once the condition holds; looked at after every message. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  /** Ends without a farewell, as a pulled plug does. */
  async cutPower(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#client.once("close", () => resolve()));
    this.#client.stream.destroy();
    this.#client.end(true);
    await closed;
  }

  /** Says goodbye, where anybody still listens, and ends. */
  async close(): Promise<void> {
    if (this.#client.connected) {
      const isGone = new Promise<void>((resolve) => this.#client.once("close", () => resolve()));
      const farewell = this.publish("presence", {
        version: contractVersion,
        state: "offline",
        bootId: this.bootId,
        at: this.now(),
      });
      await Promise.race([farewell.catch(() => undefined), isGone]);
    }
    await this.#client.endAsync(true);
  }

  #take(topic: string, payload: Buffer): void {
    if (askIdIn(this.#options.profile.sensor, topic) !== null) {
      this.#answer(payload);
    } else if (topic === sensorPrefix(this.#options.profile.sensor) + "stored") {
      const parsed = parseStored(payload);
      if (parsed.ok) this.acknowledged.push(parsed.value);
      if (parsed.ok && parsed.value.bootId === this.bootId) this.stored.push(parsed.value);
    } else {
      this.#adopt(payload);
    }
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  #answer(payload: Buffer): void {
    const { answers } = this.#options;
    const parsed = parseAskMessage(payload);
    if (!parsed.ok) return;
    if ("cancel" in parsed.value) return void this.cancelled.push(parsed.value.id);
    this.asks.push(parsed.value);
    const body = answers?.(parsed.value);
    if (body !== undefined) void this.answer(parsed.value.id, { body });
  }

  /** Answers an ask, by default that it is done. */
  async answer(id: string, changes: Partial<Answer>): Promise<void> {
    const answer = { version: contractVersion, id, bootId: this.bootId, at: this.now(), status: "done", ...changes };
    await this.#client.publishAsync(answerTopic(this.#options.profile.sensor, id), JSON.stringify(answer), { qos: 1 });
  }

  #adopt(payload: Buffer): void {
    this.received.push(payload.toString("utf8"));
    const message = parseDesiredMessage(payload);
    if (!message.ok) return void this.refused.push(message.error);
    const { keyId, signature } = message.value;
    const signer = this.#options.profile.controller.signers
      .map((pem) => createPublicKey(pem))
      .find((key) => keyIdOf(key) === keyId);
    if (signer === undefined) return void this.refused.push("unknown-signer");
    const isSigned = (text: Buffer, by: string) => verify(null, text, signer, Buffer.from(by, "base64"));
    let bytes: Buffer;
    if ("packed" in message.value) {
      if (this.#options.takes === undefined) return void this.refused.push("malformed");
      const packed = Buffer.from(message.value.packed, "base64");
      if (!isSigned(packed, message.value.seal)) return void this.refused.push("bad-signature");
      bytes = gunzipSync(packed);
    } else {
      bytes = Buffer.from(message.value.document, "utf8");
    }
    if (!isSigned(bytes, signature)) return void this.refused.push("bad-signature");
    const document = parseDesiredDocument(bytes);
    if (!document.ok) return void this.refused.push(document.error);
    if (document.value.sensor !== this.#options.profile.sensor) return void this.refused.push("other-sensor");
    const last = this.adopted.at(-1);
    if (last !== undefined && isDeepStrictEqual(last, document.value)) return;
    if (last !== undefined && !isNewer(document.value, last)) return void this.refused.push("older-revision");
    this.adopted.push(document.value);
    const { barriers = [], areaCuts = [], lineCut } = document.value;
    const wishes = [...everyContainment(document.value), ...barriers, ...areaCuts, ...(lineCut ? [lineCut] : [])];
    for (const { id } of wishes) if (!this.#since.has(id)) this.#since.set(id, this.now());
  }

  #hello(): Hello {
    const { placement, profile, enforcement, takes, holds, isMute, answers, hello } = this.#options;
    return {
      version: contractVersion,
      bootId: this.bootId,
      at: this.now(),
      software: "0.1.0",
      kernel: "6.12.0",
      placement: {
        kind: placement ?? profile.placement,
        reasons: ["Many machines are inside, one router is outside."],
        blindSpots: ["What machines say to each other on the same switch."],
      },
      interfaces: [
        { name: profile.ports.inside, role: "inside", mac: null },
        { name: profile.ports.outside, role: "outside", mac: null },
      ],
      kernelFeatures: { "bridge-reject": true },
      canContain: enforcement !== "simulated",
      ...(takes === undefined ? (answers === undefined ? {} : { takes: [takesAsks] }) : { takes: [...takes] }),
      ...(holds === undefined || isMute !== true ? {} : { holds }),
      obeys: profile.controller.signers.map((pem) => keyIdOf(createPublicKey(pem))),
      ...hello,
    };
  }
}

function keyIdOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")
    .slice(0, 16);
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** A bare client with a profile's certificate; nothing is subscribed and it does not reconnect. */
export function connectAs(profile: KeyedProfile, more: IClientOptions = {}): MqttClient {
  return connect({
    protocol: "mqtts",
    host: profile.controller.host,
    port: profile.controller.port,
    ca: profile.controller.authority,
    cert: profile.credentials.certificate,
    key: profile.credentials.privateKey,
    servername: profile.controller.serverName,
    clientId: profile.sensor,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: 5_000,
    ...more,
  });
}
