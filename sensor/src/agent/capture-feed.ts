import { setTimeout as sleep } from "node:timers/promises";
import { fileChunks, openCapture } from "../capture/capture-file/chunks.ts";
import { readCaptureStream } from "../capture/capture-file/read-capture-file.ts";
import type { Frame } from "../capture/frame.ts";
import { Selector } from "../capture/selector.ts";
import { createPacket } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";

export interface CaptureFeedOptions {
  readonly path: string;
  /** Begins again at the end. */
  readonly isLoop: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly onFrame: (frame: Frame) => void;
  readonly signal: AbortSignal;
}

// Selected frames read ahead of their time; reading waits above it.
const maxAhead = 5000;
const restMs = 50;
// So that the end of one round and the beginning of the next are told apart.
const betweenRoundsMs = 2000;

/**
 * Plays a capture file at its own pace: the packets that the kernel would have handed up, with
 * their times shifted to now. Rejects with the reader's SensorError where the file is no capture.
 */
export class CaptureFeed {
  readonly #options: CaptureFeedOptions;
  #heldBackBefore = 0;
  #selector = new Selector();

  constructor(options: CaptureFeedOptions) {
    this.#options = options;
  }

  /** Copies that a limit held back since start. */
  get heldBack(): number {
    return this.#heldBackBefore + sum(this.#selector.heldBack());
  }

  /** Resolves at the end of the file, or when the signal says so. */
  async run(): Promise<void> {
    const { isLoop, signal } = this.#options;
    do {
      await this.#playOnce();
      if (isLoop && !signal.aborted) await rest(betweenRoundsMs, signal);
    } while (isLoop && !signal.aborted);
  }

  async #playOnce(): Promise<void> {
    const { path, signal } = this.#options;
    this.#heldBackBefore += sum(this.#selector.heldBack());
    this.#selector = new Selector();
    const queue: Frame[] = [];
    const packet = createPacket();
    const weird = new WeirdCounter();
    const file = await openCapture(path);
    let isRead = false;
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);

    const reading = (async () => {
      try {
        const chunks = withRoom(fileChunks(file), () => queue.length < maxAhead, ended);
        await readCaptureStream(chunks, (frame) => {
          if (parseFrame(frame, packet, weird) && this.#selector.select(packet) !== null) queue.push(copyOf(frame));
        });
      } finally {
        isRead = true;
        await file.close();
      }
    })();
    const playing = this.#play(queue, () => isRead, ended);
    try {
      await reading;
    } catch (error) {
      // Breaking off on purpose looks like damage to the reader of the file.
      if (!ended.aborted) {
        stop.abort();
        await playing;
        throw error;
      }
    }
    await playing;
  }

  async #play(queue: Frame[], isRead: () => boolean, signal: AbortSignal): Promise<void> {
    let shiftMs: number | null = null;
    while (!signal.aborted && !(isRead() && queue.length === 0)) {
      const now = this.#options.now();
      let played = 0;
      for (const frame of queue) {
        shiftMs ??= now - frame.at;
        if (frame.at + shiftMs > now) break;
        frame.at += shiftMs;
        this.#options.onFrame(frame);
        played++;
      }
      queue.splice(0, played);
      await rest(restMs, signal);
    }
  }
}

async function* withRoom<T>(source: AsyncIterable<T>, hasRoom: () => boolean, signal: AbortSignal): AsyncGenerator<T> {
  for await (const chunk of source) {
    while (!hasRoom() && !signal.aborted) await rest(restMs, signal);
    if (signal.aborted) return;
    yield chunk;
  }
}

function copyOf(frame: Frame): Frame {
  const bytes = frame.bytes.slice(frame.start ?? 0, frame.end ?? frame.bytes.length);
  return { at: frame.at, linkType: frame.linkType, bytes, side: frame.side, mark: frame.mark };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    // Aborted: the caller looks at the signal.
  }
}
