import { spawn, type ChildProcess } from "node:child_process";
import { encodeMessage } from "./framing.ts";

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
  /** Without a frame for so long its process ends. Default 30,000. */
  readonly idleMs?: number;
}

/** What a host could do with an answer, were nobody to bound it: a page takes some four frames. */
const perSecond = 200;
const maxFrameBytes = 1518;
const maxWaitingBytes = 256 * 1024;

export class FrameSender {
  readonly #options: Required<FrameSenderOptions>;
  #child: ChildProcess | null = null;
  #idle: NodeJS.Timeout | null = null;
  #secondBegan = 0;
  #inSecond = 0;

  constructor(options: FrameSenderOptions) {
    this.#options = { idleMs: 30_000, ...options };
  }

  /** Sends a frame, where it is one that this may send; false where it was not sent. */
  send(frame: Uint8Array): boolean {
    if (!isAnswerOfPort80(frame) || !this.#hasRoom()) return false;
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
    const [program = "", ...args] = this.#options.command;
    const child = spawn(program, args, { stdio: ["pipe", "ignore", "inherit"] });
    const gone = () => {
      if (this.#child === child) this.#child = null;
    };
    // Whatever became of it, the next frame starts another.
    child.on("error", gone).on("exit", gone);
    child.stdin.on("error", () => {});
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
    return this.#inSecond <= perSecond;
  }
}

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
