import { createHash } from "node:crypto";
import { open, rm, stat } from "node:fs/promises";
import { request, type RequestOptions } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { uploadPath, type UploadReceipt } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import type { UploadSource } from "./ask-keeper.ts";
import { retryDelayMs, type RetryPolicy } from "./jitter.ts";
import { verifiedAgent, type VerifiedAgentOptions } from "./verified-agent.ts";

export interface UploadLimits {
  /** Bytes of one request: smaller repeats less on a line that breaks, larger waits less often for an answer. */
  readonly partBytes: number;
  /** How long one request may take; 1 MiB at 35 kbit/s. */
  readonly requestTimeoutMs: number;
  readonly retry: RetryPolicy;
  /** How often an answer that arrived damaged is sent once more. */
  readonly repeats: number;
}

export const defaultUploadLimits: UploadLimits = {
  partBytes: 1024 * 1024,
  requestTimeoutMs: 240_000,
  retry: { baseMs: 1000, maxMs: 30_000 },
  repeats: 2,
};

export interface AnswerUploadOptions extends VerifiedAgentOptions {
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly limits?: Partial<UploadLimits>;
}

interface Reply {
  readonly status: number;
  /** How much is there, where that was said. */
  readonly offset: number | null;
}

/** The bytes of an answer, whichever way they lie there. */
interface Content {
  readonly sizeBytes: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/**
 * Uploads an answer to the controller's port, past the broker, and goes on where a broken line left it, until it is there
 * or `signal` fires. A file is removed afterwards, whatever came of it. Rejects with `upload-refused` where the
 * controller does not take it, `upload-damaged`, `upload-ended`, `no-identity`, or `answer-unreadable`.
 */
export async function uploadAnswer(
  options: AnswerUploadOptions,
  askId: string,
  source: UploadSource,
  signal: AbortSignal,
): Promise<UploadReceipt> {
  try {
    const content = await contentOf(source);
    try {
      return await send({ ...options, askId, content, contentType: source.contentType, signal });
    } finally {
      await content.close();
    }
  } finally {
    if (source.bytes === undefined) await rm(source.path, { force: true }).catch(() => undefined);
  }
}

async function send(
  options: AnswerUploadOptions & {
    readonly askId: string;
    readonly content: Content;
    readonly contentType: string;
    readonly signal: AbortSignal;
  },
): Promise<UploadReceipt> {
  const { askId, content, contentType, signal, random } = options;
  const limits = { ...defaultUploadLimits, ...options.limits };
  const digest = await digestOf(content, limits.partBytes);
  const agent = verifiedAgent(options);
  const call = (method: "HEAD" | "PATCH", headers: Record<string, string>, body: Uint8Array) =>
    exchange({ agent, method, path: uploadPath(askId), headers, signal }, body, limits);
  try {
    let offset: number | null = null;
    let failures = 0;
    let repeats = 0;
    for (;;) {
      if (signal.aborted) throw new SensorError("upload-ended", "nobody waits for the answer any more");
      try {
        if (offset === null) {
          const { status, offset: there } = await call("HEAD", {}, new Uint8Array());
          if (status !== 200 || there === null) throw refusalOf(status);
          // What lies there is not ours where it is longer: it is put right by what the controller says to the next part.
          offset = Math.min(there, content.sizeBytes);
        }
        const length = Math.min(limits.partBytes, content.sizeBytes - offset);
        const isLast = offset + length === content.sizeBytes;
        const headers = {
          "upload-offset": String(offset),
          "upload-length": String(content.sizeBytes),
          ...(isLast ? { "repr-digest": `sha-256=:${digest.toString("base64")}:` } : {}),
        };
        const reply = await call("PATCH", headers, await content.read(offset, length));
        failures = 0;
        const isThere = reply.status === 204 || (reply.status === 409 && reply.offset === content.sizeBytes);
        if (isLast && isThere) break;
        if (reply.status === 204 || reply.status === 409) {
          offset = reply.offset;
        } else if (reply.status === 422) {
          repeats += 1;
          if (repeats > limits.repeats)
            throw new SensorError("upload-damaged", "the answer never arrives as it was sent");
          offset = 0;
        } else {
          throw refusalOf(reply.status);
        }
      } catch (error) {
        if (error instanceof SensorError) throw error;
        // The line broke: how much is there is asked anew.
        offset = null;
        await wait(retryDelayMs(failures, limits.retry, random), undefined, { signal }).catch(() => undefined);
        failures += 1;
      }
    }
  } finally {
    agent.destroy();
  }
  return { sizeBytes: content.sizeBytes, sha256: digest.toString("hex"), contentType };
}

/** A refusal where trying again would change nothing; else an error that leads to another try. */
function refusalOf(status: number): Error {
  return status >= 500 && status !== 507
    ? new TypeError(`the controller answered ${status}`)
    : new SensorError("upload-refused", `the controller does not take the answer: HTTP ${status}`);
}

function exchange(options: RequestOptions, body: Uint8Array, limits: UploadLimits): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { ...options.headers, "content-length": String(body.byteLength) };
    const sent = request({ ...options, headers }, (response) => {
      response.resume();
      response.once("error", reject);
      response.once("end", () => {
        const there = response.headers["upload-offset"];
        const offset = typeof there === "string" && /^\d{1,15}$/.test(there) ? Number(there) : null;
        resolve({ status: response.statusCode ?? 0, offset });
      });
    });
    const timer = setTimeout(() => sent.destroy(new TypeError("no answer in time")), limits.requestTimeoutMs);
    sent.once("error", reject);
    sent.once("close", () => {
      clearTimeout(timer);
      reject(new TypeError("the connection was closed"));
    });
    sent.end(body);
  });
}

async function contentOf(source: UploadSource): Promise<Content> {
  const { bytes } = source;
  if (bytes !== undefined) {
    return {
      sizeBytes: bytes.byteLength,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  }
  try {
    const { size } = await stat(source.path);
    const file = await open(source.path, "r");
    return {
      sizeBytes: size,
      read: async (offset, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, offset);
        if (bytesRead < length) throw new SensorError("answer-unreadable", `${source.path} has become shorter`);
        return buffer;
      },
      close: () => file.close(),
    };
  } catch (cause) {
    throw new SensorError("answer-unreadable", `cannot read ${source.path}: ${(cause as Error).message}`, { cause });
  }
}

async function digestOf(content: Content, partBytes: number): Promise<Buffer> {
  const hash = createHash("sha256");
  for (let at = 0; at < content.sizeBytes; at += partBytes) {
    hash.update(await content.read(at, Math.min(partBytes, content.sizeBytes - at)));
  }
  return hash.digest();
}
