/**
 * The one kind of port that sensors come to: TLS 1.3, MQTT and HTTPS told apart by ALPN (RFC 7301), so that a
 * sensor whose network lets out nothing but 443 finds both there. Who connects is found out here; what he may
 * do is the business of whoever gets the connection.
 */
import { X509Certificate } from "node:crypto";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { httpProtocol, mqttProtocol, type Credentials } from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { Crowd } from "./crowd.ts";
import { Forecourt } from "./forecourt.ts";
import type { BrokerLimits } from "./limits.ts";
import { peerOf, type Peer } from "./peer.ts";
import { sourceOf } from "./source.ts";

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

// Connections that the kernel holds until they are taken; it holds no more than its own bound (net.core.somaxconn).
const backlog = 4_096;

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
  readonly #forecourt: Forecourt;
  readonly #strangers = new Crowd<TLSSocket>();
  /** Those of sensors, by which; each sensor's in the order in which they came. */
  readonly #sensors = new Crowd<TLSSocket>();

  constructor(options: SensorPortOptions) {
    this.#options = options;
    this.#authority = new X509Certificate(options.authority);
    this.#forecourt = new Forecourt(options);
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
      this.#forecourt.passed(socket);
      this.#sort(socket);
    });
    tls.on("tlsClientError", (error, socket) => {
      // OpenSSL's own word for it; the whole message is for whoever builds it.
      const { reason = error.message } = error as { readonly reason?: string };
      this.#options.refused(
        "",
        "handshake-failed",
        `${reason}, from ${socket.remoteAddress ?? "an address that is gone"}`,
      );
      ambient.log.info("handshake refused", { error: error.message });
      socket.destroy();
    });
    const begin = (socket: Socket) => tls.emit("connection", socket);
    // What waits for its turn is not read further, and costs next to nothing.
    const server = createTcpServer({ noDelay: true, highWaterMark: 1 }, (socket) =>
      this.#forecourt.admit(socket, begin),
    );
    return new Promise((resolve, reject) => {
      server.once("error", (error) => {
        reject(
          new ControllerError("broker-unavailable", `cannot listen for sensors on ${host}:${port}: ${error.message}`, {
            cause: error,
          }),
        );
      });
      server.listen({ port, host, backlog }, () => {
        this.#servers.push(server);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.#forecourt.close();
    for (const socket of [...this.#strangers, ...this.#sensors]) socket.destroy();
    await Promise.all(closed);
  }

  #sort(socket: TLSSocket): void {
    const { ambient, mqtt, http, refused } = this.#options;
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
    const hasRoom = peer.standing === "trusted" ? this.#seat(socket, peer) : this.#tolerate(socket, peer);
    if (!hasRoom) {
      socket.destroy();
      return;
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

  /** A sensor's connection; false where there is no room for it. */
  #seat(socket: TLSSocket, { sensorId, address }: Peer): boolean {
    const { limits, refused } = this.#options;
    if (this.#sensors.countOf(sensorId) >= limits.connectionsPerSensor) {
      // Of a sensor that comes again and again the old ones are those that nobody holds any more.
      refused(sensorId, "too-many-connections", `${limits.connectionsPerSensor} of it stand, one more from ${address}`);
      sendAway(this.#sensors, sensorId);
    } else if (this.#sensors.size >= limits.connections) {
      refused(sensorId, "too-many-connections", `${this.#sensors.size} of sensors stand`);
      return false;
    }
    this.#forecourt.know(sourceOf(address));
    this.#sensors.add(socket, sensorId);
    socket.once("close", () => this.#sensors.delete(socket));
    return true;
  }

  /** One without a certificate that counts, for a while; false where there is no room for it. */
  #tolerate(socket: TLSSocket, { address }: Peer): boolean {
    const { ambient, limits, refused } = this.#options;
    const source = sourceOf(address);
    if (this.#strangers.size >= limits.strangers) {
      const fattest = this.#strangers.fattest() ?? source;
      refused("", "too-many-strangers", `${this.#strangers.size} without a certificate that counts`);
      if (this.#strangers.countOf(source) + 1 >= this.#strangers.countOf(fattest)) return false;
      sendAway(this.#strangers, fattest);
    }
    this.#strangers.add(socket, source);
    const cancel = ambient.clock.after(limits.strangerMs, () => socket.destroy());
    socket.once("close", () => {
      this.#strangers.delete(socket);
      cancel();
    });
    return true;
  }
}

function sendAway(crowd: Crowd<TLSSocket>, source: string): void {
  const oldest = crowd.oldestOf(source);
  if (oldest === undefined) return;
  crowd.delete(oldest);
  oldest.destroy();
}
