/**
 * The one kind of port that sensors come to: TLS 1.3, MQTT and HTTPS told apart by ALPN (RFC 7301), so that a
 * sensor whose network lets out nothing but 443 finds both there. Who connects is found out here; what he may
 * do is the business of whoever gets the connection.
 */
import { X509Certificate } from "node:crypto";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer, type Server as TlsServer, type TLSSocket } from "node:tls";
import { httpProtocol, mqttProtocol, type Credentials } from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { HandshakeGate } from "./handshake-gate.ts";
import type { BrokerLimits } from "./limits.ts";
import { peerOf, type Peer } from "./peer.ts";
import { isOwnAddress, sourceOf } from "./source.ts";

export interface SensorPortOptions {
  readonly credentials: Credentials;
  /** PEM: who signs the sensors' certificates. */
  readonly authority: string;
  readonly limits: BrokerLimits;
  readonly ambient: Ambient;
  /** Takes an MQTT connection of a sensor whose certificate is trusted. */
  readonly mqtt: (socket: TLSSocket, peer: Peer) => void;
  /** Takes an HTTP connection, of whomever. */
  readonly http: (socket: TLSSocket, peer: Peer) => void;
  /** A connection was not let in; `reason` is in kebab case. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

/** CONNACK, "not authorised" [MQTT-3.2.2-4]. */
const notAuthorised = Buffer.from([0x20, 0x02, 0x00, 0x05]);

const mqttRefusals = {
  none: ["no-certificate", "no certificate came"],
  foreign: ["foreign-certificate", "the certificate is not of this controller's authority"],
  expired: ["certificate-expired", "the certificate's time is over"],
} as const;

export class SensorPort {
  readonly #options: SensorPortOptions;
  readonly #authority: X509Certificate;
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #socketsBySource = new Map<string, number>();
  readonly #gate: HandshakeGate<{ readonly socket: Socket; readonly server: TlsServer }>;
  #strangers = 0;
  #isClosed = false;

  constructor(options: SensorPortOptions) {
    this.#options = options;
    this.#authority = new X509Certificate(options.authority);
    const { handshakesAtOnce, handshakePlaceMs, handshakeWaitMs } = options.limits;
    this.#gate = new HandshakeGate({
      ...{ atOnce: handshakesAtOnce, placeMs: handshakePlaceMs, waitMs: handshakeWaitMs },
      begin: ({ socket, server }) => {
        if (!socket.destroyed) server.emit("connection", socket);
      },
      turnAway: ({ socket }) => {
        if (!this.#isClosed) options.refused("", "too-busy", `${this.#gate.waiting} wait for their handshake`);
        socket.destroy();
      },
      monotonic: () => performance.now(),
    });
  }

  /** Listens there as well; gives the port, which 0 leaves to the kernel. Rejects with `broker-unavailable`. */
  listen(port: number, host: string): Promise<number> {
    const { credentials, authority, limits, ambient } = this.#options;
    const tls = createServer({
      cert: credentials.certificate + authority,
      key: credentials.privateKey,
      ca: authority,
      requestCert: true,
      // A box that enrols has none yet, one that lay in a drawer an old one. MQTT takes neither.
      rejectUnauthorized: false,
      minVersion: "TLSv1.3",
      ALPNProtocols: [mqttProtocol, httpProtocol],
      handshakeTimeout: limits.connectTimeoutMs,
    });
    tls.on("secureConnection", (socket) => {
      this.#gate.ended();
      this.#sort(socket);
    });
    tls.on("tlsClientError", (error, socket) => {
      this.#gate.ended();
      this.#options.refused("", "handshake-failed", error.message);
      ambient.log.info("handshake refused", { error: error.message });
      socket.destroy();
    });
    // What waits for its turn is not read, and costs next to nothing.
    const server = createTcpServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#admit(socket, tls));
    return new Promise((resolve, reject) => {
      server.once("error", (error) => {
        reject(
          new ControllerError("broker-unavailable", `cannot listen for sensors on ${host}:${port}: ${error.message}`, {
            cause: error,
          }),
        );
      });
      server.listen({ port, host, backlog: limits.connections }, () => {
        this.#servers.push(server);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#gate.close();
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  /** Before anything is read or computed for it. */
  #admit(socket: Socket, server: TlsServer): void {
    const { limits, refused } = this.#options;
    const source = sourceOf(socket.remoteAddress);
    const ofSource = this.#socketsBySource.get(source) ?? 0;
    const most = isOwnAddress(source) ? limits.connections : limits.connectionsPerAddress;
    if (this.#isClosed || this.#sockets.size >= limits.connections || ofSource >= most) {
      if (!this.#isClosed) refused("", "too-many-connections", `${this.#sockets.size} stand, ${ofSource} of ${source}`);
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    this.#socketsBySource.set(source, ofSource + 1);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      const left = (this.#socketsBySource.get(source) ?? 1) - 1;
      if (left > 0) this.#socketsBySource.set(source, left);
      else this.#socketsBySource.delete(source);
    });
    this.#gate.admit({ socket, server });
  }

  #sort(socket: TLSSocket): void {
    const { ambient, limits, mqtt, http, refused } = this.#options;
    // Whoever gets it has his own; until then a reset is nobody's fault.
    socket.on("error", () => undefined);
    let peer: Peer;
    try {
      peer = peerOf(socket, this.#authority, ambient.clock.now());
    } catch (error) {
      refused("", "odd-certificate", errorText(error));
      socket.destroy();
      return;
    }
    if (peer.standing !== "trusted") {
      if (this.#strangers >= limits.strangers) {
        refused("", "too-many-strangers", `${this.#strangers} without a certificate that counts`);
        socket.destroy();
        return;
      }
      this.#strangers += 1;
      const cancel = ambient.clock.after(limits.strangerMs, () => socket.destroy());
      socket.once("close", () => {
        this.#strangers -= 1;
        cancel();
      });
    }
    if (socket.alpnProtocol === httpProtocol) return http(socket, peer);
    // Sensors of before name no protocol, and mean MQTT.
    if (peer.standing === "trusted") return mqtt(socket, peer);
    const [reason, text] = mqttRefusals[peer.standing];
    refused(peer.sensorId, reason, `${text}; from ${peer.address}`);
    // Said as an answer to CONNECT, so that a sensor knows that it is not the line.
    socket.once("data", () => socket.end(notAuthorised, () => socket.destroySoon()));
    return undefined;
  }
}
