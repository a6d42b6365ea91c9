import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { SensorError } from "../src/errors.ts";
import type { ExecReport } from "./lab.ts";
import { labPath } from "./namespaces.ts";

/**
 * The environment of everything in the lab: nothing of the caller's but the way to programs, so
 * that a test runner's variables do not reach the lab's processes.
 */
export function labEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return {
    PATH: labPath(environment["PATH"]),
    HOME: environment["HOME"] ?? "/",
    LC_ALL: "C",
    // Halves time and memory of each process: types are stripped once, not by everyone.
    NODE_COMPILE_CACHE: resolve(import.meta.dirname, "../../node_modules/.cache/cordon-lab"),
  };
}

/** A command line that runs in a namespace of the lab. */
export function inPlace(place: string, argv: readonly string[]): readonly string[] {
  return ["nsenter", `--net=/run/netns/${place}`, ...argv];
}

export interface ToolOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end; exit 126 and above also where it could not be started or was killed. */
export async function execute(argv: readonly string[], options: ToolOptions): Promise<ExecReport> {
  const [command = "", ...rest] = argv;
  const child = spawn(command, rest, {
    env: options.env,
    stdio: "pipe",
    timeout: options.timeoutMs ?? 20_000,
    killSignal: "SIGKILL",
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that ends without reading its input is judged by its exit.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return { code: code ?? 137, stdout, stderr: signal === null ? stderr : `${stderr}ended by ${signal}` };
  } catch (error) {
    return { code: 126, stdout, stderr: error instanceof Error ? error.message : String(error) };
  }
}

/** Runs a program that must succeed. */
export async function run(argv: readonly string[], options: ToolOptions): Promise<string> {
  const { code, stdout, stderr } = await execute(argv, options);
  if (code !== 0)
    throw new SensorError("lab-failed", `cannot set up the lab: ${argv.join(" ")} exited ${code}: ${stderr.trim()}`);
  return stdout;
}

/** Settles when the program has written a line with `text` to its standard error; fails if it ends before. */
export async function untilSaid(child: ChildProcess, text: string, name: string): Promise<void> {
  const said = Promise.withResolvers<void>();
  let written = "";
  const onData = (data: Buffer): void => {
    written += data.toString();
    if (written.includes(text)) said.resolve();
  };
  child.stderr?.on("data", onData);
  child.once("error", (error) => said.reject(new SensorError("lab-failed", `cannot start ${name}: ${error.message}`)));
  child.once("exit", (code) => said.reject(new SensorError("lab-failed", `${name} exited ${code}: ${written.trim()}`)));
  await said.promise;
  child.stderr?.off("data", onData);
  // Whatever it writes later must not fill the pipe.
  child.stderr?.resume();
}

/** Ends a child by `signal`, after `graceMs` by SIGKILL, and settles when it is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await gone;
  clearTimeout(timer);
}
