/**
 * What sensors ask by HTTPS, on the port of the broker: who asks is known from the handshake. Certificates are for
 * everybody who has reason to ask for one; all else is uploads and bundles, and for sensors whose certificate is trusted alone.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { enrolmentPath, renewalPath } from "@cordon/contract";
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import type { Ambient } from "../ambient.ts";
import type { BundleServer } from "../broker/bundle-server.ts";
import type { Peer } from "../broker/peer.ts";
import type { UploadServer } from "../broker/upload-server.ts";
import { errorText, foreignCode } from "../errors.ts";
import { enrolmentRoutes, type EnrolmentRouteParts } from "./enrolment-routes.ts";
import { sendRefusal } from "./refusal.ts";

export interface SensorApiParts extends EnrolmentRouteParts {
  readonly ambient: Ambient;
  readonly uploads: Pick<UploadServer, "accept" | "answer" | "limits">;
  readonly bundles: Pick<BundleServer, "isFor" | "answer">;
}

// A token and a request for a certificate are a fifth of it.
const bodyLimitBytes = 8 * 1024;
const certificatePaths = new Set([enrolmentPath, renewalPath]);

export class SensorApi {
  readonly #app: FastifyInstance;
  readonly #peers: WeakMap<object, Peer>;

  readonly #uploads: SensorApiParts["uploads"];

  private constructor(app: FastifyInstance, peers: WeakMap<object, Peer>, uploads: SensorApiParts["uploads"]) {
    this.#app = app;
    this.#peers = peers;
    this.#uploads = uploads;
  }

  static async build(parts: SensorApiParts): Promise<SensorApi> {
    const peers = new WeakMap<object, Peer>();
    const over = new WeakSet<object>();
    const uploading = new WeakSet<object>();
    const { ambient, refused, uploads, bundles } = parts;
    const { idleTimeoutMs, requestTimeoutMs } = uploads.limits;
    const times = {
      maxHeaderSize: 4096,
      headersTimeout: Math.min(10_000, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: idleTimeoutMs,
      // Refused here, where it is counted.
      requireHostHeader: false,
    };
    const odd = (request: IncomingMessage) => {
      const peer = peers.get(request.socket);
      const { host = "", expect = "" } = request.headers;
      const text = `${request.method}, host "${host}", expect "${expect}"`.slice(0, 200);
      if (peer?.standing === "trusted") refused(peer.sensorId, "upload-malformed", text);
      else refused("", "http-malformed", text);
    };
    const app = fastify({
      // It listens nowhere: connections are handed to it.
      serverFactory: (handler) =>
        createServer(times, (request, response) => {
          if (request.headers.host === undefined) {
            odd(request);
            response.writeHead(400, { connection: "close" }).end();
            return;
          }
          const peer = peers.get(request.socket);
          if (peer?.standing !== "trusted" || certificatePaths.has(request.url ?? "")) {
            handler(request, response);
            return;
          }
          if (bundles.isFor(request.url ?? "")) {
            void bundles.answer(request, response, peer);
            return;
          }
          uploading.add(request.socket);
          void uploads.answer(request, response).finally(() => uploading.delete(request.socket));
        }).setTimeout(idleTimeoutMs),
      bodyLimit: bodyLimitBytes,
      logger: false,
      trustProxy: false,
      clientErrorHandler: (error, socket) => {
        // What comes after the first fault, or after an answer, is nobody's.
        if (foreignCode(error) === "ECONNRESET" || over.has(socket)) return;
        // One that breaks off in the middle is told by its reader.
        if (foreignCode(error) === "HPE_INVALID_EOF_STATE" && uploading.has(socket)) {
          socket.destroy();
          return;
        }
        over.add(socket);
        const peer = peers.get(socket);
        if (peer?.standing === "trusted") refused(peer.sensorId, "upload-malformed", "what came is no HTTP");
        else refused("", "http-malformed", errorText(error));
        socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n");
      },
    });
    // What a body must look like, the contract says.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    app.addHook("onRequest", (_request, reply, done) => {
      reply.header("cache-control", "no-store");
      // One question, one answer: a box comes twice a month.
      reply.header("connection", "close");
      done();
    });
    app.addHook("onSend", (request, _reply, _payload, done) => {
      over.add(request.raw.socket);
      done();
    });
    app.setNotFoundHandler((request, reply) => {
      refused("", "http-unknown-route", `${request.method} ${request.url.slice(0, 200)}`);
      return sendRefusal(reply, 404, "enrolment-malformed");
    });
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const { statusCode = 500 } = error;
      if (statusCode < 400 || statusCode > 499) {
        ambient.log.error("a sensor's request failed", { url: request.url, error: errorText(error) });
        return reply.status(500).send();
      }
      const code = statusCode === 413 ? "enrolment-too-large" : "enrolment-malformed";
      refused("", code, errorText(error));
      return sendRefusal(reply, statusCode, code);
    });
    enrolmentRoutes(app, parts, (request) => peerOfRequest(peers, request));
    await app.ready();
    // Without these Node ends them by itself, and nobody hears of it.
    app.server.on("connect", (request, socket) => {
      odd(request);
      socket.destroy();
    });
    app.server.on("checkExpectation", (request, response) => {
      odd(request);
      response.writeHead(417, { connection: "close" }).end();
    });
    // Node ends requests that last too long only once a server listens.
    app.server.emit("listening");
    return new SensorApi(app, peers, uploads);
  }

  /** Takes over a connection on which HTTP is spoken. */
  accept(socket: Duplex, peer: Peer): void {
    if (peer.standing === "trusted" && !this.#uploads.accept(socket, peer)) {
      socket.destroy();
      return;
    }
    this.#peers.set(socket, peer);
    this.#app.server.emit("connection", socket);
  }

  async close(): Promise<void> {
    await this.#app.close();
    this.#app.server.close();
  }
}

function peerOfRequest(peers: WeakMap<object, Peer>, request: FastifyRequest): Peer {
  const none: Peer = { standing: "none", sensorId: "", fingerprint: "", keyHash: "", address: "" };
  return peers.get(request.raw.socket) ?? none;
}
