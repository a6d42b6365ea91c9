import { spawn } from "node:child_process";
import { createConnection, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { encodeJson } from "../capture/framing.ts";
import { nftPort, type Nft } from "../containment/nft.ts";
import { routingTableName, translatedCounter } from "../containment/routing-nft.ts";
import { SensorError } from "../errors.ts";
import { parseConnectionEvent } from "./connection-event.ts";
import type { TrackerMessage } from "./tracker-protocol.ts";

export interface TrackerProcessOptions {
  /** Where the judge listens. */
  readonly socketPath: string;
  /** Called when the kernel is being listened to. */
  readonly onReady: () => void;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

// What the kernel may keep for us in a burst; beyond it, it drops, and our table's count shows how many.
const kernelBufferBytes = 8 * 1024 * 1024;
const countEveryMs = 1000;
const judgeRetryMs = 200;
// For a judge that is being started again: some 300 bytes each.
const maxWaiting = 50_000;

/**
 * Listens to the kernel's connection tracking and tells the judge of every translated connection. It goes on
 * listening while the judge is away. Settles when the signal says so; rejects where conntrack ends by itself.
 */
export async function runTracker(options: TrackerProcessOptions): Promise<void> {
  const { signal } = options;
  const waiting = new Waiting();
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  const listening = listen(options, waiting, ended);
  listening.catch(() => stop.abort());
  await Promise.all([
    listening.finally(() => stop.abort()),
    count(waiting, nftPort(), ended),
    deliver(options, waiting, ended),
  ]);
}

async function listen(options: TrackerProcessOptions, waiting: Waiting, signal: AbortSignal): Promise<void> {
  const events = ["-E", "-e", "NEW,DESTROY", "-o", "timestamp,extended,id", "-b", String(kernelBufferBytes)];
  // Ended with this process, however that ends.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", "conntrack", ...events], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.once("spawn", () => options.onReady());
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = parseConnectionEvent(line);
    if (event !== null) waiting.add({ kind: "connection", ...event });
  });
  createInterface({ input: child.stderr }).on("line", (line) => options.log(line));
  const end = (): void => void child.kill("SIGTERM");
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  const reason = await new Promise<string>((resolve) => {
    child.once("exit", (code, by) => resolve(by ?? `code ${code}`));
    child.once("error", (error) => resolve(error.message));
  });
  if (!signal.aborted) throw new SensorError("tracker-ended", `conntrack ended by itself: ${reason}`);
}

async function count(waiting: Waiting, nft: Nft, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(countEveryMs, signal);
    // A table that is being put back has no count to be read.
    const objects = (await nft.list(["counter", "inet", routingTableName, translatedCounter]).catch(() => null)) ?? [];
    for (const object of objects) {
      const { packets } = (object["counter"] ?? {}) as { readonly packets?: unknown };
      if (typeof packets === "number") waiting.add({ kind: "count", translated: packets });
    }
  }
}

async function deliver(options: TrackerProcessOptions, waiting: Waiting, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const socket = await connected(options.socketPath);
    if (socket !== null) await waiting.pour(socket, signal);
    socket?.destroy();
    await pause(judgeRetryMs, signal);
  }
}

function connected(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    socket.on("error", () => resolve(null));
    socket.once("connect", () => resolve(socket));
    // The judge says nothing; reading is how its end is noticed.
    socket.resume();
  });
}

/** Messages on their way to the judge. */
class Waiting {
  #messages: TrackerMessage[] = [];
  #droppedBegun = 0;
  #wake: (() => void) | null = null;

  add(message: TrackerMessage): void {
    // Of counts the newest says all.
    if (message.kind === "count" && this.#messages.at(-1)?.kind === "count") this.#messages.pop();
    if (this.#messages.length >= maxWaiting && message.kind === "connection") {
      if (message.change === "begun") this.#droppedBegun += 1;
    } else {
      this.#messages.push(message);
    }
    this.#wake?.();
  }

  /** Hands over until the socket closes. What it took and lost on its way is counted as lost by our table's count. */
  async pour(socket: Socket, signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    socket.on("close", wake);
    socket.on("drain", wake);
    signal.addEventListener("abort", wake, { once: true });
    while (!socket.destroyed && !signal.aborted) {
      if (!socket.writableNeedDrain && this.#hasAny()) {
        socket.write(Buffer.concat(this.#take().map(encodeJson)));
        continue;
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.#wake = null;
    signal.removeEventListener("abort", wake);
  }

  #hasAny(): boolean {
    return this.#messages.length > 0 || this.#droppedBegun > 0;
  }

  #take(): TrackerMessage[] {
    const taken = this.#messages.splice(0, 200);
    if (this.#droppedBegun > 0) taken.push({ kind: "dropped", begun: this.#droppedBegun });
    this.#droppedBegun = 0;
    return taken;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // Aborted: the caller looks at the signal.
  await delay(ms, null, { signal }).catch(() => undefined);
}
