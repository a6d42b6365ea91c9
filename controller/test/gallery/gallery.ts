/**
 * A controller with eleven made-up sites, to take pictures of: Brandt Tax Advisers in the middle of an incident, and one
 * of each state and placement beside it. Addresses and names are of documentation ranges or nobody's.
 *
 *     node controller/test/gallery/gallery.ts --data DIR [--http-port 8420]
 */
import { parseArgs } from "node:util";
import { contractVersion, type HostSnapshot, type KeyedProfile, type Placement, type Reported } from "@cordon/contract";
import { silentLog, systemAmbient } from "../../src/ambient.ts";
import { startController, type Controller } from "../../src/controller.ts";
import { seriesStepMs } from "../../src/ingest/series.ts";
import { openStore } from "../../src/store/open-store.ts";
import { findUiDir } from "../../src/ui-dir.ts";
import { FakeSensor, type SentNotice } from "../fake-sensor.ts";
import { ApiClient, enrol } from "../harness.ts";
import { brandtHosts, brandtPeople } from "./brandt-hosts.ts";
import { logOf } from "./flow-log.ts";
import { hostsOf, offices, type Office } from "./fleet.ts";

const minuteMs = 60_000;

export interface Gallery {
  readonly controller: Controller;
  readonly api: ApiClient;
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
  const controller = await startController({
    ...{ dataDir, httpHost: "127.0.0.1", httpPort, brokerHost: "127.0.0.1", brokerPort: 0, uiDir },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ambient: systemAmbient(silentLog),
  });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const sites = new Map<string, string>();
  const sensors: FakeSensor[] = [];
  const start = async (
    office: Pick<Office, "id" | "name" | "placement" | "software">,
    hosts: readonly HostSnapshot[],
  ) => {
    const { id, name, placement, software = "1.4.2" } = office;
    const profile = await enrol(dataDir, controller.brokerPort, {
      sensorId: id.toLowerCase(),
      siteName: name,
      placement,
    });
    sites.set(name, profile.site.id);
    const hello = {
      software,
      placement: {
        kind: placement,
        reasons: ["Many machines are inside, one router is outside."],
        blindSpots: [...blindSpots[placement]],
      },
    };
    const sensor = await FakeSensor.start({ profile, placement, hello, answers: logOf });
    await sensor.until(() => sensor.adopted.length > 0);
    await sensor.sendHosts(hosts);
    await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= hosts.length);
    sensors.push(sensor);
    return { sensor, profile };
  };
  const cut = async (siteId: string, host: string, wish: object) =>
    api.call("POST", `/api/v1/sites/${siteId}/containments`, {
      host,
      reason: "Mass mailer",
      expiresAt: Date.now() + 24 * 60 * minuteMs,
      ...wish,
    });

  const machines = brandtHosts(Date.now());
  const main = await start({ id: "CDN-0417", name: brandt, placement: "lan" }, machines);
  await fillSeries(dataDir, main.profile, Date.now(), true);
  await main.sensor.send(...deedsOf(machines));
  const siteId = main.profile.site.id;
  const [first, second, third, scanner] = machines;
  await cut(siteId, first?.host ?? "", { kind: "vector", vector: "mail" });
  await cut(siteId, second?.host ?? "", { kind: "quarantine" });
  await cut(siteId, third?.host ?? "", { kind: "quarantine" });
  await cut(siteId, scanner?.host ?? "", { kind: "throttle", reason: "Port 445 at addresses that nobody uses" });
  await main.sensor.until(() => main.sensor.adopted.at(-1)?.throttles?.length === 1);

  for (const { host, ...particulars } of brandtPeople) {
    await api.call("PUT", `/api/v1/sites/${siteId}/hosts/${encodeURIComponent(host)}/particulars`, particulars);
  }
  for (const office of offices) {
    const hosts = hostsOf(office, Date.now());
    const { sensor, profile } = await start(office, hosts);
    if (office.line !== undefined) sensor.line = office.line(Date.now());
    if (office.isCut === true) {
      await cut(profile.site.id, hosts[0]?.host ?? "", { kind: "quarantine" });
      await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
    }
    await sensor.report(usual);
    await fillSeries(dataDir, profile, Date.now(), false);
    if (office.isSilent === true) {
      sensors.pop();
      await sensor.cutPower();
    }
  }
  let beats = 0;
  const beat = async (): Promise<void> => {
    beats += 1;
    main.sensor.stopPackets(beats === 1 ? 1180 : 3);
    for (const sensor of sensors) {
      const at = Date.now();
      const stopped = sensor === main.sensor ? beats * 9 : 0;
      const figures = { contacts: beats * 4, packetsStopped: stopped, packetsSeen: beats * 90, packetsLimited: 0 };
      await sensor.publish("pulse", { version: contractVersion, bootId: sensor.bootId, at, ...figures });
      await sensor.report(usual);
    }
  };
  await beat();
  await beat();
  const timer = setInterval(() => void beat().catch(() => undefined), 2000);
  return {
    ...{ controller, api, sites },
    close: async () => {
      clearInterval(timer);
      await Promise.all(sensors.map((sensor) => sensor.close()));
      await controller.close();
    },
  };
}

/** What every box tells of what it does by itself. */
const usual: Partial<Reported> = {
  reflex: { mode: "dry", budget: "usual", passed: 0, stopped: 0, hosts: [], refusal: null },
  remedies: { resolvers: ["10.20.30.1"], open: [], pages: 2, refusal: null },
};

/** What came of what was asked for. */
function deedsOf(machines: readonly HostSnapshot[]): SentNotice[] {
  const cut = "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.";
  return machines
    .slice(1, 3)
    .map(
      ({ host }, i) => ({ kind: "containment", containmentId: `g${i}`, host, change: "in-force", text: cut }) as const,
    );
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
  const uiDir = findUiDir(new URL("../../src/main.ts", import.meta.url).href);
  const gallery = await startGallery(values.data, uiDir, Number(values["http-port"]));
  process.stdout.write(`${gallery.controller.url}\n${await gallery.controller.createLoginLink()}\n`);
  const stop = (): void => void gallery.close();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}
