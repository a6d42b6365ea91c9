import { spawn, type ChildProcess } from "node:child_process";
import { encodeMessage, MessageDecoder } from "./framing.ts";

/**
 * Sends frames out of one port by a process of its own that lives as long as there is something to send. A socket on
 * a port costs every frame that passes it, and `cap` ends its process when the port goes down; so nobody holds one
 * while there is nothing to say.
 */

export interface FrameSenderOptions {
  /** Program and arguments of a process that takes frames on its stdin; see `send-frames.ts`. */
  readonly command: readonly string[];
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Which frames may be sent at all, whoever asks for it. */
  readonly maySend: (frame: Uint8Array) => boolean;
  /** Frames a second, at most. */
  readonly perSecond: number;
  /** Without a frame for so long its process ends. Default 30,000. */
  readonly idleMs?: number;
  /** Told of frames that the process says it has heard. Absent: it hears nothing. */
  readonly onHeard?: (frame: Buffer) => void;
}

const maxFrameBytes = 1518;
const maxWaitingBytes = 256 * 1024;
/** One that ends at once, as while the port is down, is not started again for each frame. */
const restartMs = 1000;

export class FrameSender {
  readonly #options: Required<Omit<FrameSenderOptions, "onHeard">> & Pick<FrameSenderOptions, "onHeard">;
  #child: ChildProcess | null = null;
  /** When one ended that was not told to. */
  #failedAt = Number.NEGATIVE_INFINITY;
  #idle: NodeJS.Timeout | null = null;
  #secondBegan = 0;
  #inSecond = 0;

  constructor(options: FrameSenderOptions) {
    this.#options = { idleMs: 30_000, ...options };
  }

  /** Sends a frame, where it is one that this may send; false where it was not sent. */
  send(frame: Uint8Array): boolean {
    const { maySend, monotonic } = this.#options;
    if (!maySend(frame) || !this.#hasRoom()) return false;
    if (this.#child === null && monotonic() - this.#failedAt < restartMs) return false;
    const { stdin } = this.#child ?? this.#start();
    this.#idle?.refresh();
    // One that takes nothing any more is not fed.
    if (stdin === null || stdin.writableLength > maxWaitingBytes) return false;
    stdin.write(encodeMessage(frame));
    return true;
  }

  close(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#child?.stdin?.end();
    this.#child = null;
  }

  #start(): ChildProcess {
    const { onHeard, monotonic } = this.#options;
    const [program = "", ...args] = this.#options.command;
    const child = spawn(program, args, { stdio: ["pipe", onHeard === undefined ? "ignore" : "pipe", "inherit"] });
    if (onHeard !== undefined) {
      const heard = new MessageDecoder({ maxBytes: maxFrameBytes, onMessage: onHeard });
      child.stdout?.on("data", (chunk: Buffer) => {
        if (!heard.push(chunk)) child.kill();
      });
    }
    const gone = () => {
      if (this.#child !== child) return;
      this.#child = null;
      this.#failedAt = monotonic();
    };
    // Whatever became of it, the next frame starts another.
    child.on("error", gone).on("exit", gone);
    child.stdin?.on("error", () => {});
    this.#child = child;
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), this.#options.idleMs).unref();
    return child;
  }

  #hasRoom(): boolean {
    const now = this.#options.monotonic();
    if (now - this.#secondBegan >= 1000) {
      this.#secondBegan = now;
      this.#inSecond = 0;
    }
    this.#inSecond += 1;
    return this.#inSecond <= this.#options.perSecond;
  }
}

/** What a host could do with an answer, were nobody to bound it: a page takes some four frames. */
export const pagesPerSecond = 200;

/**
 * Whether a frame is TCP from port 80 to one machine, in plain or tagged Ethernet, with a header of IP without options: nothing
 * else is ever to be sent, whoever asks for it.
 */
export function isAnswerOfPort80(frame: Uint8Array): boolean {
  if (frame.length < 54 || frame.length > maxFrameBytes || ((frame[0] ?? 1) & 1) !== 0) return false;
  const uint16 = (at: number) => ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
  const typeAt = uint16(12) === 0x8100 ? 16 : 12;
  const at = typeAt + 2;
  if (uint16(typeAt) === 0x0800) return frame[at] === 0x45 && frame[at + 9] === 6 && uint16(at + 20) === 80;
  return uint16(typeAt) === 0x86dd && frame[at + 6] === 6 && uint16(at + 40) === 80;
}
