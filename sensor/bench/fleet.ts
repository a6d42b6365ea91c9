import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SensorError } from "../src/errors.ts";
import { startController, type ControllerProcess } from "../start/controller-process.ts";
import { Operator } from "../test/line/operator.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { startMosquitto } from "./fleet-mosquitto.ts";
import { FleetProcess, usageOf } from "./fleet-process.ts";
import { sharedMs, type Fleet, type FleetSent } from "./fleet-protocol.ts";
import { loadRemark, watchLoad } from "./load.ts";
import { SeededRandom } from "./random.ts";
import { quantile, shuffled } from "./statistics.ts";

const seedFleet = fileURLToPath(new URL("../../controller/test/seed-fleet.ts", import.meta.url));

/** How much is measured. */
interface Plan {
  readonly sensors: number;
  /** As fast as the store takes them, and paced. */
  readonly seconds: number;
  readonly pacedPerSecond: number;
  readonly clicks: number;
}

const fullPlan: Plan = { sensors: 2_000, seconds: 20, pacedPerSecond: 3_000, clicks: 100 };
const quickPlan: Plan = { sensors: 20, seconds: 1, pacedPerSecond: 100, clicks: 3 };

/** What a site tells at once: some of its machines changed. */
const batch = 5;
/** A person does not click in step with the timers of our programs. */
const pauseMs = 100;
const settleMs = 2_000;

/** What one broker came to. */
interface Measured {
  readonly bytesPerSensor: number;
  /** Of the second half of the fleet alone: what one more costs when many are there. */
  readonly bytesPerLaterSensor: number;
  /** All at once, without jitter, until the last one is connected. */
  readonly reconnectSeconds: number;
  /** Sensors of which a connection was accepted and not served in time. */
  readonly starved: number;
}

/**
 * A fleet of sensors at one controller, over mutual TLS and the sensors' own link: what each costs, how soon all are back when
 * they come at once, how many notices a second are stored, and how long a click takes to a sensor meanwhile. Beside it
 * Mosquitto with the same certificates, for what a broker alone does.
 */
export async function benchFleet(options: BenchOptions): Promise<BenchResult> {
  const plan = options.isQuick ? quickPlan : { ...fullPlan, sensors: options.packets ?? fullPlan.sensors };
  const folder = await mkdtemp(join(tmpdir(), "cordon-bench-"));
  const loadBefore = loadavg()[0] ?? 0;
  const load = await watchLoad();
  try {
    options.progress(`${new Date().toISOString()} enrolling ${plan.sensors} sensors`);
    const fleetPath = join(folder, "fleet.json");
    const dataDir = join(folder, "data");
    await enrolFleet(dataDir, plan.sensors, fleetPath);
    const ours = await measureController(dataDir, fleetPath, plan, options.progress);
    const peer = await measureMosquitto(folder, fleetPath, plan, options.progress);
    return {
      table: tableOf(ours, peer),
      remarks: [loadRemark(loadBefore, await load())],
      figures: {
        sensors: plan.sensors,
        ...ours,
        mosquitto: peer === null ? { reason: "not installed; apt-get install mosquitto" } : { ...peer },
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function enrolFleet(dataDir: string, sensors: number, output: string): Promise<void> {
  // The port is the bench's to say, at each connection.
  const args = ["--data", dataDir, "--sensors", String(sensors), "--controller-port", "8883", "--output", output];
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", seedFleet, ...args]);
}

type Ours = Measured & {
  readonly noticesStoredPerSecond: number;
  readonly pacedNoticesPerSecond: number;
  readonly cpuMsPerThousandNotices: number;
  readonly clickP99Ms: number;
  readonly clickMsMedian: number;
  readonly lost: number;
  readonly repeated: number;
};

async function measureController(
  dataDir: string,
  fleetPath: string,
  plan: Plan,
  progress: (line: string) => void,
): Promise<Ours> {
  const controller = await startController({ dataDir, httpPort: 0, brokerPort: 0 });
  const fleet = new FleetProcess(fleetPath);
  const p0 = progress;
  progress = (l) => p0(new Date().toISOString() + " " + l);
  try {
    const broker = await measureBroker(fleet, { pid: controller.pid, port: controller.brokerPort }, plan, progress);
    progress("notices as fast as they are stored");
    const before = await usageOf(controller.pid);
    const full = await fleet.ask({ kind: "tell", seconds: plan.seconds, perSecond: null, batch }, "told");
    const { cpuSeconds } = await usageOf(controller.pid);
    progress(`${plan.clicks} clicks beside ${plan.pacedPerSecond} notices a second`);
    const paced = fleet.ask({ kind: "tell", seconds: plan.seconds, perSecond: plan.pacedPerSecond, batch }, "told");
    // Where a click fails the fleet is ended under it.
    paced.catch(() => undefined);
    const clicks = await click(controller, fleet, fleetPath, plan);
    const { storedPerSecond, sent } = await paced;
    const storedAtFull = full.storedPerSecond * plan.seconds;
    return {
      ...broker,
      noticesStoredPerSecond: Math.round(full.storedPerSecond),
      pacedNoticesPerSecond: Math.round(storedPerSecond),
      cpuMsPerThousandNotices: Number(((1e6 * (cpuSeconds - before.cpuSeconds)) / storedAtFull).toFixed(1)),
      clickP99Ms: Math.round(quantile(clicks, 0.99)),
      clickMsMedian: Math.round(quantile(clicks, 0.5)),
      ...countStored(dataDir, sent),
    };
  } finally {
    fleet.close();
    await controller.close();
  }
}

async function measureMosquitto(
  folder: string,
  fleetPath: string,
  plan: Plan,
  progress: (line: string) => void,
): Promise<Measured | null> {
  const broker = await startMosquitto(folder, JSON.parse(await readFile(fleetPath, "utf8")) as Fleet);
  if (broker === null) return null;
  progress("the same at Mosquitto");
  const fleet = new FleetProcess(fleetPath);
  try {
    return await measureBroker(fleet, broker, plan, progress);
  } finally {
    fleet.close();
    await broker.close();
  }
}

async function measureBroker(
  fleet: FleetProcess,
  { pid, port }: { readonly pid: number; readonly port: number },
  { sensors }: Plan,
  progress: (line: string) => void,
): Promise<Measured> {
  const half = sensors >> 1;
  const held = async (): Promise<number> => {
    await delay(settleMs);
    return (await usageOf(pid)).bytes;
  };
  const atFirst = await held();
  await connectInTurn(fleet, port, 0, half);
  const withHalf = await held();
  await connectInTurn(fleet, port, half, sensors);
  const withAll = await held();
  await fleet.ask({ kind: "disconnect" }, "disconnected");
  progress(`${sensors} sensors come at once`);
  const storm = await fleet.ask({ kind: "connect", from: 0, to: sensors, port }, "connected");
  return {
    bytesPerSensor: Math.round((withAll - atFirst) / sensors),
    bytesPerLaterSensor: Math.round((withAll - withHalf) / (sensors - half)),
    reconnectSeconds: Number((storm.ms / 1_000).toFixed(1)),
    starved: storm.starved,
  };
}

/** A few at a time, so that nobody waits. */
async function connectInTurn(fleet: FleetProcess, port: number, from: number, to: number): Promise<void> {
  const atOnce = 20;
  for (let next = from; next < to; next += atOnce) {
    await fleet.ask({ kind: "connect", from: next, to: Math.min(to, next + atOnce), port }, "connected");
  }
}

/** From the request to the sensor that has the document, ms. */
async function click(
  { url, loginLink }: ControllerProcess,
  fleet: FleetProcess,
  fleetPath: string,
  { clicks }: Plan,
): Promise<readonly number[]> {
  const { profiles } = JSON.parse(await readFile(fleetPath, "utf8")) as Fleet;
  const operator = await Operator.signIn(url, loginLink);
  const random = new SeededRandom(1);
  const clicked = shuffled(profiles, random);
  const took: number[] = [];
  for (let count = 0; count < clicks; count += 1) {
    const profile = clicked[count % clicked.length];
    if (profile === undefined) throw new SensorError("bench-failed", "there is no sensor to click at");
    await delay(pauseMs / 2 + random.below(pauseMs));
    const delivered = fleet.nextDesired(profile.sensor);
    const clickedAt = sharedMs();
    // Each site's first batch told of it.
    const [at] = await Promise.all([delivered, operator.cutOff(profile.site.id, "02:00:5e:10:00:01")]);
    took.push(at - clickedAt);
  }
  return took;
}

/** What the store has against what was sent, once all was said to be stored. */
function countStored(dataDir: string, sent: Readonly<Record<string, FleetSent>>): { lost: number; repeated: number } {
  const store = new DatabaseSync(join(dataDir, "controller.sqlite"), { readOnly: true });
  const rows = store
    .prepare(
      "select sensor_id, boot_id, count(*) as held, count(distinct sequence) as different from notices group by 1, 2",
    )
    .all() as { sensor_id: string; boot_id: string; held: number; different: number }[];
  store.close();
  const heldBy = new Map(rows.map((row) => [`${row.sensor_id} ${row.boot_id}`, row]));
  let lost = 0;
  let repeated = 0;
  for (const [sensor, { bootId, sequence }] of Object.entries(sent)) {
    const { held = 0, different = 0 } = heldBy.get(`${sensor} ${bootId}`) ?? {};
    lost += Math.max(0, sequence - different);
    repeated += held - different + Math.max(0, different - sequence);
  }
  return { lost, repeated };
}

function tableOf(ours: Ours, peer: Measured | null): string[][] {
  const shown = (value: number | undefined): string => (value === undefined ? "–" : String(value));
  const names = Object.keys(ours) as (keyof Ours)[];
  return [
    ["figure", "cordon", "mosquitto"],
    ...names.map((name) => [name, shown(ours[name]), shown((peer as Partial<Ours> | null)?.[name])]),
  ];
}
