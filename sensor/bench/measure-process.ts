import { spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { SensorError } from "../src/errors.ts";

/** One run of a program in a process of its own, its start included. */
export interface ProcessRun {
  readonly seconds: number;
  /** Largest resident set, in megabytes of 1,048,576 bytes. */
  readonly peakMb: number;
  readonly stdout: string;
}

/** Runs a program of this project under this Node and measures it. */
export async function measureProcess(program: string, args: readonly string[]): Promise<ProcessRun> {
  const usage = new URL("report-usage.ts", import.meta.url).href;
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--import", usage, program, ...args], {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
  });
  const [, stdoutPipe, , peakPipe] = child.stdio;
  if (stdoutPipe === null || !(peakPipe instanceof Readable)) throw new SensorError("bench-failed", "no pipes to it");
  const [stdout, kilobytes, [code]] = await Promise.all([
    text(stdoutPipe),
    text(peakPipe),
    once(child, "close") as Promise<[number | null]>,
  ]);
  const seconds = (performance.now() - startedAt) / 1_000;
  if (code !== 0) throw new SensorError("bench-failed", `${program} ended with ${code}`);
  return { seconds, peakMb: Number(kilobytes) / 1_024, stdout };
}
