/** Hands bundles to the boxes whose orders name them, part by part (RFC 9110, 14.2): what is left of HTTP on the sensors' port. */
import { createReadStream } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { bundlePath } from "@cordon/contract";
import type { Log } from "../ambient.ts";
import { errorText, foreignCode } from "../errors.ts";
import type { Peer } from "./peer.ts";

export interface BundleServerParts {
  /** Why who came with a trusted certificate gets nothing, in kebab case; null where he may. */
  readonly whyUnknown: (peer: Peer) => Promise<string | null>;
  /** Where the bundle of that digest lies, where this sensor is to have it; null where it is not. */
  readonly find: (
    sensorId: string,
    sha256: string,
  ) => Promise<{ readonly path: string; readonly sizeBytes: number } | null>;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
  readonly log: Log;
}

const pathPattern = new RegExp(`^${bundlePath("([0-9a-f]{64})")}$`);
/** Of one answer: a box asks for less, and leaves the line to others in between. */
const partBytes = 4 * 1024 * 1024;

export class BundleServer {
  readonly #parts: BundleServerParts;

  constructor(parts: BundleServerParts) {
    this.#parts = parts;
  }

  /** Whether a request is for here. */
  isFor(url: string): boolean {
    return url.startsWith(bundlePath(""));
  }

  async answer(request: IncomingMessage, response: ServerResponse, peer: Peer): Promise<void> {
    try {
      await this.#answer(request, response, peer);
    } catch (error) {
      if (!response.destroyed && !response.headersSent) {
        this.#parts.log.warn("a bundle could not be given", { error: errorText(error) });
        response.writeHead(500, { "content-length": 0 }).end();
      } else response.destroy();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, peer: Peer): Promise<void> {
    const { whyUnknown, find } = this.#parts;
    request.resume();
    const reason = await whyUnknown(peer);
    if (reason !== null) return this.#refuse(response, peer, 403, reason);
    const sha256 = request.method === "GET" ? pathPattern.exec(request.url ?? "")?.[1] : undefined;
    const bundle = sha256 === undefined ? null : await find(peer.sensorId, sha256);
    if (bundle === null) return this.#refuse(response, peer, 404, "bundle-not-ordered");
    const { path, sizeBytes } = bundle;
    const range = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(request.headers.range ?? "");
    const [start, last] = [Number(range?.[1]), Number(range?.[2])];
    if (range === null || start > last || start >= sizeBytes) {
      response.setHeader("content-range", `bytes */${sizeBytes}`);
      return this.#refuse(response, peer, 416, "bundle-wrong-range");
    }
    const end = Math.min(last, sizeBytes - 1, start + partBytes - 1);
    const source = createReadStream(path, { start, end });
    await new Promise((resolve, reject) => source.once("open", resolve).once("error", reject)).catch(
      (error: unknown) => {
        if (foreignCode(error) !== "ENOENT") throw error;
      },
    );
    if (source.destroyed) return this.#refuse(response, peer, 404, "bundle-missing");
    response.writeHead(206, {
      "content-type": "application/octet-stream",
      "content-length": end - start + 1,
      "content-range": `bytes ${start}-${end}/${sizeBytes}`,
    });
    await pipeline(source, response);
  }

  #refuse(response: ServerResponse, { sensorId, address }: Peer, status: number, reason: string): void {
    this.#parts.refused(sensorId, reason, `from ${address}`);
    response.writeHead(status, { "content-length": 0 }).end();
  }
}
