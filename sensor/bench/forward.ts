import { spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { createInterface } from "node:readline";
import { namespacesAllowed, unshareArguments } from "../lab/namespaces.ts";
import { labEnvironment } from "../lab/tools.ts";
import { SensorError } from "../src/errors.ts";
import type { BenchOptions, BenchResult, Figure } from "./bench.ts";
import {
  type BulkKind,
  type ForwardEvent,
  type ForwardOrder,
  type SmallKind,
  type WayMeasured,
} from "./forward-protocol.ts";
import { loadRemark, watchLoad } from "./load.ts";
import { SeededRandom } from "./random.ts";
import { median, medianEstimate, type Estimate } from "./statistics.ts";

const defaultPairs = 60;
/** Contained addresses. */
const sizes = [0, 10, 1_000, 100_000] as const;
const bootstrapSeed = 1;
/** Megabits in a megabyte of 1,048,576 bytes. */
const megabit = 8.388_608;

/** Of the ways that are measured, the first two are bare bridges. */
const [bare, control, firstSize] = [0, 1, 2] as const;

/**
 * What our ruleset costs the packets that pass, at several numbers of contained addresses, against a
 * bridge without rules: TCP in bulk, in frames as long as the wire takes them, and small packets, whose
 * sender pays for the whole way of each. A second bare bridge is measured like the rest and says how
 * far two bridges differ that are the same.
 */
export async function benchForward(options: BenchOptions): Promise<BenchResult> {
  const order: ForwardOrder = options.isQuick
    ? { pairs: options.pairs ?? 2, bulkSeconds: 0.01, repeats: 1, packetsPerBurst: 500, sizes }
    : { pairs: options.pairs ?? defaultPairs, bulkSeconds: 0.06, repeats: 5, packetsPerBurst: 5_000, sizes };
  const loadBefore = loadavg()[0] ?? 0;
  const load = await watchLoad();
  const { rounds, refusal } = await measure(order, options.progress);
  const during = await load();

  const random = new SeededRandom(bootstrapSeed);
  const ways = [control, ...sizes.map((_, index) => firstSize + index)];
  const estimates = (measured: (way: WayMeasured, bareWay: WayMeasured) => number): Estimate[] =>
    ways.map((way) => medianEstimate(compare(rounds, way, measured), random));
  const ratios = (kind: BulkKind): Estimate[] =>
    estimates((way, bareWay) => way.megabytesPerSecond[kind] / bareWay.megabytesPerSecond[kind]);
  const added = (kind: SmallKind): Estimate[] =>
    estimates((way, bareWay) => way.microsecondsPerPacket[kind] - bareWay.microsecondsPerPacket[kind]);
  const measured = {
    joined: ratios("joined"),
    single: ratios("single"),
    data: added("data"),
    contact: added("contact"),
  };
  const ofBare = (value: (way: WayMeasured) => number): number =>
    rounded(median(rounds.flatMap((each) => each[bare] ?? []).map(value)));
  const bareFigures = {
    bareMegabitsPerSecond: Math.round(ofBare((way) => way.megabytesPerSecond.joined) * megabit),
    bareMegabitsPerSecondSingle: Math.round(ofBare((way) => way.megabytesPerSecond.single) * megabit),
    bareMicrosecondsPerPacket: ofBare((way) => way.microsecondsPerPacket.data),
    bareMicrosecondsPerContact: ofBare((way) => way.microsecondsPerPacket.contact),
  };
  return {
    table: [
      ["against a bare bridge", "bulk", "95 %", "bulk, single", "95 %", "µs a packet", "95 %", "µs a contact", "95 %"],
      ...["a second bare bridge", ...sizes.map((size) => `${size} contained`)].map((name, index) => [
        name,
        ...Object.values(measured).flatMap((each) => cells(each[index])),
      ]),
    ],
    remarks: [
      `${order.pairs} pairs, ruleset "${refusal}". Bulk: the ratio of throughputs, in packets as kernels join them, and with every ` +
        "frame of the wire for itself; µs: what a small packet of a connection, and one that begins a contact, cost more.",
      `The bare bridge: ${bareFigures.bareMegabitsPerSecond} and ${bareFigures.bareMegabitsPerSecondSingle} Mbit/s, ` +
        `${bareFigures.bareMicrosecondsPerPacket.toFixed(2)} and ${bareFigures.bareMicrosecondsPerContact.toFixed(2)} µs from the sender's call to the ` +
        "receiver's device; sender, bridge and receiver share this machine's processors.",
      loadRemark(loadBefore, during),
    ],
    figures: {
      pairs: order.pairs,
      ratioToBare: bySize(measured.joined, ratioFigure),
      ratioToBareSingle: bySize(measured.single, ratioFigure),
      addedMicrosecondsPerPacket: bySize(measured.data, ({ value }) => rounded(value)),
      addedMicrosecondsPerPacketInterval: bySize(measured.data, intervalFigure),
      addedMicrosecondsPerContact: bySize(measured.contact, ({ value }) => rounded(value)),
      addedMicrosecondsPerContactInterval: bySize(measured.contact, intervalFigure),
      controlRatio: rounded(measured.joined[0]?.value ?? Number.NaN),
      controlRatioSingle: rounded(measured.single[0]?.value ?? Number.NaN),
      controlAddedMicrosecondsPerPacket: rounded(measured.data[0]?.value ?? Number.NaN),
      ...bareFigures,
      loadAverageBefore: rounded(loadBefore),
      loadAverageAfter: rounded(during.loadAverage),
      stolenShare: rounded(during.stolenShare),
    },
  };
}

/** Figures by number of contained addresses; the control, which comes first, has none. */
function bySize(estimates: readonly Estimate[], figure: (estimate: Estimate) => Figure): Record<string, Figure> {
  return Object.fromEntries(
    estimates.slice(1).map((estimate, index) => [String(sizes[index] ?? Number.NaN), figure(estimate)]),
  );
}

function intervalFigure({ low, high }: Estimate): Figure {
  return { low: rounded(low), high: rounded(high) };
}

function ratioFigure(estimate: Estimate): Figure {
  return { ratio: rounded(estimate.value), low: rounded(estimate.low), high: rounded(estimate.high) };
}

type Round = readonly WayMeasured[];

/** What each round says of a way against the bare bridge of the same round. */
function compare(
  rounds: readonly Round[],
  way: number,
  relation: (measured: WayMeasured, against: WayMeasured) => number,
): number[] {
  return rounds.flatMap((ways) => {
    const [measured, against] = [ways[way], ways[bare]];
    return measured === undefined || against === undefined ? [] : [relation(measured, against)];
  });
}

function cells(estimate: Estimate | undefined): string[] {
  if (estimate === undefined) return ["", ""];
  const { value, low, high } = estimate;
  return [value.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`];
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/** Runs the rounds in namespaces of their own, which are gone afterwards. */
async function measure(
  order: ForwardOrder,
  progress: (line: string) => void,
): Promise<{ readonly rounds: readonly Round[]; readonly refusal: string }> {
  const allowed = namespacesAllowed();
  if (!allowed.ok) throw new SensorError("namespaces-forbidden", allowed.reason);
  const agent = [process.execPath, "--no-warnings", `${import.meta.dirname}/forward-agent.ts`, JSON.stringify(order)];
  // Its stdin ends with us, and everything inside with it.
  const child = spawn("unshare", [...unshareArguments(allowed.by), ...agent], {
    env: labEnvironment(process.env),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const rounds: Round[] = [];
  let refusal = "";
  let end: ForwardEvent | null = null;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as ForwardEvent;
    switch (event.kind) {
      case "progress":
        progress(event.text);
        break;
      case "loaded":
        refusal = event.refusal;
        break;
      case "round":
        rounds.push(event.ways);
        break;
      case "done":
      case "failed":
        end = event;
        break;
    }
  });
  await once(child, "close");
  const last = end as ForwardEvent | null;
  if (last?.kind === "failed") throw new SensorError(last.code, last.text);
  if (last === null) throw new SensorError("bench-failed", "the processes in the namespaces ended early");
  return { rounds, refusal };
}
