import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ControllerError, foreignCode } from "../errors.ts";

// What the store and all else that this machine keeps may still need.
const reserveBytes = 256 * 1024 * 1024;

/** Bundles of releases as files: a draft while it grows, and whole. */
export class ReleaseShelf {
  readonly #folder: string;
  /** Drafts that are being written to. */
  readonly #writing = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Sees to it that one of so many bytes can come. Rejects with `no-room-for-release`. */
  async makeRoom(sizeBytes: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.#folder);
    if (bavail * bsize >= sizeBytes + reserveBytes) return;
    const mb = (bytes: number) => Math.floor(bytes / 1_000_000);
    throw new ControllerError(
      "no-room-for-release",
      `it has ${mb(sizeBytes)} MB, and ${mb(Math.max(0, bavail * bsize - reserveBytes))} MB can be had`,
    );
  }

  /** How many bytes of a release are here. */
  async receivedBytes(id: string): Promise<number> {
    return (await sizeOf(this.path(id))) ?? (await sizeOf(this.draftPath(id))) ?? 0;
  }

  /**
   * Appends to a draft what comes from a stream; what came before it broke stays. Gives how much is there then. Rejects with
   * the stream's error, `release-wrong-offset`, and `release-too-long` where more comes than `wholeBytes`.
   */
  async append(id: string, offset: number, source: Readable, wholeBytes: number): Promise<number> {
    if (this.#writing.has(id) || ((await sizeOf(this.draftPath(id))) ?? 0) !== offset) {
      source.resume();
      throw new ControllerError("release-wrong-offset", `${await this.receivedBytes(id)} bytes are here`);
    }
    this.#writing.add(id);
    const file = await open(this.draftPath(id), offset === 0 ? "w" : "r+", 0o600);
    let at = offset;
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        if (at + chunk.length > wholeBytes)
          throw new ControllerError("release-too-long", `more than the ${wholeBytes} bytes that were announced`);
        for (let done = 0; done < chunk.length;) {
          const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at);
          done += bytesWritten;
          at += bytesWritten;
        }
      }
      return at;
    } catch (cause) {
      if (foreignCode(cause) !== "ENOSPC") throw cause;
      throw new ControllerError("no-room-for-release", "the disk is full", { cause });
    } finally {
      this.#writing.delete(id);
      await file.close();
    }
  }

  /** Completes a draft; its SHA-256 in hex. */
  async complete(id: string): Promise<string> {
    const draft = this.draftPath(id);
    const hash = createHash("sha256");
    await pipeline(createReadStream(draft), hash);
    const file = await open(draft, "r+");
    await file.sync();
    await file.close();
    await rename(draft, this.path(id));
    const folder = await open(this.#folder, "r");
    await folder.sync();
    await folder.close();
    return hash.digest("hex");
  }

  async remove(id: string): Promise<void> {
    for (const path of [this.path(id), this.draftPath(id)]) await rm(path, { force: true });
  }

  /** Where a whole one lies. */
  path(id: string): string {
    return join(this.#folder, `${id}.raucb`);
  }

  /** Where it grows. */
  draftPath(id: string): string {
    return join(this.#folder, `${id}.part`);
  }
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (foreignCode(error) === "ENOENT") return null;
      throw error;
    },
  );
}
