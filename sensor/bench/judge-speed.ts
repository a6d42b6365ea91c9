import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { HostSnapshot } from "@cordon/contract";
import { SensorError } from "../src/errors.ts";
import { writeCapture, type PacketSource } from "./judge-captures.ts";
import { measureProcess } from "./measure-process.ts";

/** One run of `replay` over a capture. */
export interface JudgeRun {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly detections: string;
}

const replay = fileURLToPath(new URL("../dist/cordon-replay.mjs", import.meta.url));

/** Judges a capture as `npm run replay` does, in a process of its own; the start of Node counts. */
export function judgeFile(path: string, packets: number): Promise<JudgeRun> {
  return judge(path, packets);
}

/** The same with a capture that is made while it is judged. */
export function judgeSource(source: PacketSource, packets: number, seed: number): Promise<JudgeRun> {
  return judge("-", packets, (stdin) => writeCapture(stdin, source, packets, seed));
}

async function judge(path: string, packets: number, feed?: (stdin: Writable) => Promise<void>): Promise<JudgeRun> {
  const { stdout, ...measured } = await measureProcess(replay, ["--json", path], feed);
  const report = JSON.parse(stdout) as { packets?: number; hosts?: Pick<HostSnapshot, "verdict">[] };
  if (report.packets !== packets) throw new SensorError("bench-failed", `${report.packets} of ${packets} were judged`);
  const { hosts = [] } = report;
  const accused = hosts.filter(({ verdict }) => verdict === "suspect" || verdict === "infected");
  return { ...measured, detections: `${accused.length} of ${hosts.length} machines accused` };
}
