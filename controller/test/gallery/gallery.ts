/**
 * A controller with eleven made-up sites, to take pictures of: Brandt Tax Advisers in the middle of an incident, and one
 * of each state and placement beside it. Addresses and names are of documentation ranges or nobody's.
 *
 *     node controller/test/gallery/gallery.ts --data DIR [--http-port 8420]
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  contractVersion,
  takesUpdate,
  type KeyedProfile,
  type Placement,
  type Reported,
  type ReportedUpdate,
} from "@cordon/contract";
import { silentLog, systemAmbient } from "../../src/ambient.ts";
import { startController, type Controller } from "../../src/controller.ts";
import { seriesStepMs } from "../../src/ingest/series.ts";
import { openStore } from "../../src/store/open-store.ts";
import { findUiDir } from "../../src/ui-dir.ts";
import { BoxStand, boxSite } from "../box-stand.ts";
import { loopbackCredentials } from "../credentials.ts";
import { FakeSensor } from "../fake-sensor.ts";
import { ApiClient, enrol } from "../harness.ts";
import { sendPlain } from "../raw-mqtt.ts";
import { walking } from "../walk-script.ts";
import { brandtHosts } from "./brandt-hosts.ts";
import { tellStory } from "./brandt-story.ts";
import { logOf } from "./flow-log.ts";
import { hostsOf, offices, type Office } from "./fleet.ts";
import { deadChecks, goodChecks } from "./line-checks.ts";
import { PastClock } from "./past-clock.ts";
import { rollOut, running } from "./rollout.ts";

const minuteMs = 60_000;

export interface Gallery {
  readonly controller: Controller;
  readonly api: ApiClient;
  /** That of Brandt Tax Advisers. */
  readonly sensor: FakeSensor;
  /** A controller to which no box has come, by TLS. */
  readonly empty: Controller;
  /** Brandt's box as its own centre, with the line dead. */
  readonly box: BoxStand;
  /** Site ids by the office's name. */
  readonly sites: ReadonlyMap<string, string>;
  readonly close: () => Promise<void>;
}

export const brandt = "Brandt Tax Advisers";

const blindSpots: Readonly<Record<Placement, readonly string[]>> = {
  lan: ["Guests on the router’s own Wi-Fi.", "What machines on this switch send each other."],
  gateway: ["What machines on this switch send each other."],
  wan: ["Which machine sent a packet: the router hides them behind one address."],
  mirror: ["What machines on this switch send each other without passing the mirrored port."],
};

/** Starts it. Its sensors obey, and their counters grow. */
export async function startGallery(dataDir: string, uiDir: string, httpPort = 0): Promise<Gallery> {
  const clock = new PastClock();
  clock.goTo(30);
  const system = systemAmbient(silentLog);
  const ambient = { ...system, clock: { ...system.clock, now: clock.now } };
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const common = { httpHost: "127.0.0.1", brokerHost: "127.0.0.1", brokerPort: 0, uiDir, timeZone, ambient };
  const controller = await startController({ ...common, dataDir, httpPort, rolloutLookMs: 100 });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const sites = new Map<string, string>();
  const sensors: FakeSensor[] = [];
  const sensorsByName = new Map<string, FakeSensor>();
  const updates = new Map<FakeSensor, ReportedUpdate>();
  const start = async (office: Pick<Office, "id" | "name" | "placement" | "software">) => {
    const { id, name, placement, software = "1.4.2" } = office;
    const wish = { sensorId: id.toLowerCase(), siteName: name, placement };
    const profile = await enrol(dataDir, controller.brokerPort, wish, ambient);
    sites.set(name, profile.site.id);
    const hello = {
      software,
      placement: {
        kind: placement,
        reasons: ["Many machines are inside, one router is outside."],
        blindSpots: [...blindSpots[placement]],
      },
    };
    const walks = walking(logOf);
    const takes = [...(walks.takes ?? []), takesUpdate];
    const sensor = await FakeSensor.start({ profile, placement, hello, ...walks, takes, now: clock.boxNow });
    updates.set(sensor, running(software));
    sensorsByName.set(name, sensor);
    await sensor.until(() => sensor.adopted.length > 0);
    sensors.push(sensor);
    return { sensor, profile, siteId: profile.site.id };
  };
  const open = async (office: Office): Promise<void> => {
    const hosts = hostsOf(office, clock.now());
    const { sensor, profile, siteId } = await start(office);
    await sensor.sendHosts(hosts);
    await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= hosts.length);
    if (office.line !== undefined) sensor.line = office.line(clock.now());
    if (office.isCut === true) {
      const wish = { kind: "quarantine", host: hosts[0]?.host ?? "", reason: "Mass mailer" };
      const expiresAt = clock.now() + 24 * 60 * minuteMs;
      await api.call("POST", `/api/v1/sites/${siteId}/containments`, { ...wish, expiresAt });
      await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
    }
    await sensor.report(told(sensor, updates));
    await fillSeries(dataDir, profile, clock.now(), false);
    if (office.isSilent === true) {
      sensors.pop();
      await sensor.cutPower();
      await api.siteWhen(siteId, (site) => site.sensor.state === "silent");
    }
  };

  for (const office of offices.filter(({ isSilent }) => isSilent === true)) await open(office);
  const main = await start({ id: "CDN-0417", name: brandt, placement: "lan" });
  await tellStory({ sensor: main.sensor, api, siteId: main.siteId, clock });
  await fillSeries(dataDir, main.profile, Date.now(), true);
  for (const office of offices.filter(({ isSilent }) => isSilent !== true)) await open(office);
  await staff(api);
  // By TLS, as a controller under a name of its own: only there are passkeys.
  const emptyDir = join(dataDir, "empty");
  const empty = await startController({
    ...common,
    dataDir: emptyDir,
    httpPort: 0,
    tls: await certificateIn(emptyDir),
  });
  const box = await deadLineBox(join(dataDir, "box"), uiDir);
  let beats = 0;
  const beat = async (): Promise<void> => {
    beats += 1;
    main.sensor.stopPackets(beats === 1 ? 1180 : 3);
    for (const sensor of sensors) {
      const at = Date.now();
      const stopped = sensor === main.sensor ? beats * 9 : 0;
      const figures = { contacts: beats * 4, packetsStopped: stopped, packetsSeen: beats * 90, packetsLimited: 0 };
      await sensor.publish("pulse", { version: contractVersion, bootId: sensor.bootId, at, ...figures });
      await sensor.report(told(sensor, updates));
    }
  };
  await beat();
  await beat();
  const [quiet] = offices.filter(({ isSilent, placement }) => isSilent !== true && placement === "lan");
  const first = quiet === undefined ? main.sensor : (sensorsByName.get(quiet.name) ?? main.sensor);
  await rollOut(api, first, (quiet?.id ?? "").toLowerCase(), sensors, async (sensor, update) => {
    updates.set(sensor, update);
    await sensor.report(told(sensor, updates));
  });
  // As a scanner of the Internet does it, and a box whose program is amiss.
  await sendPlain(controller.brokerPort, Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
  for (let time = 0; time < 3; time += 1) await sensors.at(-1)?.publish("pulse", "no figures");
  const timer = setInterval(() => void beat().catch(() => undefined), 2000);
  return {
    ...{ controller, api, sites, sensor: main.sensor, empty, box },
    close: async () => {
      clearInterval(timer);
      await Promise.all(sensors.map((sensor) => sensor.close()));
      await Promise.all([controller.close(), empty.close(), box.close()]);
    },
  };
}

/** What every box tells of what it does by itself. */
const usual: Partial<Reported> = {
  reflex: { mode: "dry", budget: "usual", passed: 0, stopped: 0, hosts: [], refusal: null },
  remedies: { resolvers: ["10.20.30.1"], open: [], pages: 2, refusal: null },
  pastRules: 0,
};

function told(sensor: FakeSensor, updates: ReadonlyMap<FakeSensor, ReportedUpdate>): Partial<Reported> {
  const now = Date.now();
  const { state, since } = sensor.line;
  const update = updates.get(sensor);
  return {
    ...usual,
    lineChecks: state === "dead" ? deadChecks(now, since) : goodChecks(now),
    ...(update === undefined ? {} : { update }),
  };
}

/** Of the loopback, whose browser is told to go past the warning. */
async function certificateIn(folder: string): Promise<{ readonly certFile: string; readonly keyFile: string }> {
  const { cert, key } = await loopbackCredentials();
  const files = { certFile: join(folder, "tls.pem"), keyFile: join(folder, "tls.key") };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all([writeFile(files.certFile, cert), writeFile(files.keyFile, key, { mode: 0o600 })]);
  return files;
}

/** Who may sign in, and whom is told. */
async function staff(api: ApiClient): Promise<void> {
  const all = { customers: null, sites: null, expiresAt: null };
  await api.call("POST", "/api/v1/people", { ...all, name: "Tom Lindqvist", role: "owner" });
  await api.call("POST", "/api/v1/people", { ...all, name: "Noor Haddad", role: "technician" });
  const until = Date.now() + 7 * 24 * 60 * minuteMs;
  await api.call("POST", "/api/v1/people", { ...all, name: "Office of Brandt", role: "guest", expiresAt: until });
  const common = { quietHours: null, sites: null, isEnabled: true };
  await api.call("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "ntfy", name: "On call", leastSeverity: "critical", secrets: {} },
    settings: { server: "https://ntfy.example.org", topic: "cordon-on-call" },
  });
  await api.call("POST", "/api/v1/notification-channels", {
    ...{ ...common, kind: "email", name: "Desk", leastSeverity: "warning", secrets: {} },
    quietHours: { from: "20:00", to: "07:00", timeZone: "Europe/Berlin" },
    settings: {
      ...{ host: "mail.example.org", port: 465, security: "tls" },
      ...{ from: "cordon@example.org", to: ["desk@example.org"] },
    },
  });
}

/** Brandt's box while its line is dead, at which somebody has cut the mailer off. */
async function deadLineBox(dataDir: string, uiDir: string): Promise<BoxStand> {
  const contacts = [
    { name: "Northline Internet, faults", phone: "0800 555 0199", for: "the line is dead" },
    { name: "Anna Brandt", phone: "+49 30 555 0134", email: "anna@brandt.example", for: "who may be cut off" },
  ];
  const box = await BoxStand.start({ dataDir, uiDir, contacts });
  const machines = brandtHosts(Date.now());
  box.hosts(machines);
  await box.signIn();
  for (const machine of machines.filter(({ verdict }) => verdict === "infected")) {
    const wish = { kind: "quarantine", host: machine.host, reason: "Mass mailer" };
    const expiresAt = Date.now() + 24 * 60 * minuteMs;
    await box.api.call("POST", `/api/v1/sites/${boxSite}/containments`, { ...wish, expiresAt });
  }
  const now = Date.now();
  const boot = { forwardingMs: 3310, judgingMs: 14_620 };
  box.report({ ...usual, boot, lineChecks: deadChecks(now, now - 671_000) });
  box.api.cookie = "";
  return box;
}

/** Half an hour of an office; in an incident something began fourteen minutes ago, and was answered six minutes later. */
async function fillSeries(dataDir: string, profile: KeyedProfile, now: number, isIncident: boolean): Promise<void> {
  const store = await openStore(dataDir);
  const steps = Array.from(
    { length: 180 },
    (_, i) => Math.floor(now / seriesStepMs) * seriesStepMs - (i + 1) * seriesStepMs,
  );
  await store
    .insertInto("series_points")
    .values(
      steps.map((at) => {
        const minutes = (now - at) / minuteMs;
        const noise = (Math.sin(at / 7000) + Math.sin(at / 23_000)) * 1.5;
        const rise =
          minutes > 14 ? 0 : minutes > 8.5 ? (14 - minutes) * 18 : Math.max(6, 90 * Math.exp((minutes - 8.5) / 3));
        const stopped = !isIncident || minutes > 8.5 ? 0 : 60 * Math.exp((minutes - 8.5) / 6) + noise * 3;
        return {
          ...{ sensor_id: profile.sensor, at },
          contacts: Math.max(0, Math.round(7 + rise + noise)),
          packets_stopped: Math.max(0, Math.round(stopped)),
          infected: !isIncident ? 0 : [13.6, 12, 10.8].filter((since) => minutes < since).length,
        };
      }),
    )
    .execute();
  await store.destroy();
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { data: { type: "string" }, "http-port": { type: "string", default: "8420" } },
  });
  if (values.data === undefined) throw new Error("usage: gallery.ts --data DIR [--http-port N]");
  const uiDir = findUiDir();
  const gallery = await startGallery(values.data, uiDir, Number(values["http-port"]));
  process.stdout.write(`${gallery.controller.url}\n${await gallery.controller.createLoginLink()}\n`);
  const stop = (): void => void gallery.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}
