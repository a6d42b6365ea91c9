import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { remediesInForce } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { nameServiceConfig, type NameServiceOptions } from "./name-service-config.ts";
import { openableNames } from "./openable-names.ts";

export interface NameServiceProcessOptions extends Omit<NameServiceOptions, "names"> {
  /** Where the judge writes the names of remedies; until it does, those that are shipped hold. */
  readonly namesPath: string;
  /** Called when the service answers. */
  readonly onReady: () => void;
  /** Takes lines for a log. */
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

const lookEveryMs = 2000;

/**
 * Runs dnsmasq, and anew whenever the names of remedies change: those it reads at its start alone. Settles when the
 * signal says so; rejects where dnsmasq ends by itself.
 */
export async function runNameService(options: NameServiceProcessOptions): Promise<void> {
  const { namesPath, signal } = options;
  let names = await readNames(namesPath);
  while (!signal.aborted) {
    const stop = new AbortController();
    const running = runOnce(options, names, AbortSignal.any([signal, stop.signal]));
    // Rejections are taken below, where it is awaited.
    running.catch(() => stop.abort());
    let next = names;
    while (!stop.signal.aborted && !signal.aborted && next.join() === names.join()) {
      await delay(lookEveryMs, null, { signal: AbortSignal.any([signal, stop.signal]) }).catch(() => undefined);
      next = await readNames(namesPath);
    }
    stop.abort();
    await running;
    names = next;
  }
}

async function runOnce(
  options: NameServiceProcessOptions,
  names: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  // It ends with this process, however that ends: nobody could take its ports else.
  const argv = ["--pdeathsig", "KILL", "--", "dnsmasq", "--keep-in-foreground", "--conf-file=-"];
  const child = spawn("setpriv", argv, { stdio: ["pipe", "ignore", "pipe"] });
  child.stdin.on("error", () => undefined);
  child.stdin.end(nameServiceConfig({ ...options, names }));
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.includes("started, version")) options.onReady();
    options.log(line);
  });
  const end = (): void => void child.kill("SIGTERM");
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  const reason = await new Promise<string>((resolve) => {
    child.once("exit", (code, by) => resolve(by ?? `code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  signal.removeEventListener("abort", end);
  if (!signal.aborted) throw new SensorError("name-service-ended", `dnsmasq ended by itself: ${reason}`);
}

async function readNames(path: string): Promise<readonly string[]> {
  try {
    const names: unknown = JSON.parse(await readFile(path, "utf8"));
    if (Array.isArray(names) && names.every((name) => typeof name === "string" && /^[a-z0-9._-]{1,253}$/.test(name))) {
      return names as string[];
    }
  } catch {
    // Not there yet, or being written: what is shipped holds.
  }
  return openableNames(remediesInForce().names);
}
