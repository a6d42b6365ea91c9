/**
 * Idempotency keys (draft-ietf-httpapi-idempotency-key-header): a changing request that is made again with the same
 * `Idempotency-Key` is answered as it was the first time, and done once. Kept for a day, per session or token.
 *
 * Some answers hold what is told once: a token, an invitation. An answer is sealed with the caller's own secret, of which the
 * store knows the hash alone.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { FastifyRequest } from "fastify";
import { keepAnswer, releaseKey, reserveKey } from "../store/kept-answers.ts";
import { changes } from "./changing.ts";
import type { Api, ApiParts } from "./parts.ts";
import { ProblemError } from "./problem.ts";
import { secretOf } from "./session-routes.ts";

/** Long enough for a UUID, of letters, digits and what stands between them. */
export const keyPattern = "^[A-Za-z0-9_.:-]{8,100}$";

// A site with ten thousand machines, packed.
const largestAnswerBytes = 4 * 1024 * 1024;

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/** Answers repeated requests as the first was. */
export function answerOnce(app: Api, { store, ambient }: Pick<ApiParts, "store" | "ambient">): void {
  const run = ambient.random(8).toString("hex");
  const reserved = new WeakMap<FastifyRequest, { readonly caller: string; readonly key: string }>();

  app.addHook("preValidation", async (request, reply) => {
    const key = request.headers["idempotency-key"];
    // Who is not known yet has nobody to keep an answer for.
    if (key === undefined || !changes(request) || request.session === null) return;
    // What comes as a stream says itself where it belongs.
    if (request.routeOptions.config.takes !== undefined) return;
    if (typeof key !== "string" || !new RegExp(keyPattern).test(key)) {
      throw new ProblemError("bad-idempotency-key", "it has 8 to 100 letters, digits and _ . : -");
    }
    const caller = request.session.hash;
    const fingerprint = fingerprintOf(request, keyOf(request, key));
    const now = ambient.clock.now();
    const first = await store.transaction().execute((rows) => reserveKey(rows, { caller, key, fingerprint, run }, now));
    if (first === null) return void reserved.set(request, { caller, key });
    if (first.fingerprint !== fingerprint) {
      throw new ProblemError("idempotency-key-reused", "take a new key for each request that is not a repetition");
    }
    if (first.answer !== null) {
      const { status, type, body } = open(first.answer, keyOf(request, key));
      reply.status(status).header("idempotency-replayed", "true");
      if (type !== null) reply.header("content-type", type);
      return reply.serializer((text) => text as string).send((body === "" ? null : body) as never);
    }
    if (first.run === run) throw new ProblemError("still-answering", "try again in a moment");
    throw new ProblemError("outcome-unknown", "the controller ended while it answered");
  });

  app.addHook("onSend", async (request, reply, payload) => {
    const own = reserved.get(request);
    if (own === undefined) return payload;
    reserved.delete(request);
    const isText = payload === null || payload === undefined || typeof payload === "string";
    // What was refused for now, or by a fault of ours, was not done.
    const isDone = reply.statusCode < 500 && reply.statusCode !== 429;
    if (!isText || !isDone) {
      await releaseKey(store, own);
      return payload;
    }
    const type = reply.getHeader("content-type");
    const answer: Answer = {
      status: reply.statusCode,
      type: typeof type === "string" ? type : null,
      body: typeof payload === "string" ? payload : "",
    };
    const packed = gzipSync(JSON.stringify(answer));
    if (packed.length <= largestAnswerBytes) await keepAnswer(store, own, seal(packed, keyOf(request, own.key)));
    return payload;
  });
}

/** By the caller's secret too: a body may hold a password, which could be guessed by a mere hash. */
function fingerprintOf({ method, url, body }: FastifyRequest, key: Buffer): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([method, url, body ?? null]), "utf8")
    .digest("hex");
}

function keyOf(request: FastifyRequest, key: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secretOf(request) ?? "", key, "cordon kept answer", 32));
}

const nonceBytes = 12;
const tagBytes = 16;

function seal(packed: Buffer, key: Buffer): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  return Buffer.concat([nonce, cipher.update(packed), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

function open(sealed: string, key: Buffer): Answer {
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const packed = Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  return JSON.parse(gunzipSync(packed).toString("utf8")) as Answer;
}
