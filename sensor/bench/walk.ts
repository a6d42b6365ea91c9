import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { namespacesAllowed } from "../lab/namespaces.ts";
import { officeQuiet } from "../lab/scenarios/office-quiet.ts";
import { SensorError } from "../src/errors.ts";
import { bringUpOffice, type Office } from "../start/office.ts";
import { Operator } from "../test/line/operator.ts";
import { Walker, type Pull } from "../test/line/walker.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { loadRemark, watchLoad } from "./load.ts";
import { SeededRandom } from "./random.ts";
import { median, quantile } from "./statistics.ts";

const officeSeed = 41;
const drawSeed = 1;
const defaultPulls = 30;
const quickPulls = 3;
/** A walk lasts ten minutes; one that pulls more cables begins another. */
const pullsPerWalk = 60;

/**
 * Cables pulled out of the lab's switch while its people work: how long until the box is sure whose each was, and until a page knows
 * that follows the controller's events; and how long after a cable is back that is told.
 */
export async function benchWalk(options: BenchOptions): Promise<BenchResult> {
  const allowed = namespacesAllowed();
  if (!allowed.ok) throw new SensorError("namespaces-forbidden", allowed.reason);
  const count = options.packets ?? (options.isQuick ? quickPulls : defaultPulls);
  const folder = await mkdtemp(join(tmpdir(), "cordon-bench-"));
  let office: Office | null = null;
  try {
    const order = { seed: officeSeed, folder, siteName: "Bench", httpPort: 0, brokerPort: 0 };
    office = await bringUpOffice({ ...order, onProgress: options.progress });
    return await measure(office, count, options.progress);
  } finally {
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  { lab, controller }: Office,
  count: number,
  progress: (line: string) => void,
): Promise<BenchResult> {
  const operator = await Operator.signIn(controller.url, controller.loginLink);
  const scenario = await lab.run(officeQuiet);
  const macs = lab.facts.hosts.map(({ mac }) => mac);
  const { id } = await operator.until("everybody was heard", 60_000, ({ sensor, hosts }) => {
    const heard = new Set(hosts.map(({ host }) => host));
    return sensor.state === "online" && macs.every((mac) => heard.has(mac));
  });
  const random = new SeededRandom(drawSeed);
  const loadBefore = loadavg()[0] ?? 0;
  const load = await watchLoad();
  const pulls: Pull[] = [];
  const backMs: number[] = [];
  let wrong = 0;
  for (let done = 0; done < count;) {
    const walker = await Walker.arm(lab, operator, id, macs);
    for (let each = 0; each < pullsPerWalk && done < count; each += 1, done += 1) {
      const mac = macs[random.below(macs.length)] ?? "";
      const pull = await walker.pull(mac);
      pulls.push(pull);
      if (pull.kind !== "gone" || pull.hosts.length !== 1 || pull.hosts[0] !== mac) wrong += 1;
      backMs.push(await walker.putBack(mac));
      if ((done + 1) % 10 === 0) progress(`${done + 1} of ${count} cables`);
    }
    await walker.stop();
  }
  const loaded = await load();
  await scenario.stop();
  const told = pulls.map(({ toldMs }) => toldMs);
  const sure = pulls.map(({ sureMs }) => sureMs);
  const row = (name: string, values: readonly number[]): readonly string[] => [
    name,
    ...[median(values), quantile(values, 0.95), Math.max(...values)].map((value) => value.toFixed(0)),
  ];
  return {
    table: [
      ["ms since the cable was pulled, or put back", "median", "95 of 100", "most"],
      row("the box is sure", sure),
      row("a page knows whose it was", told),
      row("a page knows that it is back", backMs),
    ],
    remarks: [
      `${pulls.length} cables of ${macs.length} machines; ${wrong} told otherwise.`,
      loadRemark(loadBefore, loaded),
    ],
    figures: {
      pulls: pulls.length,
      machines: macs.length,
      toldOtherwise: wrong,
      sureMsMedian: median(sure),
      toldMsMedian: median(told),
      toldMsP95: quantile(told, 0.95),
      toldMsMax: Math.max(...told),
      backMsMedian: median(backMs),
      backMsP95: quantile(backMs, 0.95),
    },
  };
}
