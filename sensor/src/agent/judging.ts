import type { HostSnapshot, LineState, Verdict } from "@cordon/contract";
import type { Frame } from "../capture/frame.ts";
import type { Judge } from "../judge.ts";
import { createPacket, type Packet } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";

export interface JudgingOptions {
  readonly judge: Pick<Judge, "observe" | "advance" | "takeChanged" | "takeLineChange">;
  /** Epoch milliseconds: the time that goes on where no packet comes. */
  readonly now: () => number;
  /** Takes every packet before it is judged; it is reused after the call. Default nobody. */
  readonly onPacket?: (packet: Packet) => void;
  /** Where frames may come twice: what says so, and is told of each that did. Default nowhere. */
  readonly copies?: { readonly isCopy: (packet: Packet) => boolean; readonly onCopy: (at: number) => void };
  readonly onHost: (host: HostSnapshot, at: number) => void;
  readonly onLine: (line: LineState, at: number) => void;
  /** Something changed that a restart should know; one that has to know it where a host was accused or acquitted. */
  readonly onChange: (change: { readonly isVerdict: boolean }) => void;
}

/** How often time is told to the judge and its changes are taken. */
export const tickMs = 250;

// A tick this late means that packets wait in the sockets, perhaps the answers to what would now count as missed.
const lateMs = 500;
// Under lasting overload time has to go on all the same.
const maxSkippedTicks = 4;

/** Feeds the judge with frames and with time, and takes what it found. */
export class Judging {
  readonly #options: JudgingOptions;
  readonly #packet = createPacket();
  readonly #weird = new WeirdCounter();
  #timer: NodeJS.Timeout | null = null;
  #tickedAt = 0;
  #skippedTicks = 0;
  #frames = 0;
  /** What was last told of accused hosts, by host. */
  readonly #accused = new Map<string, Verdict>();

  constructor(options: JudgingOptions) {
    this.#options = options;
  }

  /** Frames judged since start. */
  get frames(): number {
    return this.#frames;
  }

  /** Odd packets by name. */
  get weird(): Readonly<Record<string, number>> {
    return this.#weird.counts();
  }

  /** One selected frame; it may be reused by the caller afterwards. */
  observe(frame: Frame): void {
    this.#frames++;
    if (!parseFrame(frame, this.#packet, this.#weird)) return;
    const { copies } = this.#options;
    if (copies?.isCopy(this.#packet) === true) return copies.onCopy(frame.at);
    this.#options.onPacket?.(this.#packet);
    this.#options.judge.observe(this.#packet);
  }

  start(): void {
    this.#tickedAt = this.#options.now();
    this.#timer ??= setInterval(() => this.#tick(), tickMs);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    const { judge, now, onHost, onLine, onChange } = this.#options;
    const at = now();
    const isLate = at - this.#tickedAt > lateMs;
    this.#tickedAt = at;
    if (isLate && this.#skippedTicks < maxSkippedTicks) {
      this.#skippedTicks++;
      return;
    }
    this.#skippedTicks = 0;
    judge.advance(at);
    const line = judge.takeLineChange();
    const hosts = judge.takeChanged();
    if (line !== null) onLine(line, at);
    for (const host of hosts) onHost(host, at);
    if (line === null && hosts.length === 0) return;
    onChange({ isVerdict: hosts.filter((host) => this.#noteVerdict(host)).length > 0 });
  }

  /** Whether a host is accused otherwise than was told before. */
  #noteVerdict({ host, verdict }: HostSnapshot): boolean {
    const before = this.#accused.get(host);
    const isAccused = verdict === "suspect" || verdict === "infected";
    if (isAccused) this.#accused.set(host, verdict);
    else this.#accused.delete(host);
    return before !== (isAccused ? verdict : undefined);
  }
}
