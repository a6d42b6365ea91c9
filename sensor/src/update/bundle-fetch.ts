import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm, stat, statfs, type FileHandle } from "node:fs/promises";
import { request, type Agent, type IncomingMessage } from "node:http";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { bundlePath, type UpdateOrder } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { retryDelayMs, type RetryPolicy } from "../link/jitter.ts";
import { verifiedAgent, type VerifiedAgentOptions } from "../link/verified-agent.ts";

export interface FetchLimits {
  /** Bytes of one request. After each the line is left alone for as long as it took: smaller lets others in between sooner. */
  readonly partBytes: number;
  /** How long one request may take; 256 KiB at 35 kbit/s. */
  readonly requestTimeoutMs: number;
  /** After a break. */
  readonly retry: RetryPolicy;
  /** How long until the line is looked at again while it is not well. */
  readonly lineLookMs: number;
  /** What has to stay free of the disk beside the bundle, for what the box must not lose. */
  readonly reserveBytes: number;
}

export const defaultFetchLimits: FetchLimits = {
  partBytes: 256 * 1024,
  requestTimeoutMs: 60_000,
  retry: { baseMs: 2000, maxMs: 120_000 },
  lineLookMs: 5000,
  reserveBytes: 64 * 1024 * 1024,
};

export interface BundleFetchOptions extends VerifiedAgentOptions {
  /** Where it grows. */
  readonly path: string;
  readonly order: Pick<UpdateOrder, "sha256" | "size">;
  /** Whether the line has room for it now. */
  readonly isLineWell: () => boolean;
  /** How much is there, and why it does not go on; null while it does. */
  readonly onProgress: (fetchedBytes: number, why: string | null) => void;
  readonly random: () => number;
  readonly limits?: Partial<FetchLimits>;
}

/**
 * Fetches a bundle into a file until it is whole and its digest right, or `signal` fires; goes on where a broken line, a
 * controller that went away, or an earlier life left it. Rejects with `update-damaged`, `update-no-room`, and `update-ended`.
 */
export async function fetchBundle(options: BundleFetchOptions, signal: AbortSignal): Promise<void> {
  const { path, order, isLineWell, onProgress, random } = options;
  const limits = { ...defaultFetchLimits, ...options.limits };
  const agent = verifiedAgent(options);
  const part = await Part.open(path, order.size);
  try {
    await checkRoom(path, order.size - part.sizeBytes, limits.reserveBytes);
    let failures = 0;
    while (part.sizeBytes < order.size) {
      onProgress(part.sizeBytes, null);
      if (signal.aborted) throw new SensorError("update-ended", "the release is wanted no longer");
      if (!isLineWell()) {
        onProgress(part.sizeBytes, "The line is not well: it is left to those who need it.");
        await pause(limits.lineLookMs, signal);
        continue;
      }
      const startedAt = performance.now();
      try {
        await fetchPart({ agent, part, order, limits, signal });
        failures = 0;
        // Half of the time at most is the line its own.
        await pause(performance.now() - startedAt, signal);
      } catch (error) {
        if (error instanceof SensorError && error.code === "update-no-room") throw error;
        onProgress(part.sizeBytes, `The controller did not give it: ${(error as Error).message}.`);
        await pause(retryDelayMs(failures, limits.retry, random), signal);
        failures += 1;
      }
    }
    if ((await part.finish()) !== order.sha256) {
      throw new SensorError(
        "update-damaged",
        "what the controller gave is not what was ordered: its digest is another",
      );
    }
  } catch (error) {
    const isHopeless = error instanceof SensorError && ["update-damaged", "update-no-room"].includes(error.code);
    if (isHopeless) await rm(path, { force: true });
    throw error;
  } finally {
    agent.destroy();
    await part.close();
  }
}

/** Resolves at once where nobody waits any more. */
function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return wait(ms, undefined, { signal }).catch(() => undefined);
}

/** What is there of the file, and its digest so far. */
class Part {
  readonly #file: FileHandle;
  readonly #hash: Hash;
  #sizeBytes: number;

  private constructor(file: FileHandle, hash: Hash, sizeBytes: number) {
    this.#file = file;
    this.#hash = hash;
    this.#sizeBytes = sizeBytes;
  }

  static async open(path: string, wholeBytes: number): Promise<Part> {
    const found = await stat(path).catch(() => null);
    const isUsable = found !== null && found.isFile() && found.size <= wholeBytes;
    const hash = createHash("sha256");
    let sizeBytes = 0;
    if (isUsable) {
      // In pieces that nobody who judges has to wait for.
      for await (const chunk of createReadStream(path, { highWaterMark: 64 * 1024 })) {
        hash.update(chunk as Uint8Array);
        sizeBytes += (chunk as Uint8Array).byteLength;
      }
    }
    return new Part(await open(path, isUsable ? "r+" : "w", 0o600), hash, sizeBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  async append(chunk: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < chunk.byteLength;) {
        const { bytesWritten } = await this.#file.write(chunk, done, chunk.byteLength - done, this.#sizeBytes);
        this.#hash.update(chunk.subarray(done, done + bytesWritten));
        done += bytesWritten;
        this.#sizeBytes += bytesWritten;
      }
    } catch (cause) {
      if (!["ENOSPC", "EDQUOT"].includes(String((cause as NodeJS.ErrnoException).code))) throw cause;
      throw new SensorError("update-no-room", "the disk is full", { cause });
    }
  }

  /** Gives it to the disk; its digest. */
  async finish(): Promise<string> {
    await this.#file.sync();
    return this.#hash.digest("hex");
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

async function checkRoom(path: string, wantedBytes: number, reserveBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const freeBytes = bavail * bsize;
  if (freeBytes >= wantedBytes + reserveBytes) return;
  const mb = (bytes: number) => Math.ceil(bytes / 1_000_000);
  throw new SensorError(
    "update-no-room",
    `it needs ${mb(wantedBytes)} MB and ${mb(reserveBytes)} MB have to stay free, and ${mb(freeBytes)} MB are`,
  );
}

interface PartWish {
  readonly agent: Agent;
  readonly part: Part;
  readonly order: BundleFetchOptions["order"];
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
}

/** One request. What came of it before it broke is kept. */
async function fetchPart({ agent, part, order, limits, signal }: PartWish): Promise<void> {
  const from = part.sizeBytes;
  const to = Math.min(from + limits.partBytes, order.size) - 1;
  const timeout = AbortSignal.timeout(limits.requestTimeoutMs);
  const response = await answerTo(
    agent,
    bundlePath(order.sha256),
    `bytes=${from}-${to}`,
    AbortSignal.any([signal, timeout]),
  );
  const range = `bytes ${from}-${to}/${order.size}`;
  if (response.statusCode !== 206 || response.headers["content-range"] !== range) {
    response.resume();
    throw new TypeError(
      `it answered ${response.statusCode}, ${response.headers["content-range"] ?? "without a range"}`,
    );
  }
  for await (const chunk of response as AsyncIterable<Uint8Array>) await part.append(chunk);
}

function answerTo(agent: Agent, path: string, range: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Who has ended it is no error of the connection's.
    const sent = request({ agent, path, headers: { range }, signal }, resolve);
    sent.once("error", reject);
    sent.end();
  });
}
