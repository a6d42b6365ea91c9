import { Type } from "typebox";
import { parserOf } from "@cordon/contract";
import type { ConnectionEvent } from "../gateway/connection-event.ts";
import { NatLog } from "../gateway/nat-log.ts";
import { TrackerServer } from "../gateway/tracker-server.ts";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";
import type { HealthBoard } from "./health-board.ts";
import { LatestWriter } from "./latest-writer.ts";

export interface NatRecorderOptions {
  /** Where the tracker connects to. */
  readonly socketPath: string;
  /** What is kept from one life to the next. */
  readonly memoryPath: string;
  readonly macOf: (address: string) => string | null;
  /** Takes what is told of each connection, beside the log. */
  readonly onConnection: (event: ConnectionEvent) => void;
  readonly append: (entry: NoticeEntry) => void;
  readonly health: HealthBoard;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

const Memory = Type.Object({
  version: Type.Literal(1),
  /** Whether the controller has ever said that it takes such notices. */
  isTaken: Type.Boolean(),
  translated: Type.Integer(),
  accounted: Type.Integer(),
});
const parseMemory = parserOf(Memory, { maxBytes: 4096 });

const everyMs = 1000;
/** The log is written so often: each write wears the disk by whole pages, and a power cut takes what waits. */
const tellEveryMs = 5000;
const saveEveryMs = 5000;
// A tracker that is being started again is no trouble yet.
const patienceMs = 5000;
const lostShownMs = 600_000;

/** Has the NAT log written: from the tracker, by way of the spool, to a controller that takes it. */
export class NatRecorder {
  readonly #options: NatRecorderOptions;
  readonly #server: TrackerServer;
  readonly #memories: LatestWriter<string>;
  #log: NatLog;
  #isTaken = false;
  #trackedAt: number;
  #toldAt = Number.NEGATIVE_INFINITY;
  #lostUntil = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: NatRecorderOptions) {
    this.#options = options;
    this.#log = new NatLog({ macOf: options.macOf, memory: null });
    this.#server = new TrackerServer({
      socketPath: options.socketPath,
      onMessage: (message) => {
        this.#log.observe(message);
        if (message.kind === "connection") options.onConnection(message);
      },
    });
    this.#trackedAt = options.monotonic();
    this.#memories = new LatestWriter({
      intervalMs: saveEveryMs,
      write: (text) => writeFileAtomic(options.memoryPath, text),
      // What was lost meanwhile is counted anew after a restart: too much is said, never too little.
      onOutcome: () => undefined,
    });
  }

  async start(): Promise<void> {
    const { memoryPath, macOf } = this.#options;
    const text = await readFileIfPresent(memoryPath);
    const parsed = text === null ? null : parseMemory(text);
    if (parsed?.ok === false) await setAside(memoryPath);
    if (parsed?.ok === true) {
      this.#isTaken = parsed.value.isTaken;
      this.#log = new NatLog({ macOf, memory: parsed.value });
    }
    await this.#server.start();
    this.#timer = setInterval(() => this.#tick(), everyMs);
  }

  /** The kinds of notices that the controller takes. */
  takes(kinds: readonly string[]): void {
    this.#isTaken = kinds.includes("nat");
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#server.close();
    this.#tick(true);
    await this.#memories.close();
  }

  #tick(isLast = false): void {
    const { append, now, monotonic } = this.#options;
    // Until then they wait here: a controller that does not know them would refuse everything beside them.
    const isDue = monotonic() - this.#toldAt >= tellEveryMs || isLast;
    if (isDue) this.#toldAt = monotonic();
    for (let told = this.#isTaken && isDue ? this.#log.take() : null; told !== null; told = this.#log.take()) {
      if (told.lost > 0) this.#lostUntil = monotonic() + lostShownMs;
      append({ kind: "nat", at: now(), ...told });
    }
    this.#memories.offer(() => JSON.stringify({ version: 1, isTaken: this.#isTaken, ...this.#log.memory }));
    this.#tell();
  }

  #tell(): void {
    const { health, monotonic } = this.#options;
    if (this.#server.isTracking) this.#trackedAt = monotonic();
    if (monotonic() - this.#trackedAt < patienceMs) health.clear("nat-log-down");
    else
      health.raise(
        "nat-log-down",
        "error",
        "Nobody notes who is behind which outside port: the tracker is not running.",
      );
    if (monotonic() >= this.#lostUntil) health.clear("nat-log-lost");
    else health.raise("nat-log-lost", "warning", "Some translated connections of the last minutes are not in the log.");
  }
}
