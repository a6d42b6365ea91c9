import { SensorError } from "../../errors.ts";
import { fileChunks, isGzip, openCapture, unpackGzip } from "./chunks.ts";
import type { FrameSink } from "./decoder.ts";
import { RecordFeeder } from "./record-feeder.ts";

/** What reading a file came to. */
export interface CaptureFileEnd {
  readonly packets: number;
  /**
   * Null for a sound file. Of one that breaks off or makes no sense further on: what was wrong, code
   * `capture-damaged`; the frames before that were given.
   */
  readonly damage: SensorError | null;
}

/**
 * Reads a capture file, pcap or pcapng, plain or gzip, as a stream: frames go to `onFrame` one by one,
 * synchronously, in the order of the file. Throws a SensorError (`capture-not-found`,
 * `capture-not-a-file`, `capture-unreadable`, `capture-empty`, `capture-unknown-format`, and
 * `capture-damaged` before the first frame) where there is nothing to give.
 */
export async function readCaptureFile(path: string, onFrame: FrameSink): Promise<CaptureFileEnd> {
  const file = await openCapture(path);
  try {
    return await readCaptureStream(fileChunks(file), onFrame);
  } finally {
    await file.close();
  }
}

/** The same for bytes that come from elsewhere, such as standard input. */
export async function readCaptureStream(
  chunks: AsyncIterable<Uint8Array>,
  onFrame: FrameSink,
): Promise<CaptureFileEnd> {
  const feeder = new RecordFeeder(onFrame);
  try {
    await feed(chunks, feeder);
    feeder.end();
  } catch (error) {
    const damage = damageOf(error, feeder);
    if (damage === null || feeder.packets === 0) throw damage ?? error;
    return { packets: feeder.packets, damage };
  }
  return { packets: feeder.packets, damage: null };
}

async function feed(chunks: AsyncIterable<Uint8Array>, feeder: RecordFeeder): Promise<void> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done === true) return;
    const all = startingWith(first.value, iterator);
    if (isGzip(first.value)) {
      await unpackGzip(all, (chunk) => feeder.push(chunk));
      return;
    }
    for await (const chunk of all) feeder.push(chunk);
  } finally {
    await iterator.return?.(undefined);
  }
}

async function* startingWith(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** The damage to the file that an error means; null where it means something else. */
function damageOf(error: unknown, feeder: RecordFeeder): SensorError | null {
  if (error instanceof SensorError) return error.code === "capture-damaged" ? error : null;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  if (!code.startsWith("Z_")) return null;
  return feeder.damaged(code === "Z_BUF_ERROR" ? "its gzip stream breaks off" : "its gzip stream is broken", error);
}
