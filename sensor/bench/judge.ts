import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchOptions, BenchResult, Figure } from "./bench.ts";
import { fullTablesRatio } from "./full-tables.ts";
import {
  connectionPackets,
  connectionPacketsPerSecond,
  mixedPackets,
  outbreakPackets,
  writeCapture,
} from "./judge-captures.ts";
import { judgeFile, judgeSource, type JudgeRun } from "./judge-speed.ts";
import { RivalRuns, type RivalRun } from "./rival-runs.ts";
import { rivals } from "./rivals.ts";
import { median } from "./statistics.ts";

const defaultPackets = 2_000_000;
const quickPackets = 20_000;
const seed = 1;
const hourSeconds = 3_600;

const inputs = [
  { name: "mixed", packets: mixedPackets, words: "mixed traffic of an office" },
  { name: "connections", packets: connectionPackets, words: "new connections alone, 100,000 a minute" },
  { name: "outbreak", packets: outbreakPackets, words: "the same, 40 machines at a worm's speed" },
] as const;

/** What was measured of one program on one input. */
type Speeds = Readonly<Record<"packetsPerSecond" | "packetsPerCpuSecond" | "peakMb", number>>;

/**
 * How fast `replay` judges a capture file, from bytes to verdicts, and how much memory that takes: each run is a process of
 * its own, and the start of Node counts. With rivals the same for them, interleaved; ratios are of packets per second of
 * processor time, so that neither more cores nor a busy machine changes them.
 */
export async function benchJudge(options: BenchOptions): Promise<BenchResult> {
  const packets = options.packets ?? (options.isQuick ? quickPackets : defaultPackets);
  const runs = options.isQuick ? 1 : options.runs;
  const rivalRuns = options.rivals === undefined ? null : new RivalRuns(options.rivals);
  const missing = (await rivalRuns?.missing()) ?? new Map<(typeof rivals)[number], string>();
  const folder = await mkdtemp(join(rivalRuns?.captureFolder ?? tmpdir(), "cordon-bench-"));
  const table: string[][] = [["capture", "program", "packets/s", "per CPU second", "peak MB", "found"]];
  const remarks: string[] = [];
  const ours = new Map<string, Speeds>();
  const theirs = new Map<string, Map<string, Speeds>>();
  try {
    for (const input of inputs) {
      const path = join(folder, `${input.name}.pcap`);
      options.progress(`writing ${packets} packets: ${input.words}`);
      await writeCapture(createWriteStream(path), input.packets(), packets, seed);
      const judged: JudgeRun[] = [];
      const rivalled = new Map<string, RivalRun[]>();
      for (let run = 1; run <= runs; run += 1) {
        options.progress(`run ${run} of ${runs}`);
        judged.push(await judgeFile(path, packets));
        for (const rival of rivalRuns === null ? [] : rivals.filter((each) => !missing.has(each))) {
          const result = await rivalRuns?.run(rival, path, join(folder, "rival"));
          if (result !== undefined) rivalled.set(rival.name, [...(rivalled.get(rival.name) ?? []), result]);
        }
      }
      const own = speedsOf(judged, packets);
      ours.set(input.name, own);
      const sizeMb = ((await stat(path)).size / 1_048_576).toFixed(0);
      table.push(row(`${input.words}, ${packets} packets, ${sizeMb} MB`, "cordon", own, judged.at(-1)?.detections));
      for (const [name, results] of rivalled) {
        const measured = results.flatMap(({ run }) => run ?? []);
        const last = results.at(-1);
        if (measured.length > 0) {
          const speeds = speedsOf(measured, packets);
          theirs.set(name, (theirs.get(name) ?? new Map<string, Speeds>()).set(input.name, speeds));
          table.push(row("", name, speeds, last?.detections));
        } else table.push(["", name, "–", "–", "–", last?.detections ?? ""]);
        if (input === inputs[0] && last !== undefined) remarks.push(`${name}: ${last.command}`);
      }
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  for (const [rival, how] of missing) remarks.push(`${rival.name}: not installed; ${how}`);
  options.progress("100,000 new connections a minute for an hour");
  const hourPackets = options.isQuick ? packets : Math.round(hourSeconds * connectionPacketsPerSecond);
  const hour = await judgeSource(connectionPackets(), hourPackets, seed);
  table.push(row(`100,000 new connections a minute, ${hourPackets} packets`, "cordon", speedsOf([hour], hourPackets)));
  const tables = fullTablesRatio(options.isQuick ? 1 : 5);
  remarks.push(`A packet costs the judge ${tables.toFixed(2)} times as much once its tables are full.`);
  return { table, remarks, figures: figuresOf({ ours, theirs, missing, hour, tables, isBeside: rivalRuns !== null }) };
}

interface Measured {
  readonly ours: ReadonlyMap<string, Speeds>;
  readonly theirs: ReadonlyMap<string, ReadonlyMap<string, Speeds>>;
  readonly missing: ReadonlyMap<(typeof rivals)[number], string>;
  readonly hour: JudgeRun;
  readonly tables: number;
  readonly isBeside: boolean;
}

function figuresOf({ ours, theirs, missing, hour, tables, isBeside }: Measured): Record<string, Figure> {
  const ratio = (rival: string, input: string): Figure => {
    const their = theirs.get(rival)?.get(input)?.packetsPerCpuSecond;
    const own = ours.get(input)?.packetsPerCpuSecond;
    return their === undefined || own === undefined ? null : Number((own / their).toFixed(2));
  };
  const own = {
    packetsPerSecond: ours.get("mixed")?.packetsPerSecond ?? 0,
    // Of the hour, which is the longest; files that are shorter stand beside it.
    peakMb: Math.round(hour.peakMb),
    peakMbMixed: ours.get("mixed")?.peakMb ?? 0,
    peakMbConnections: ours.get("connections")?.peakMb ?? 0,
    peakMbOutbreak: ours.get("outbreak")?.peakMb ?? 0,
    packetsPerSecondConnections: ours.get("connections")?.packetsPerSecond ?? 0,
    packetsPerSecondOutbreak: ours.get("outbreak")?.packetsPerSecond ?? 0,
    fullTablesRatio: Number(tables.toFixed(2)),
  };
  if (!isBeside) return own;
  const peers = rivals.map((rival): [string, Figure] => [
    rival.name,
    missing.has(rival)
      ? { reason: `not installed; ${missing.get(rival)}` }
      : Object.fromEntries(theirs.get(rival.name) ?? []),
  ]);
  return {
    ...own,
    ratioToSuricata: ratio("suricata", "connections"),
    ratioToSuricataMixed: ratio("suricata", "mixed"),
    ratioToSuricataOutbreak: ratio("suricata", "outbreak"),
    ratioToSuricataAlertsAlone: ratio("suricata, alerts alone", "connections"),
    ratioToSuricataAlertsAloneMixed: ratio("suricata, alerts alone", "mixed"),
    peers: Object.fromEntries(peers),
  };
}

function speedsOf(runs: readonly Pick<JudgeRun, "seconds" | "cpuSeconds" | "peakMb">[], packets: number): Speeds {
  return {
    packetsPerSecond: Math.round(packets / median(runs.map(({ seconds }) => seconds))),
    packetsPerCpuSecond: Math.round(packets / median(runs.map(({ cpuSeconds }) => cpuSeconds))),
    peakMb: Math.round(median(runs.map(({ peakMb }) => peakMb))),
  };
}

function row(capture: string, program: string, speeds: Speeds, found = ""): string[] {
  const { packetsPerSecond, packetsPerCpuSecond, peakMb } = speeds;
  return [capture, program, String(packetsPerSecond), String(packetsPerCpuSecond), String(peakMb), found];
}
