/**
 * Takes uploads of large answers: what is left of HTTP on the sensors' port (`sensor-api`), with the same certificates.
 * How it goes is in the contract, at `uploadPath`. What is let in is bounded: only an open ask of that sensor, not more
 * than the ask allows, one upload of an ask at a time, and all of them together not more than the shelf may hold.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { askIdPattern, maxUploadBytes, uploadPath } from "@cordon/contract";
import type { Log } from "../ambient.ts";
import { errorText } from "../errors.ts";
import type { UploadShelf } from "../ingest/upload-shelf.ts";
import type { AskRow } from "../store/schema.ts";
import type { Peer } from "./peer.ts";

export interface UploadLimits {
  /** Connections of one sensor at once: a sensor needs one, and a second while the first one dies. */
  readonly connectionsPerSensor: number;
  /** What all uploads may take of the disk together. */
  readonly shelfBytes: number;
  /** What those of one sensor may take of it: the answers of the others have room whatever is asked of it. */
  readonly shelfBytesPerSensor: number;
  /** How long one request may take; a sensor sends at most 1 MiB in one. */
  readonly requestTimeoutMs: number;
  /** How long a connection may say nothing. */
  readonly idleTimeoutMs: number;
}

export const defaultUploadLimits: UploadLimits = {
  connectionsPerSensor: 4,
  shelfBytes: 4 * 1024 * 1024 * 1024,
  shelfBytesPerSensor: 1024 * 1024 * 1024,
  requestTimeoutMs: 300_000,
  idleTimeoutMs: 30_000,
};

export interface UploadServerParts {
  readonly shelf: UploadShelf;
  /** Why who came with a trusted certificate may not upload, in kebab case; null where he may. */
  readonly whyUnknown: (peer: Peer) => Promise<string | null>;
  readonly readAsk: (askId: string) => Promise<AskRow | null>;
  /** Ids of all that a sensor was asked. */
  readonly asksOf: (sensorId: string) => Promise<ReadonlySet<string>>;
  readonly refused: (sensorId: string, reason: string, error: string) => void;
  readonly log: Log;
  readonly limits?: Partial<UploadLimits>;
}

const pathPattern = new RegExp(`^${uploadPath(askIdPattern.slice(1, -1))}$`);
/** What the bytes of a part may be called; our sensors call them nothing. */
const plainTypes = new Set(["application/octet-stream", "application/offset+octet-stream"]);
const digestPattern = /^sha-256=:([A-Za-z0-9+/]{43}=):$/;

export class UploadServer {
  readonly #parts: UploadServerParts;
  readonly #limits: UploadLimits;
  /** Also of those that have ended, of which a request may still be dealt with. */
  readonly #peers = new WeakMap<object, Peer>();
  readonly #connected = new Map<Duplex, Peer>();
  readonly #connectionsBySensor = new Map<string, Set<Duplex>>();
  /** Requests that write, by ask: a newer one takes over from one whose connection is dead and does not know it. */
  readonly #writing = new Map<string, { readonly request: IncomingMessage; readonly ended: Promise<void> }>();

  constructor(parts: UploadServerParts) {
    this.#parts = parts;
    this.#limits = { ...defaultUploadLimits, ...parts.limits };
  }

  /** How long requests and silence may last. */
  get limits(): UploadLimits {
    return this.#limits;
  }

  /** Takes note of a sensor's connection; false where it has too many, and this one is not to be served. */
  accept(socket: Duplex, peer: Peer): boolean {
    const connections = this.#connectionsBySensor.get(peer.sensorId) ?? new Set();
    if (connections.size >= this.#limits.connectionsPerSensor) {
      this.#parts.refused(peer.sensorId, "upload-too-many", `${connections.size} connections are open`);
      return false;
    }
    this.#connectionsBySensor.set(peer.sensorId, connections.add(socket));
    socket.once("close", () => {
      connections.delete(socket);
      if (connections.size === 0) this.#connectionsBySensor.delete(peer.sensorId);
      this.#connected.delete(socket);
    });
    this.#connected.set(socket, peer);
    this.#peers.set(socket, peer);
    return true;
  }

  /** Who is connected. */
  get peers(): readonly Peer[] {
    return [...this.#connected.values()];
  }

  /** Ends the connections of some, whatever they are in the middle of. */
  end(isMeant: (peer: Peer) => boolean): void {
    for (const [socket, peer] of [...this.#connected]) if (isMeant(peer)) socket.destroy();
  }

  /** Answers one request on a connection that it has taken note of. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { log } = this.#parts;
    try {
      await this.#route(request, response);
    } catch (error) {
      // A connection that broke is the sensor's to mend: it asks how much is here, and goes on.
      if (!request.complete) {
        const peer = this.#peers.get(request.socket);
        this.#parts.refused(peer?.sensorId ?? "", "upload-broken-off", `from ${peer?.address ?? ""}`);
      }
      if (!request.destroyed) log.warn("an upload failed", { error: errorText(error) });
      if (!response.headersSent) end(response, 500);
      request.destroy();
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { whyUnknown, readAsk, shelf } = this.#parts;
    const peer = this.#peers.get(request.socket);
    const reason = peer === undefined ? "sensor-unknown" : await whyUnknown(peer);
    if (peer === undefined || reason !== null) {
      return this.#refuse(request, response, 403, reason ?? "sensor-unknown", `an upload from ${peer?.address ?? ""}`);
    }
    const askId = pathPattern.test(request.url ?? "") ? (request.url ?? "").slice(uploadPath("").length) : null;
    if (askId === null || (request.method !== "HEAD" && request.method !== "PATCH")) {
      return this.#refuse(request, response, 404, "upload-malformed", `${request.method} ${request.url}`);
    }
    const ask = await readAsk(askId);
    if (ask === null || ask.sensor_id !== peer.sensorId || ask.status !== "open") {
      return this.#refuse(request, response, 404, "upload-unknown-ask", `no open ask ${askId}`);
    }
    if (request.method === "PATCH") return this.#take(request, response, ask);
    const { sizeBytes } = await shelf.progress(askId);
    return end(response, 200, sizeBytes);
  }

  async #take(request: IncomingMessage, response: ServerResponse, ask: AskRow): Promise<void> {
    const { shelf } = this.#parts;
    const { headers } = request;
    const offset = countIn(headers["upload-offset"]);
    const wholeBytes = countIn(headers["upload-length"]);
    const bodyBytes = countIn(headers["content-length"]);
    if (offset === null || wholeBytes === null || bodyBytes === null || offset + bodyBytes > wholeBytes) {
      return this.#refuse(request, response, 400, "upload-malformed", "no fitting offset, length and content-length");
    }
    const { "content-type": type, "content-encoding": encoding } = headers;
    if (encoding !== undefined || (type !== undefined && !plainTypes.has(type))) {
      return this.#refuse(request, response, 415, "upload-wrong-type", `${type ?? ""} ${encoding ?? ""}`);
    }
    const mayBytes = Math.min(ask.max_upload_bytes ?? maxUploadBytes, maxUploadBytes);
    if (wholeBytes > mayBytes) {
      return this.#refuse(request, response, 413, "upload-too-large", `${wholeBytes} bytes, and ${mayBytes} may be`);
    }
    const digest = digestPattern.exec(String(headers["repr-digest"]))?.[1];
    const isLast = offset + bodyBytes === wholeBytes;
    if (isLast && digest === undefined) {
      return this.#refuse(request, response, 400, "upload-malformed", "the last part without its digest");
    }
    const release = await this.#takeOver(ask.id, request);
    try {
      const there = await shelf.progress(ask.id);
      if (there.isWhole || there.sizeBytes !== offset) {
        this.#parts.refused(ask.sensor_id, "upload-wrong-offset", `at ${offset}, and ${there.sizeBytes} are here`);
        request.resume();
        return end(response, 409, there.sizeBytes);
      }
      const declared = offset === 0 ? null : shelf.declaredBytes(ask.id);
      if (declared !== null && declared !== wholeBytes) {
        // It is another answer, or a lie: begun anew it may come.
        await shelf.remove(ask.id);
        return this.#refuse(request, response, 422, "upload-length-changed", `${wholeBytes} bytes, ${declared} before`);
      }
      const full = await this.#whatIsFull(ask, wholeBytes);
      if (full !== null) {
        return this.#refuse(request, response, 507, "upload-no-room", `${full} take as much room as they may`);
      }
      shelf.declare(ask.id, wholeBytes);
      await shelf.append(ask.id, offset, request, bodyBytes);
      const sha256 = Buffer.from(digest ?? "", "base64").toString("hex");
      if (isLast && !(await shelf.complete(ask.id, sha256))) {
        return this.#refuse(request, response, 422, "upload-damaged", "the digest does not fit what came");
      }
      return end(response, 204, offset + bodyBytes);
    } finally {
      release();
    }
  }

  /** Whose uploads leave no room for one more of that size; null where there is room. */
  async #whatIsFull({ id, sensor_id: sensorId }: AskRow, wholeBytes: number): Promise<string | null> {
    const { shelf, asksOf } = this.#parts;
    const { shelfBytes, shelfBytesPerSensor } = this.#limits;
    const own = await asksOf(sensorId);
    const bytesByAsk = await shelf.bytesByAsk();
    bytesByAsk.delete(id);
    let [all, its] = [wholeBytes, wholeBytes];
    for (const [askId, bytes] of bytesByAsk) {
      all += bytes;
      if (own.has(askId)) its += bytes;
    }
    if (its > shelfBytesPerSensor) return `uploads of ${sensorId}`;
    return all > shelfBytes ? "uploads" : null;
  }

  async #takeOver(askId: string, request: IncomingMessage): Promise<() => void> {
    for (let other = this.#writing.get(askId); other !== undefined; other = this.#writing.get(askId)) {
      other.request.destroy();
      await other.ended;
    }
    let release: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (release = resolve));
    this.#writing.set(askId, { request, ended });
    return () => {
      this.#writing.delete(askId);
      release();
    };
  }

  #refuse(request: IncomingMessage, response: ServerResponse, status: number, reason: string, text: string): void {
    const sensorId = this.#peers.get(request.socket)?.sensorId ?? "";
    this.#parts.refused(sensorId, reason, text.slice(0, 200));
    // What is still to come of it is nobody's: reading on only to throw it away would be work for whoever sends most.
    response.setHeader("connection", "close");
    end(response, status);
    request.resume();
  }
}

function end(response: ServerResponse, status: number, offset?: number): void {
  if (offset !== undefined) response.setHeader("upload-offset", offset);
  response.writeHead(status, { "content-length": 0 }).end();
}

function countIn(header: string | readonly string[] | undefined): number | null {
  if (typeof header !== "string" || !/^\d{1,15}$/.test(header)) return null;
  return Number(header);
}
