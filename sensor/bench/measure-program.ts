import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";

/** One run of somebody else's program. */
export interface ProgramRun {
  readonly seconds: number;
  /** Of all its threads, the kernel's work for it included. */
  readonly cpuSeconds: number;
  /** Largest resident set, in megabytes of 1,048,576 bytes. */
  readonly peakMb: number;
  /** Of both its outputs, the last kilobyte. */
  readonly said: string;
  readonly isSuccess: boolean;
}

/** The program takes this shell's place but for the times that the kernel keeps of the children of a shell. */
const timed = '"$@"; code=$?; times >&3; exit $code';
const lookEveryMs = 10;

/** Runs a program and measures it from outside; nothing of it is changed. */
export async function measureProgram(command: readonly string[]): Promise<ProgramRun> {
  const startedAt = performance.now();
  const shell = spawn("sh", ["-c", timed, "sh", ...command], { stdio: ["ignore", "pipe", "pipe", "pipe"] });
  const [, stdout, stderr, timesPipe] = shell.stdio;
  const ended = once(shell, "close") as Promise<[number | null]>;
  const peak = watchPeak(shell.pid ?? 0, ended);
  const [out, err, times, [code]] = await Promise.all([
    text(stdout as NodeJS.ReadableStream),
    text(stderr as NodeJS.ReadableStream),
    text(timesPipe as NodeJS.ReadableStream),
    ended,
  ]);
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpuSeconds = secondsOf(times.trim().split("\n").at(-1) ?? "");
  return { seconds, cpuSeconds, peakMb: await peak, said: `${out}${err}`.slice(-1024), isSuccess: code === 0 };
}

/** `0m1.230000s 0m0.040000s`, user's and system's, as POSIX has a shell print it. */
function secondsOf(line: string): number {
  let sum = 0;
  for (const [, minutes, seconds] of line.matchAll(/(\d+)m([\d.]+)s/g)) sum += Number(minutes) * 60 + Number(seconds);
  return sum;
}

/** The kernel keeps the highest itself, so that the last look before the end misses little. */
async function watchPeak(shell: number, ended: Promise<unknown>): Promise<number> {
  let isOver = false;
  void ended.finally(() => (isOver = true));
  let most = 0;
  while (!isOver) {
    const children = await read(`/proc/${shell}/task/${shell}/children`);
    for (const pid of children.trim().split(/\s+/)) {
      const highest = /^VmHWM:\s+(\d+) kB$/m.exec(await read(`/proc/${pid}/status`));
      most = Math.max(most, Number(highest?.[1] ?? 0));
    }
    await Promise.race([wait(lookEveryMs), ended]);
  }
  return most / 1_024;
}

/** Empty where the process is gone. */
function read(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
