/**
 * The embedded MQTT broker: mutual TLS, one identity a connection, one prefix an identity. It
 * carries; what messages mean is the ingest's business. Nothing is kept here: what sensors retain
 * is in the store, and what the controller retains is published anew at each start.
 */
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { askTopic, topicOf, type DownChannel, type UpChannel } from "@cordon/contract";
import type { Log } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import type { Credentials } from "../fleet/authority.ts";
import { maySubscribe, rulePublish } from "./acl.ts";
import { defaultBrokerLimits, type BrokerLimits } from "./limits.ts";
import { MeteredStream } from "./metered-stream.ts";
import type { Peer } from "./upload-server.ts";

/** Whom the broker asks and tells. */
export interface BrokerPort {
  /** Whether a certificate of ours with that name and fingerprint may connect. */
  readonly isKnown: (sensorId: string, fingerprint: string) => Promise<boolean>;
  /** A sensor's connection stands. */
  readonly connected: (sensorId: string) => Promise<void>;
  /** Its connection is gone, and no newer one has taken its place. */
  readonly disconnected: (sensorId: string) => Promise<void>;
  /** A message on one of its up channels. While it is dealt with, that connection is not read further. */
  readonly message: (sensorId: string, channel: UpChannel, payload: Buffer) => Promise<void>;
  /** An answer to an ask. While it is dealt with, that connection is not read further. */
  readonly answer: (sensorId: string, askId: string, payload: Buffer) => Promise<void>;
  /** A connection that speaks HTTP, by its ALPN: the port's own from now on, until it is destroyed with the broker. */
  readonly http: (socket: TLSSocket, peer: Peer) => void;
  /** Something was not let through; `reason` is in kebab case. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

export interface BrokerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  /** PEM: who signs the sensors' certificates. */
  readonly authority: string;
  readonly limits?: Partial<BrokerLimits>;
  readonly log: Log;
}

function notAuthorised(message: string): AuthenticateError {
  return Object.assign(new ControllerError("not-authorised", message), { returnCode: 5 });
}

export class Broker {
  readonly #options: BrokerOptions;
  readonly #port: BrokerPort;
  readonly #limits: BrokerLimits;
  readonly #identities = new WeakMap<object, Peer>();
  readonly #sockets = new Set<TLSSocket>();
  #aedes: Aedes | null = null;
  #server: Server | null = null;

  constructor(options: BrokerOptions, port: BrokerPort) {
    this.#options = options;
    this.#port = port;
    this.#limits = { ...defaultBrokerLimits, ...options.limits };
  }

  /** Listens; gives the port it listens on. */
  async start(): Promise<number> {
    const limits = this.#limits;
    const aedes = await Aedes.createBroker({
      connectTimeout: limits.connectTimeoutMs,
      drainTimeout: limits.drainTimeoutMs,
      keepaliveLimit: limits.keepaliveSeconds,
      maxTopicLevels: limits.topicLevels,
      maxClientsIdLength: 63,
      maxInflightInbound: 1,
      preConnect: (client, packet, done) => {
        const sensorId = this.#sensorOf(client);
        const will = packet.will?.topic;
        if (will !== undefined && rulePublish(sensorId, will).kind !== "accept") {
          this.#port.refused(sensorId, "will-outside-prefix", `last will on ${will}`);
          done(new ControllerError("will-outside-prefix", `${sensorId} left a last will on ${will}`), false);
          return;
        }
        // The certificate names the client, whatever it calls itself: a second connection of a
        // sensor takes over from the first instead of standing beside it [MQTT-3.1.4-2].
        packet.clientId = sensorId;
        done(null, true);
      },
      authenticate: (client, _username, _password, done) => {
        const identity = this.#identities.get(client.conn);
        const known =
          identity === undefined ? Promise.resolve(false) : this.#port.isKnown(identity.sensorId, identity.fingerprint);
        known.then(
          (isKnown) => {
            if (isKnown) return done(null, true);
            this.#port.refused(
              this.#sensorOf(client),
              "unknown-sensor",
              "no sensor of that name and certificate is enrolled",
            );
            return done(notAuthorised("unknown sensor"), null);
          },
          (error: unknown) => done(notAuthorised(errorText(error)), null),
        );
      },
      authorizePublish: (client, packet, done) => {
        if (client === null) return done(null);
        const sensorId = this.#sensorOf(client);
        if (packet.qos === 2) return done(this.#refusal(sensorId, "exactly-once", `QoS 2 on ${packet.topic}`));
        const ruling = rulePublish(sensorId, packet.topic);
        if (ruling.kind === "refuse") return done(this.#refusal(sensorId, "publish-outside-prefix", packet.topic));
        // The store is the memory of what sensors say; a copy here would only grow.
        packet.retain = false;
        return done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const sensorId = this.#sensorOf(client);
        if (maySubscribe(sensorId, subscription.topic)) return done(null, subscription);
        this.#port.refused(sensorId, "subscribe-outside-prefix", subscription.topic.slice(0, 200));
        return done(null, null);
      },
      published: (packet, client, done) => {
        // Typed as always there, but absent for what the broker itself publishes.
        const sender = client as Client | null;
        if (sender === null) return done(null);
        const sensorId = this.#sensorOf(sender);
        const ruling = rulePublish(sensorId, packet.topic);
        if (ruling.kind === "ignore") this.#port.refused(sensorId, "unknown-channel", packet.topic.slice(0, 200));
        if (ruling.kind !== "accept" && ruling.kind !== "answer") return done(null);
        const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
        const taken =
          ruling.kind === "answer"
            ? this.#port.answer(sensorId, ruling.askId, payload)
            : this.#port.message(sensorId, ruling.channel, payload);
        taken.then(
          () => done(null),
          (error: unknown) => {
            this.#options.log.error("cannot take a message in", {
              sensorId,
              topic: packet.topic,
              error: errorText(error),
            });
            done(null);
          },
        );
        return undefined;
      },
    });
    aedes.on("clientReady", (client) => this.#tell(this.#port.connected(this.#sensorOf(client))));
    aedes.on("clientDisconnect", (client) => this.#tell(this.#port.disconnected(this.#sensorOf(client))));
    aedes.on("clientError", (client, error) => {
      this.#options.log.info("connection ended by an error", {
        sensorId: this.#sensorOf(client),
        error: error.message,
      });
    });
    aedes.on("connectionError", (_client, error) => {
      this.#options.log.info("connection refused", { error: error.message });
    });
    this.#aedes = aedes;
    return this.#listen(aedes);
  }

  /** Publishes to a sensor, retained and at least once. */
  publish(sensorId: string, channel: DownChannel, payload: string): Promise<void> {
    return this.#publish(topicOf(sensorId, channel), payload, true);
  }

  /** Publishes an ask, or the end of one, to a sensor: at least once while it is connected, and never to one that comes later. */
  publishAsk(sensorId: string, askId: string, payload: string): Promise<void> {
    return this.#publish(askTopic(sensorId, askId), payload, false);
  }

  #publish(topic: string, payload: string, retain: boolean): Promise<void> {
    const aedes = this.#aedes;
    if (aedes === null || aedes.closed) return Promise.resolve();
    const packet = { cmd: "publish", topic, payload, qos: 1, retain, dup: false } as const;
    return new Promise((resolve, reject) => {
      aedes.publish(packet, (error) => {
        if (error === undefined || error === null) resolve();
        else reject(new ControllerError("publish-failed", `cannot publish on ${topic}: ${error.message}`));
      });
    });
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    const aedes = this.#aedes;
    const server = this.#server;
    this.#aedes = null;
    this.#server = null;
    const isServerClosed =
      server === null ? Promise.resolve() : new Promise<void>((resolve) => server.close(() => resolve()));
    if (aedes !== null) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await isServerClosed;
  }

  #listen(aedes: Aedes): Promise<number> {
    const { credentials, authority, host, port, log } = this.#options;
    const server = createServer({
      cert: credentials.certificate,
      key: credentials.privateKey,
      ca: authority,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.3",
      ALPNProtocols: ["mqtt", "http/1.1"],
      handshakeTimeout: this.#limits.connectTimeoutMs,
    });
    server.maxConnections = this.#limits.connections;
    server.on("secureConnection", (socket) => this.#accept(aedes, socket));
    server.on("tlsClientError", (error) => log.info("handshake refused", { error: error.message }));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", (error) => {
        reject(
          new ControllerError("broker-unavailable", `cannot listen for sensors on ${host}:${port}: ${error.message}`, {
            cause: error,
          }),
        );
      });
      server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
    });
  }

  #accept(aedes: Aedes, socket: TLSSocket): void {
    const certificate = socket.getPeerCertificate();
    const name = certificate.subject?.CN;
    const sensorId = typeof name === "string" ? name : "";
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    const peer: Peer = { sensorId, fingerprint: certificate.fingerprint256 };
    if (socket.alpnProtocol === "http/1.1") {
      this.#port.http(socket, peer);
      return;
    }
    const stream: Duplex = new MeteredStream(socket, this.#limits.packetBytes, () => {
      this.#port.refused(sensorId, "packet-too-large", `a packet of more than ${this.#limits.packetBytes} bytes`);
    });
    this.#identities.set(stream, peer);
    aedes.handle(stream);
  }

  #sensorOf(client: Client): string {
    return this.#identities.get(client.conn)?.sensorId ?? "";
  }

  #refusal(sensorId: string, reason: string, error: string): ControllerError {
    this.#port.refused(sensorId, reason, error.slice(0, 200));
    return new ControllerError(reason, `${sensorId}: ${error.slice(0, 200)}`);
  }

  #tell(told: Promise<void>): void {
    told.catch((error: unknown) => this.#options.log.error("cannot note a connection", { error: errorText(error) }));
  }
}
