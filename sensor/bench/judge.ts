import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SensorError } from "../src/errors.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { connectionPackets, mixedPackets, writeCapture } from "./judge-captures.ts";
import { measureProcess } from "./measure-process.ts";
import { median } from "./statistics.ts";

const defaultPackets = 1_000_000;
const seed = 1;

const inputs = [
  { name: "mixed", packets: mixedPackets, words: "mixed traffic of an office" },
  { name: "connections", packets: connectionPackets, words: "nothing but new connections" },
] as const;

/**
 * How fast `replay` judges a capture file, from bytes to verdicts, and how much memory that takes:
 * each run is a process of its own, and the start of Node counts.
 */
export async function benchJudge(options: BenchOptions): Promise<BenchResult> {
  const packets = options.packets ?? defaultPackets;
  const replay = fileURLToPath(new URL("../src/replay/main.ts", import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "cordon-bench-"));
  const table: string[][] = [["capture", "packets", "MB on disk", "packets/s", "peak MB"]];
  const measured = new Map<string, { readonly perSecond: number; readonly peakMb: number }>();
  try {
    for (const input of inputs) {
      const path = join(folder, `${input.name}.pcap`);
      options.progress(`writing ${packets} packets: ${input.words}`);
      await writeCapture(path, input.packets(), packets, seed);
      const seconds: number[] = [];
      const peaks: number[] = [];
      for (let run = 1; run <= options.runs; run += 1) {
        const result = await measureProcess(replay, ["--json", path]);
        const judged = (JSON.parse(result.stdout) as { packets?: number }).packets;
        if (judged !== packets) throw new SensorError("bench-failed", `${judged} of ${packets} packets were judged`);
        seconds.push(result.seconds);
        peaks.push(result.peakMb);
        options.progress(
          `run ${run} of ${options.runs}: ${result.seconds.toFixed(2)} s, ${result.peakMb.toFixed(0)} MB`,
        );
      }
      const perSecond = Math.round(packets / median(seconds));
      const peakMb = Math.round(median(peaks));
      measured.set(input.name, { perSecond, peakMb });
      const sizeMb = (await stat(path)).size / 1_048_576;
      table.push([input.words, String(packets), sizeMb.toFixed(0), String(perSecond), String(peakMb)]);
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return {
    table,
    figures: {
      packetsPerSecond: measured.get("mixed")?.perSecond ?? 0,
      peakMb: measured.get("mixed")?.peakMb ?? 0,
      packetsPerSecondConnections: measured.get("connections")?.perSecond ?? 0,
      peakMbConnections: measured.get("connections")?.peakMb ?? 0,
    },
  };
}
