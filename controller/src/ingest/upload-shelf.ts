import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { UploadReceipt } from "@cordon/contract";
import { ControllerError, foreignCode } from "../errors.ts";

const partSuffix = ".part";
const wholeSuffix = ".answer";
const fileName = /^(.+?)(?:\.part|-[0-9a-f]{64}\.answer)$/;

/** What sensors upload, as files: a part while it grows, and whole under a name that says what it holds. */
export class UploadShelf {
  readonly #folder: string;
  /** How large an upload is to become, while it grows. */
  readonly #declared = new Map<string, number>();
  /** From where it is being written. */
  readonly #sources = new Map<string, Readable>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How many bytes of an upload are there; `isWhole` once it is complete and checked. */
  async progress(askId: string): Promise<{ readonly sizeBytes: number; readonly isWhole: boolean }> {
    const whole = (await this.#names()).find((name) => name.startsWith(`${askId}-`) && name.endsWith(wholeSuffix));
    if (whole !== undefined) return { sizeBytes: await sizeOf(join(this.#folder, whole)), isWhole: true };
    return { sizeBytes: await sizeOf(this.#part(askId)), isWhole: false };
  }

  /** How many bytes an upload was said to come to; null where nothing was said since the last start. */
  declaredBytes(askId: string): number | null {
    return this.#declared.get(askId) ?? null;
  }

  /** Says how many bytes an upload comes to: room is kept for them. */
  declare(askId: string, wholeBytes: number): void {
    this.#declared.set(askId, wholeBytes);
  }

  /** Bytes of all files by their asks, those that are still growing as large as they are to become. */
  async bytesByAsk(): Promise<Map<string, number>> {
    const bytesByAsk = new Map(this.#declared);
    for (const name of await this.#names()) {
      const askId = fileName.exec(name)?.[1] ?? name;
      const size = await sizeOf(join(this.#folder, name));
      bytesByAsk.set(askId, Math.max(size, bytesByAsk.get(askId) ?? 0));
    }
    return bytesByAsk;
  }

  /**
   * Appends to an upload what comes from a stream; what came before it broke stays. Rejects with the stream's error, and
   * with `upload-too-long` where more comes than was said.
   *
   * @param offset where it goes: the present size
   * @param bytes how much comes at most
   */
  async append(askId: string, offset: number, source: Readable, bytes: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    this.#sources.set(askId, source);
    const file = await open(this.#part(askId), offset === 0 ? "w" : "r+", 0o600);
    try {
      let at = offset;
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        if (at + chunk.length > offset + bytes) {
          throw new ControllerError("upload-too-long", `more than the ${bytes} bytes that were announced`);
        }
        for (let done = 0; done < chunk.length;) {
          const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at);
          done += bytesWritten;
          at += bytesWritten;
        }
      }
    } finally {
      if (this.#sources.get(askId) === source) this.#sources.delete(askId);
      await file.close();
    }
  }

  /** Completes an upload where its digest fits; else throws it away and gives false. */
  async complete(askId: string, sha256: string): Promise<boolean> {
    this.#declared.delete(askId);
    const part = this.#part(askId);
    const hash = createHash("sha256");
    await pipeline(createReadStream(part), hash);
    if (hash.digest("hex") !== sha256) {
      await rm(part, { force: true });
      return false;
    }
    const file = await open(part, "r+");
    await file.sync();
    await file.close();
    await rename(part, this.#whole(askId, sha256));
    const folder = await open(this.#folder, "r");
    await folder.sync();
    await folder.close();
    return true;
  }

  /** Whether this lies here, whole. */
  async holds(askId: string, { sizeBytes, sha256 }: UploadReceipt): Promise<boolean> {
    try {
      return (await stat(this.#whole(askId, sha256))).size === sizeBytes;
    } catch {
      return false;
    }
  }

  /** Reads what lies here. */
  read(askId: string, { sha256 }: UploadReceipt): Readable {
    return createReadStream(this.#whole(askId, sha256));
  }

  /** Throws away whatever lies here of an ask, and ends what is being written to it. */
  async remove(askId: string): Promise<void> {
    this.#declared.delete(askId);
    this.#sources.get(askId)?.destroy();
    const names = await this.#names();
    const own = names.filter((name) => name === askId + partSuffix || name.startsWith(`${askId}-`));
    await Promise.all(own.map((name) => rm(join(this.#folder, name), { force: true })));
  }

  /** Throws away what belongs to no ask that is known, as after a restore from a backup. */
  async keepOnly(askIds: ReadonlySet<string>): Promise<void> {
    const strays = (await this.#names()).filter((name) => !askIds.has(fileName.exec(name)?.[1] ?? ""));
    await Promise.all(strays.map((name) => rm(join(this.#folder, name), { force: true })));
  }

  #part(askId: string): string {
    return join(this.#folder, askId + partSuffix);
  }

  #whole(askId: string, sha256: string): string {
    return join(this.#folder, `${askId}-${sha256}${wholeSuffix}`);
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (foreignCode(error) === "ENOENT") return [];
      throw error;
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (foreignCode(error) === "ENOENT") return 0;
    throw error;
  }
}
