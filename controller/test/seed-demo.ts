/**
 * A controller with one site of ten machines and a scripted sensor, to look at without a lab:
 *
 *     node controller/test/seed-demo.ts --data DIR [--http-port 8420] [--scene infected|contain|protected|silent|dead|empty]
 */
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import {
  contractVersion,
  defaultReflex,
  honestLevel,
  packetSliceKind,
  rungOf,
  type HostSnapshot,
  type Pardon,
  type Placement,
  type Policy,
  type ReportedAutomatic,
  type ReportedProbation,
  type ReportedReflex,
  type ReportedRemedies,
} from "@cordon/contract";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { startController, type Controller, type ControllerOptions } from "../src/controller.ts";
import { findUiDir } from "../src/ui-dir.ts";
import { FakeSensor, type SentNotice } from "./fake-sensor.ts";
import { logOf } from "./gallery/flow-log.ts";
import { ApiClient, enrol } from "./harness.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { patch } from "./upload-site.ts";
import { WalkScript, walking } from "./walk-script.ts";

export type Scene = "infected" | "contain" | "protected" | "silent" | "dead" | "empty" | "repair";

export interface Demo {
  readonly controller: Controller;
  readonly siteId: string;
  /** Has the sensor tell something. */
  readonly tell: (notice: SentNotice) => Promise<void>;
  /** Makes another site, whose box never came. */
  readonly addSite: (name: string) => Promise<void>;
  /** What the box says of a walk; null where there is none. */
  readonly walk: WalkScript | null;
  readonly close: () => Promise<void>;
}

export interface DemoOptions {
  readonly dataDir: string;
  /** Default 0: any free one. */
  readonly httpPort?: number;
  /** Default `infected`. In `protected` and `silent` both infected machines are cut off; in `empty` no box ever came; `repair` is a gateway. */
  readonly scene?: Scene;
  /** Where the box says it stands. */
  readonly placement?: Placement;
  /** The built user interface; default `controller/dist/ui`. */
  readonly uiDir?: string;
  /** Between two pulses, each followed by a report. Default 1,000. */
  readonly pulseMs?: number;
  /** What the box has recorded, as a capture file; absent: nothing. */
  readonly packets?: Buffer;
  /** What else the controller is started with. */
  readonly more?: Partial<ControllerOptions>;
}

/** What a gateway has told: somebody behind an outside port, and what became of a rule. */
function recordsOf(host: string, at: number): readonly SentNotice[] {
  const ends = { outsideAddress: "192.0.2.2", outsidePort: 40_000, remoteAddress: "198.51.100.9", remotePort: 25 };
  const inside = { host, insideAddress: "10.213.77.20", insidePort: 50_000, protocol: "tcp" } as const;
  return [
    { kind: "nat", translations: [{ id: "n1", change: "begun", at, ...inside, ...ends }], lost: 2 },
    {
      kind: "containment",
      containmentId: "c1",
      host,
      change: "in-force",
      text: "Cut from everything beyond the switch.",
    },
    {
      ...{ kind: "containment", containmentId: "b1", host: "", scope: "barrier", change: "expired" },
      text: "Its time was over; 7 packets were stopped.",
    },
  ];
}

/** Starts it. The sensor obeys Cut off and Release, and its counters grow. */
export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { dataDir, scene = "infected", pulseMs = 1_000 } = options;
  const controller = await startController({
    dataDir,
    httpHost: "127.0.0.1",
    httpPort: options.httpPort ?? 0,
    brokerHost: "127.0.0.1",
    brokerPort: 0,
    uiDir: options.uiDir ?? findUiDir(),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ambient: systemAmbient(silentLog),
    ...options.more,
  });
  // A name of its own each time, so that the same directory can be used again.
  const suffix = Date.now().toString(36);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: `box-${suffix}` });
  const addSite = async (siteName: string): Promise<void> => {
    await enrol(dataDir, controller.brokerPort, { sensorId: `${profile.sensor}-2`, siteName });
  };
  if (scene === "empty") {
    const tell = (): Promise<void> => Promise.resolve();
    return { ...{ controller, siteId: profile.site.id, tell, addSite, walk: null }, close: controller.close };
  }
  const upload = async (askId: string, body: Buffer): Promise<void> => {
    const receipt = { sizeBytes: body.length, sha256: createHash("sha256").update(body).digest("hex") };
    // What is said to be uploaded has to be there.
    await patch(profile, askId, body, 0, body.length);
    await sensor.answer(askId, { upload: { ...receipt, contentType: "application/vnd.tcpdump.pcap" } });
  };
  const sensor = await FakeSensor.start({
    profile,
    placement: options.placement ?? (scene === "repair" ? "gateway" : "lan"),
    ...walking((ask) => {
      if (ask.kind !== packetSliceKind || options.packets === undefined) return logOf(ask);
      void upload(ask.id, options.packets);
      return undefined;
    }),
  });
  await sensor.until(() => sensor.adopted.length > 0);
  if (scene === "dead") {
    sensor.line = {
      state: "dead",
      since: Date.now() - 90_000,
      text: "The line is dead beyond the router: 0 of 9 machines get answers, the router itself answers.",
    };
  }
  const hosts = sampleHosts(Date.now());
  await sensor.sendHosts(hosts);
  const infected = hosts.filter((host) => host.verdict === "infected");
  if (scene === "repair") await sensor.send(...recordsOf(infected[0]?.host ?? "", Date.now()));
  await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= hosts.length);
  if (scene === "protected" || scene === "silent") {
    const api = new ApiClient(controller.url);
    await api.signIn(await controller.createLoginLink());
    for (const host of infected) {
      const wish = { kind: "quarantine", host: host.host, reason: "Infected", expiresAt: Date.now() + 86_400_000 };
      await api.call("POST", `/api/v1/sites/${profile.site.id}/containments`, wish);
    }
    await sensor.until(() => sensor.adopted.at(-1)?.containments.length === infected.length);
  }
  let contacts = 0;
  let stopped = 0;
  let seen = 0;
  let tried = 0;
  const takenAt = new Map<string, number>();
  if (scene === "contain") {
    const api = new ApiClient(controller.url);
    await api.signIn(await controller.createLoginLink());
    await api.call("PUT", `/api/v1/sites/${profile.site.id}/policy`, { policy: "contain", reason: "Nobody watches" });
    await sensor.until(() => sensor.adopted.at(-1)?.policy === "contain");
  }
  const scanner = infected.at(-1)?.host ?? "";
  const mailer = infected.at(0)?.host ?? "";
  for (const { host } of infected) sensor.infected.add(host);
  const startedAt = Date.now();
  const beat = async (): Promise<void> => {
    const held = sensor.adopted.at(-1)?.containments.length ?? 0;
    const wave = 1 + Math.sin(Date.now() / 20_000);
    contacts += Math.round(4 + 6 * wave);
    seen += Math.round(60 + 40 * wave);
    stopped += held * 3;
    sensor.stopPackets(3);
    await sensor.publish("pulse", {
      version: contractVersion,
      bootId: sensor.bootId,
      at: Date.now(),
      contacts,
      packetsStopped: stopped,
      packetsSeen: seen,
      packetsLimited: 0,
    });
    tried += 2;
    const { policy, pardons = [] } = sensor.adopted.at(-1) ?? { policy: "observe" };
    const automatic = automaticOf({ policy, pardons }, hosts, takenAt, tried);
    sensor.tried.set("mail", new Map([[mailer, tried * 4]]));
    sensor.tried.set("smb", new Map([[scanner, tried]]));
    await sensor.report({
      ...{ reflex: reflexOf(sensor, scanner, tried), policy, pardons: [...pardons], automatic },
      remedies: remediesOf(sensor, tried),
      ...(scene === "protected" ? { probation: probationOf(hosts, pardons, startedAt) } : {}),
    });
  };
  await beat();
  let isClosed = false;
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = beat().catch(() => undefined);
  }, pulseMs);
  if (scene === "silent") {
    clearInterval(timer);
    await sensor.cutPower();
  }
  return {
    controller,
    siteId: profile.site.id,
    tell: (notice) => sensor.send(notice),
    addSite,
    walk: new WalkScript(sensor),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      clearInterval(timer);
      await running;
      if (scene !== "silent") await sensor.close();
      await controller.close();
    },
  };
}

/** What the policy takes, as the box would: by the same rule. */
function automaticOf(
  { policy, pardons }: { readonly policy: Policy; readonly pardons: readonly Pardon[] },
  hosts: readonly HostSnapshot[],
  takenAt: Map<string, number>,
  tried: number,
): ReportedAutomatic[] {
  return hosts.flatMap((host): ReportedAutomatic[] => {
    const rung = rungOf(policy, host);
    if (rung === null || pardons.some((pardon) => pardon.host === host.host)) return [];
    const id = `a-${policy}-${host.host.replaceAll(":", "")}`;
    const at = takenAt.get(id) ?? Date.now();
    takenAt.set(id, at);
    const heaviest = host.evidence.find((line) => line.for)?.text ?? "";
    return [
      {
        ...{ id, ...rung, host: host.host, reason: heaviest, author: `Cordon, policy ${policy}` },
        ...{ startsAt: at, expiresAt: at + 86_400_000, evidence: host.evidence.slice(0, 6), inForceSince: at },
        level: honestLevel({ wish: rung, placement: "lan", enforcement: "in-force" }),
        ...{ packetsStopped: tried * 3, lastStoppedAt: Date.now(), refusal: null },
      },
    ];
  });
}

/** What each machine that is cut off keeps: one name, at an address that others have as well. */
function remediesOf(sensor: FakeSensor, tried: number): ReportedRemedies {
  const cut = (sensor.adopted.at(-1)?.containments ?? []).filter(({ kind }) => kind === "quarantine");
  return {
    resolvers: ["192.168.10.1"],
    open: cut.map(({ host }) => ({
      ...{ host, name: "update.eset.com", address: "203.0.113.80", ports: [80, 443], until: Date.now() + 600_000 },
      ...{ packets: tried, alsoServes: ["cdn.example.net", "news.example.org"] },
      ...{ resolver: "192.168.10.1", contradictedBy: ["192.168.10.2"] },
    })),
    pages: cut.length,
    refusal: null,
  };
}

/** One machine that came after the incident opened; a pardon ends its probation. */
function probationOf(hosts: readonly HostSnapshot[], pardons: readonly Pardon[], since: number): ReportedProbation {
  const newcomer = hosts.find(({ name }) => name === "DESK-08");
  const isLetBe = pardons.some(({ host }) => host === newcomer?.host);
  return {
    ...{ since: since - 600_000, until: since + 86_400_000, known: hosts.length - 1 },
    newcomers: newcomer === undefined || isLetBe ? [] : [{ host: newcomer.host, since }],
  };
}

/** What the reflex makes of one machine that goes on trying, under the wish that the box holds. */
function reflexOf(sensor: FakeSensor, host: string, tried: number): ReportedReflex {
  const { mode, budget, hosts } = sensor.adopted.at(-1)?.reflex ?? defaultReflex;
  const isExempt = hosts.some((each) => each.host === host && each.budget === "unlimited");
  const beyond = isExempt ? 0 : tried;
  const counts = mode === "dry" ? { passed: beyond, stopped: 0 } : { passed: 0, stopped: beyond };
  return { mode, budget, ...counts, hosts: beyond === 0 ? [] : [{ host, ...counts }], refusal: null };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      "http-port": { type: "string", default: "8420" },
      scene: { type: "string", default: "infected" },
    },
  });
  if (values.data === undefined) throw new Error("usage: seed-demo.ts --data DIR [--http-port N] [--scene NAME]");
  const demo = await startDemo({
    dataDir: values.data,
    httpPort: Number(values["http-port"]),
    scene: values.scene as Scene,
  });
  process.stdout.write(`${demo.controller.url}\n${await demo.controller.createLoginLink()}\n`);
  const stop = (): void => void demo.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  // The controller's sockets keep the process alive until then.
}
