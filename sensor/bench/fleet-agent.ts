// Plays a fleet of sensors over the real link, in one process: what they tell is made up, how they tell it is not.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import {
  contractVersion,
  parseStored,
  type Hello,
  type HostSnapshot,
  type KeyedProfile,
  type Reported,
} from "@cordon/contract";
import { pino } from "pino";
import { Dialer } from "../src/link/dialer.ts";
import { Link } from "../src/link/link.ts";
import {
  sharedMs,
  type Fleet,
  type FleetOrder,
  type FleetReport,
  type FleetSent,
  type Telling,
} from "./fleet-protocol.ts";

const hostsPerSite = 20;
const log = pino({ level: "silent" });

function snapshot(index: number, at: number): HostSnapshot {
  const mac = `02:00:5e:10:00:${(index + 1).toString(16).padStart(2, "0")}`;
  const line = { weight: -0.4, count: 60, firstAt: at - 3_600_000, lastAt: at };
  return {
    host: mac,
    mac,
    addresses: [`192.168.10.${20 + index}`],
    name: `DESK-${index}`,
    role: { name: "workstation", reason: "It browses and asks for names." },
    ...{ verdict: "clear", class: null, vector: null, risk: null, score: -0.8 },
    ...{ firstSeenAt: at - 3_600_000, lastSeenAt: at, suspectAt: null, infectedAt: null },
    ...{ contactsBeforeSuspect: null, contacts: 120 },
    evidence: [
      { kind: "answered-contacts", for: false, ...line, text: "60 of its first contacts were answered." },
      { kind: "common-destination", for: false, ...line, text: "Most machines of the site use the same 12 servers." },
    ],
  };
}

/** One sensor: a link, and what it has to tell. */
class Sensor {
  readonly profile: KeyedProfile;
  readonly bootId = randomUUID();
  readonly isKeptBusy: () => boolean;
  sequence = 0;
  stored = 0;
  /** Connections that were accepted and not served within the link's time. */
  starved = 0;
  #link: Link | null = null;
  #batch = 1;

  constructor(profile: KeyedProfile, isKeptBusy: () => boolean) {
    this.profile = profile;
    this.isKeptBusy = isKeptBusy;
  }

  connect(port: number): Promise<void> {
    const connected = Promise.withResolvers<void>();
    const { controller, credentials } = this.profile;
    const link = new Link({
      profile: this.profile,
      dialer: new Dialer({ controller: { ...controller, port, fallbackPort: port }, trustedNow: () => Date.now() }),
      identity: () => ({ credentials, authority: controller.authority }),
      bootId: this.bootId,
      now: () => Date.now(),
      random: () => Math.random(),
      log,
      hello: () => hello(this.bootId),
      reported: () => reported(this.bootId),
      onDesired: () => tell({ kind: "desired", sensor: this.profile.sensor, at: sharedMs() }),
      onStored: (payload) => this.#take(payload),
      onChange: (isConnected) => {
        if (isConnected) connected.resolve();
      },
    });
    this.#link = link;
    link.start();
    return connected.promise;
  }

  async disconnect(): Promise<void> {
    await this.#link?.close();
    this.#link = null;
  }

  get lastError(): string | null {
    return this.#link?.lastError ?? null;
  }

  send(batch: number): void {
    this.#batch = batch;
    const at = Date.now();
    const notices = Array.from({ length: batch }, (_, index) => ({
      kind: "host",
      sequence: this.sequence + 1 + index,
      at,
      host: snapshot((this.sequence + index) % hostsPerSite, at),
    }));
    const payload = { version: contractVersion, bootId: this.bootId, oldest: this.stored + 1, notices };
    if (this.#link?.publishNotices(JSON.stringify(payload)) === true) this.sequence += batch;
  }

  #take(payload: Uint8Array): void {
    const parsed = parseStored(payload);
    if (!parsed.ok || parsed.value.bootId !== this.bootId) return;
    this.stored = Math.max(this.stored, parsed.value.sequence);
    if (this.stored === this.sequence && this.isKeptBusy()) this.send(this.#batch);
  }
}

function hello(bootId: string): Hello {
  return {
    ...{ version: contractVersion, bootId, at: Date.now(), software: "bench", kernel: "6.12" },
    placement: { kind: "lan", reasons: [], blindSpots: [] },
    ...{ interfaces: [], kernelFeatures: {}, canContain: true },
  };
}

function reported(bootId: string): Reported {
  return {
    ...{ version: contractVersion, bootId, at: Date.now(), epoch: 0, revision: 0, placement: "lan", containments: [] },
    line: { state: "healthy", since: 1, text: "20 of 20 machines get answers from the Internet." },
    ...{ health: [], refused: {} },
  };
}

function tell(report: FleetReport): void {
  process.send?.(report);
}

const fleet = JSON.parse(await readFile(process.argv[2] ?? "", "utf8")) as Fleet;
let isBusy = false;
const sensors = fleet.profiles.map((profile) => new Sensor(profile, () => isBusy));

const sum = (of: (sensor: Sensor) => number): number => sensors.reduce((total, sensor) => total + of(sensor), 0);

async function connect(from: number, to: number, port: number): Promise<void> {
  const startedAt = sharedMs();
  const some = sensors.slice(from, to);
  const timeouts = /timeout|timed out/i;
  const starved = new Set<Sensor>();
  const watch = setInterval(() => {
    for (const sensor of some) if (timeouts.test(sensor.lastError ?? "")) starved.add(sensor);
  }, 50);
  await Promise.all(some.map((sensor) => sensor.connect(port)));
  clearInterval(watch);
  tell({ kind: "connected", ms: sharedMs() - startedAt, starved: starved.size });
}

/** How long what is on its way may take to be stored once nothing more is sent. */
const drainMs = 30_000;

async function tellAll({ seconds, perSecond, batch }: Telling): Promise<void> {
  const startedAt = sharedMs();
  const storedBefore = sum(({ stored }) => stored);
  const endsAt = startedAt + seconds * 1_000;
  if (perSecond === null) {
    isBusy = true;
    for (const sensor of sensors) sensor.send(batch);
    await delay(seconds * 1_000);
    isBusy = false;
  } else {
    let sent = 0;
    for (let now = sharedMs(); now < endsAt; now = sharedMs()) {
      const due = Math.floor(((now - startedAt) / 1_000) * (perSecond / batch));
      for (; sent < due; sent += 1) sensors[sent % sensors.length]?.send(batch);
      await delay(5);
    }
  }
  const stored = sum((sensor) => sensor.stored) - storedBefore;
  const storedPerSecond = (stored * 1_000) / (sharedMs() - startedAt);
  const drainedBy = sharedMs() + drainMs;
  while (sensors.some((sensor) => sensor.stored < sensor.sequence) && sharedMs() < drainedBy) await delay(20);
  const sent = sensors.map(({ profile, bootId, sequence, stored }): [string, FleetSent] => [
    profile.sensor,
    { bootId, sequence, stored },
  ]);
  tell({ kind: "told", storedPerSecond, sent: Object.fromEntries(sent) });
}

async function follow(order: FleetOrder): Promise<void> {
  switch (order.kind) {
    case "connect":
      return connect(order.from, order.to, order.port);
    case "disconnect":
      await Promise.all(sensors.map((sensor) => sensor.disconnect()));
      return tell({ kind: "disconnected" });
    case "tell":
      return tellAll(order);
  }
}

process.on("message", (order: FleetOrder) => void follow(order));
process.once("disconnect", () => process.exit());
