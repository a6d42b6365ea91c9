import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import { SensorError } from "../../errors.ts";

/** Large enough that the cost of a read vanishes, small enough for a box with little memory. */
const chunkBytes = 1_048_576;

/** What was unpacked before a damaged place is lost with its chunk: so these are small. */
const unpackedChunkBytes = 32_768;

/**
 * Opens a regular file. Nothing else: a pipe or a device could keep the reader waiting for ever.
 * Throws `capture-not-found`, `capture-not-a-file` and `capture-unreadable`.
 */
export async function openCapture(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    // Without waiting, since opening a pipe that nobody writes to would.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw openError(error);
  }
  try {
    const stat = await file.stat();
    if (stat.isFile()) return file;
    throw new SensorError("capture-not-a-file", `it is ${stat.isDirectory() ? "a directory" : "no regular file"}`);
  } catch (error) {
    await file.close();
    throw error instanceof SensorError ? error : openError(error);
  }
}

function openError(error: unknown): SensorError {
  const code = (error as NodeJS.ErrnoException).code ?? "unknown";
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new SensorError("capture-not-found", "there is no such file", { cause: error });
  }
  // A socket or a device without its driver answers the opening so.
  if (code === "ENXIO" || code === "ENODEV") {
    return new SensorError("capture-not-a-file", "it is no regular file", { cause: error });
  }
  const reason = code === "EACCES" || code === "EPERM" ? "it may not be read" : `reading it failed: ${code}`;
  return new SensorError("capture-unreadable", reason, { cause: error });
}

/**
 * A file's bytes in turns of two buffers: while one is looked at, the other is filled. A chunk is
 * good until the next is asked for.
 */
export async function* fileChunks(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const buffers = [Buffer.allocUnsafeSlow(chunkBytes), Buffer.allocUnsafeSlow(chunkBytes)] as const;
  const fill = (buffer: Buffer): Promise<{ bytesRead: number; error: unknown }> =>
    // A read ahead that fails must not be an unhandled rejection when its turn never comes.
    file.read(buffer, 0, chunkBytes, null).then(
      ({ bytesRead }) => ({ bytesRead, error: null }),
      (error: unknown) => ({ bytesRead: 0, error }),
    );
  let pending = fill(buffers[0]);
  try {
    for (let turn = 0; ; turn = 1 - turn) {
      const { bytesRead, error } = await pending;
      if (error !== null) throw openError(error);
      if (bytesRead === 0) return;
      pending = fill(buffers[turn === 0 ? 1 : 0]);
      yield buffers[turn === 0 ? 0 : 1].subarray(0, bytesRead);
    }
  } finally {
    await pending;
  }
}

/** Whether a file that begins with these bytes is compressed with gzip (RFC 1952 2.3.1). */
export function isGzip(first: Uint8Array): boolean {
  return first[0] === 0x1f && first[1] === 0x8b;
}

/**
 * Unpacks gzip chunk by chunk, so that a small file cannot fill the memory however much it unpacks
 * to. Everything that could be unpacked is given to `onChunk` before an error is thrown.
 */
export async function unpackGzip(
  packed: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const gunzip = createGunzip({ chunkSize: unpackedChunkBytes });
  const failure = Promise.withResolvers<never>();
  // Raced below; alone it would be an unhandled rejection where the file is sound.
  failure.promise.catch(() => undefined);
  gunzip.on("error", (error) => failure.reject(error));
  gunzip.on("data", (chunk: Buffer) => {
    if (gunzip.destroyed) return;
    try {
      onChunk(chunk);
    } catch (error) {
      gunzip.destroy(error as Error);
    }
  });
  try {
    for await (const chunk of packed) {
      await Promise.race([failure.promise, new Promise((resolve) => gunzip.write(chunk, resolve))]);
    }
    const ended = new Promise((resolve) => gunzip.once("end", resolve));
    gunzip.end();
    await Promise.race([failure.promise, ended]);
  } finally {
    gunzip.destroy();
  }
}
