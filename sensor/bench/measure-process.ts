import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { SensorError } from "../src/errors.ts";

/** What `npm run replay` starts Node with. */
const replayFlags = ["--max-semi-space-size=4"];

/**
 * Loaded into the process before its own program (`--import`): tells what it used on file descriptor 3 when it ends. In
 * JavaScript as it stands, for Node loads a compiler of 17 MB for the first module in TypeScript, and `replay` has none.
 */
const reportUsage = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  process.on("exit", () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    writeSync(3, JSON.stringify({ maxRSS, cpuTime: userCPUTime + systemCPUTime }));
  });
`)}`;

/** One run of a program in a process of its own, its start included. */
export interface ProcessRun {
  readonly seconds: number;
  /** Of all its threads, the kernel's work for it included. */
  readonly cpuSeconds: number;
  /** Largest resident set, in megabytes of 1,048,576 bytes. */
  readonly peakMb: number;
  readonly stdout: string;
}

/** Runs a program of this project under this Node and measures it; `feed` writes its standard input. */
export async function measureProcess(
  program: string,
  args: readonly string[],
  feed?: (stdin: Writable) => Promise<void>,
): Promise<ProcessRun> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...replayFlags, "--import", reportUsage, program, ...args], {
    stdio: [feed === undefined ? "ignore" : "pipe", "pipe", "inherit", "pipe"],
  });
  const [stdinPipe, stdoutPipe, , peakPipe] = child.stdio;
  if (stdoutPipe === null || !(peakPipe instanceof Readable)) throw new SensorError("bench-failed", "no pipes to it");
  const [stdout, used, [code]] = await Promise.all([
    text(stdoutPipe),
    text(peakPipe),
    once(child, "close") as Promise<[number | null]>,
    stdinPipe === null ? undefined : feed?.(stdinPipe),
  ]);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (code !== 0) throw new SensorError("bench-failed", `${program} ended with ${code}`);
  const { maxRSS, cpuTime } = JSON.parse(used) as { maxRSS: number; cpuTime: number };
  return { seconds, cpuSeconds: cpuTime / 1_000_000, peakMb: maxRSS / 1_024, stdout };
}
