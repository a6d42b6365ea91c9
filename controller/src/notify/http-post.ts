import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { AddressGuard } from "./address-guard.ts";

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly guard: AddressGuard;
  /** PEM of authorities that are trusted; absent: the system's. */
  readonly authorities: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly body: string;
}

// Nobody who takes a message has more to say of it.
const longestAnswerBytes = 16 * 1024;

/**
 * Posts once, to an address that the guard permits and to no other that the receiver names. Throws what the network throws and
 * `address-refused`.
 */
export function post(options: PostOptions): Promise<PostAnswer> {
  const url = new URL(options.url);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  options.guard.check(host);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise<PostAnswer>((resolve, reject) => {
    const asked = request(
      url,
      {
        method: "POST",
        // A connection of its own: one that was kept could outlive a change of what is allowed.
        agent: false,
        headers: { ...options.headers, "content-length": Buffer.byteLength(options.body) },
        lookup: options.guard.lookup,
        signal: options.signal,
        ...(options.authorities === undefined ? {} : { ca: [...options.authorities] }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const done = () =>
          resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8").slice(0, 4096) });
        answer.on("data", (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size <= longestAnswerBytes) return;
          // The status was heard, which is all that counts.
          done();
          answer.destroy();
        });
        answer.on("end", done);
        answer.on("error", reject);
      },
    );
    asked.on("error", reject);
    asked.end(options.body);
  });
}
