import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { SensorError } from "../src/errors.ts";
import { Channel, type Calls, type NoCalls } from "./channel.ts";
import type { LabEvent } from "./lab.ts";
import type { Ready } from "./protocol.ts";
import { inPlace } from "./tools.ts";

type Report = (event: LabEvent) => void;

/** Small heaps: a lab is a dozen of these. */
const nodeFlags = ["--max-semi-space-size=2", "--max-old-space-size=96", "--single-threaded-gc", "--no-warnings"];

/** A process of the lab's own in one of its namespaces. */
export interface Agent<C extends Calls> {
  readonly channel: Channel<C, NoCalls, LabEvent | Ready, never>;
}

/** Starts one and settles when it serves. */
export async function startAgent<C extends Calls>(
  place: string,
  name: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  report: Report,
): Promise<Agent<C>> {
  const [command = "", ...rest] = inPlace(place, [process.execPath, ...nodeFlags, ...argv]);
  const child = spawn(command, rest, { env, stdio: ["pipe", "pipe", "pipe"] });
  const log = (text: string): void => report({ kind: "log", at: Date.now(), from: name, text });
  createInterface({ input: child.stderr }).on("line", log);
  const ready = Promise.withResolvers<void>();
  const channel = new Channel<C, NoCalls, LabEvent | Ready, never>({
    input: child.stdout,
    output: child.stdin,
    onEvent: (event) => (event.kind === "ready" ? ready.resolve() : report(event)),
    onNoise: log,
  });
  child.once("exit", (code, signal) => {
    log(`ended (${code ?? signal})`);
    ready.reject(new SensorError("lab-failed", `the process of ${name} ended (${code ?? signal})`));
  });
  await ready.promise;
  return { channel };
}
