/**
 * The embedded MQTT broker: mutual TLS, one identity a connection, one prefix an identity. It
 * carries; what messages mean is the ingest's business. Nothing is kept here: what sensors retain
 * is in the store, and what the controller retains is published anew at each start.
 */
import type { Duplex } from "node:stream";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { askTopic, topicOf, type DownChannel, type UpChannel } from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText, foreignCode } from "../errors.ts";
import { maySubscribe, rulePublish } from "./acl.ts";
import type { BrokerLimits } from "./limits.ts";
import { MeteredStream } from "./metered-stream.ts";
import type { Peer } from "./peer.ts";
import { liveMs, TakeoverTrail } from "./takeover-trail.ts";

/** Whom the broker asks and tells. */
export interface BrokerPort {
  /** Why who came with a trusted certificate may not connect, in kebab case; null where he may. */
  readonly whyUnknown: (peer: Peer) => Promise<string | null>;
  /** A sensor's connection stands. */
  readonly connected: (sensorId: string) => Promise<void>;
  /** Its connection is gone, and no newer one has taken its place. */
  readonly disconnected: (sensorId: string) => Promise<void>;
  /** A message on one of its up channels. While it is dealt with, that connection is not read further. */
  readonly message: (sensorId: string, channel: UpChannel, payload: Buffer) => Promise<void>;
  /** An answer to an ask. While it is dealt with, that connection is not read further. */
  readonly answer: (sensorId: string, askId: string, payload: Buffer) => Promise<void>;
  /** Resolves when what it will be sent as its wish has been weighed against everything that it has said so far. */
  readonly settled: (sensorId: string) => Promise<void>;
  /** Whether it is to be sent no wish now, be it one of before; the next one comes by itself. */
  readonly keepsBack: (sensorId: string) => boolean;
  /** Something was not let through; `reason` is in kebab case. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

export interface BrokerOptions {
  readonly limits: BrokerLimits;
  readonly ambient: Ambient;
}

// What a line held up for so long passes at once when it is back.
const burstSeconds = 5;

/** What aedes says where a line died or dawdles. */
const lineFaults = /^(connection closed|keep alive timeout|drain timeout|connect did not arrive in time)$/;

interface Connection {
  readonly peer: Peer;
  /** When the last bytes came, epoch milliseconds. */
  heardAt: number;
  /** Messages that were let in and are not dealt with. */
  inFlight: number;
  /** How many on channels were let in, and dealt with, since it began: one after the other, as they came. */
  letIn: number;
  dealtWith: number;
  /** Called each time one of them was. */
  readonly watchers: Set<() => void>;
}

function notAuthorised(message: string): AuthenticateError {
  return Object.assign(new ControllerError("not-authorised", message), { returnCode: 5 });
}

export class Broker {
  readonly #options: BrokerOptions;
  readonly #port: BrokerPort;
  /** By stream; also of those that have ended, of which the last will is still to be weighed. */
  readonly #connections = new WeakMap<object, Connection>();
  readonly #streams = new Set<Duplex>();
  /** Who was let in last, while he is there. */
  readonly #standing = new Map<string, Connection>();
  readonly #takeovers = new TakeoverTrail();
  #aedes: Aedes | null = null;

  constructor(options: BrokerOptions, port: BrokerPort) {
    this.#options = options;
    this.#port = port;
  }

  /** Gets ready for connections. */
  async start(): Promise<void> {
    const { limits } = this.#options;
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
          done(this.#refusal(sensorId, "will-outside-prefix", `last will on ${will}`), false);
          return;
        }
        // The certificate names the client, whatever it calls itself: a second connection of a
        // sensor takes over from the first instead of standing beside it [MQTT-3.1.4-2].
        packet.clientId = sensorId;
        // Nothing is kept for who is away: what he must know is in the store, and asks are told again after his hello.
        packet.clean = true;
        done(null, true);
      },
      authenticate: (client, _username, _password, done) => {
        const connection = this.#connections.get(client.conn);
        if (connection === undefined) return done(notAuthorised("no such connection"), null);
        const { peer } = connection;
        this.#port.whyUnknown(peer).then(
          (reason) => {
            if (reason === null) {
              this.#noteTakeover(connection);
              return done(null, true);
            }
            this.#port.refused(peer.sensorId, reason, `from ${peer.address}`);
            return done(notAuthorised(reason), null);
          },
          (error: unknown) => done(notAuthorised(errorText(error)), null),
        );
        return undefined;
      },
      authorizePublish: (client, packet, done) => {
        if (client === null) return done(null);
        const sensorId = this.#sensorOf(client);
        if (packet.qos === 2) return done(this.#refusal(sensorId, "exactly-once", `QoS 2 on ${packet.topic}`));
        if (Buffer.byteLength(packet.topic) > limits.topicBytes) {
          return done(this.#refusal(sensorId, "topic-too-long", packet.topic));
        }
        const ruling = rulePublish(sensorId, packet.topic);
        if (ruling.kind === "refuse") return done(this.#refusal(sensorId, "publish-outside-prefix", packet.topic));
        const connection = this.#connections.get(client.conn);
        if (connection !== undefined && connection.inFlight >= limits.inFlight) {
          return done(this.#refusal(sensorId, "too-many-in-flight", `${limits.inFlight} wait already`));
        }
        if (connection !== undefined) {
          connection.inFlight += 1;
          if (ruling.kind === "accept") connection.letIn += 1;
        }
        // The store is the memory of what sensors say; a copy here would only grow.
        packet.retain = false;
        return done(null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const sensorId = this.#sensorOf(client);
        if (maySubscribe(sensorId, subscription.topic)) {
          if (subscription.topic !== topicOf(sensorId, "desired")) return done(null, subscription);
          const connection = this.#connections.get(client.conn);
          // Who is refused comes again. Whoever had orders of before what he holds was weighed could lose a quarantine by them.
          void this.#weighed(sensorId, connection).then((isWeighed) => done(null, isWeighed ? subscription : null));
          return undefined;
        }
        this.#port.refused(sensorId, "subscribe-outside-prefix", subscription.topic.slice(0, 200));
        return done(null, null);
      },
      authorizeForward: (client, packet) => {
        const sensorId = this.#sensorOf(client);
        return packet.topic === topicOf(sensorId, "desired") && this.#port.keepsBack(sensorId) ? null : packet;
      },
      published: (packet, client, done) => {
        // Typed as always there, but absent for what the broker itself publishes.
        const sender = client as Client | null;
        if (sender === null) return done(null);
        const connection = this.#connections.get(sender.conn);
        const sensorId = this.#sensorOf(sender);
        const ruling = rulePublish(sensorId, packet.topic);
        const dealtWith = () => {
          if (connection !== undefined) {
            connection.inFlight -= 1;
            if (ruling.kind === "accept") connection.dealtWith += 1;
            for (const watcher of connection.watchers) watcher();
          }
          done(null);
        };
        if (ruling.kind === "ignore") this.#port.refused(sensorId, "unknown-channel", packet.topic.slice(0, 200));
        if (ruling.kind !== "accept" && ruling.kind !== "answer") return dealtWith();
        const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
        const taken =
          ruling.kind === "answer"
            ? this.#port.answer(sensorId, ruling.askId, payload)
            : this.#port.message(sensorId, ruling.channel, payload);
        taken.then(dealtWith, (error: unknown) => {
          const { topic } = packet;
          this.#options.ambient.log.error("cannot take a message in", { sensorId, topic, error: errorText(error) });
          dealtWith();
        });
        return undefined;
      },
    });
    aedes.on("clientReady", (client) => this.#tell(this.#port.connected(this.#sensorOf(client))));
    aedes.on("clientDisconnect", (client) => this.#tell(this.#port.disconnected(this.#sensorOf(client))));
    aedes.on("clientError", (client, error) => {
      this.#options.ambient.log.info("connection ended by an error", {
        sensorId: this.#sensorOf(client),
        error: error.message,
      });
      this.#noteFault(client, error);
    });
    aedes.on("connectionError", (client, error) => {
      this.#options.ambient.log.info("connection refused", { error: error.message });
      this.#noteFault(client, error);
    });
    this.#aedes = aedes;
  }

  /** Takes over a connection whose certificate is trusted. */
  accept(socket: Duplex, peer: Peer): void {
    const { limits, ambient } = this.#options;
    const aedes = this.#aedes;
    if (aedes === null) {
      socket.destroy();
      return;
    }
    const { sensorId } = peer;
    const stream: Duplex = new MeteredStream(socket, {
      packetBytes: limits.packetBytes,
      pace: { packetsPerSecond: limits.packetsPerSecond, bytesPerSecond: limits.bytesPerSecond, burstSeconds },
      clock: ambient.clock,
      onFault: (fault) =>
        fault === "packet-too-large"
          ? this.#port.refused(sensorId, fault, `a packet of more than ${limits.packetBytes} bytes`)
          : this.#port.refused(sensorId, "protocol-error", "a packet that no client sends"),
      onTooFast: (waitMs) => this.#port.refused(sensorId, "too-fast", `read again after ${waitMs} ms; nothing is lost`),
    });
    const connection: Connection = {
      ...{ peer, heardAt: ambient.clock.now(), inFlight: 0, letIn: 0, dealtWith: 0, watchers: new Set() },
    };
    socket.on("data", () => (connection.heardAt = ambient.clock.now()));
    this.#connections.set(stream, connection);
    this.#streams.add(stream);
    stream.once("close", () => {
      this.#streams.delete(stream);
      if (this.#standing.get(sensorId) === connection) this.#standing.delete(sensorId);
    });
    aedes.handle(stream);
  }

  /** Who is connected now. */
  get peers(): readonly Peer[] {
    return [...this.#streams].flatMap((stream) => this.#connections.get(stream)?.peer ?? []);
  }

  /** Ends the connections of those who are meant. */
  end(isMeant: (peer: Peer) => boolean): void {
    for (const stream of this.#streams) {
      const peer = this.#connections.get(stream)?.peer;
      if (peer === undefined || isMeant(peer)) stream.destroy();
    }
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

  /** Ends every connection. */
  async close(): Promise<void> {
    const aedes = this.#aedes;
    this.#aedes = null;
    if (aedes !== null) await new Promise<void>((resolve) => aedes.close(() => resolve()));
    this.end(() => true);
  }

  /**
   * Resolves when everything that came on a connection so far is dealt with and what it led to is ready to be sent: whoever asks
   * for its orders after it has told what it holds gets none from before that. False where that takes too long; never rejects.
   */
  async #weighed(sensorId: string, connection: Connection | undefined): Promise<boolean> {
    const { ambient, limits } = this.#options;
    const late = Promise.withResolvers<false>();
    const cancel = ambient.clock.after(limits.weighingMs, () => late.resolve(false));
    const dealtWith = Promise.withResolvers<void>();
    const upTo = connection?.letIn ?? 0;
    const look = () => {
      if ((connection?.dealtWith ?? 0) >= upTo) dealtWith.resolve();
    };
    connection?.watchers.add(look);
    look();
    const settled = dealtWith.promise.then(() => this.#port.settled(sensorId)).then(() => true);
    const isWeighed = await Promise.race([settled, late.promise]).catch((error: unknown) => {
      ambient.log.error("cannot tell whether a wish is weighed", { sensorId, error: errorText(error) });
      return false;
    });
    connection?.watchers.delete(look);
    cancel();
    if (!isWeighed) ambient.log.warn("what a sensor holds is not weighed; it is to ask again", { sensorId });
    return isWeighed;
  }

  #sensorOf(client: Client): string {
    return this.#connections.get(client.conn)?.peer.sensorId ?? "";
  }

  /** Whoever is let in takes the place of the one before; of two that do it by turns the second is told, also where it says nothing. */
  #noteTakeover(connection: Connection): void {
    const { sensorId, address } = connection.peer;
    const now = this.#options.ambient.clock.now();
    const before = this.#standing.get(sensorId);
    this.#standing.set(sensorId, connection);
    if (before === undefined || now - before.heardAt >= liveMs || !this.#takeovers.isContested(sensorId, now)) return;
    const text = `the connection from ${before.peer.address} was taken over from ${address}`;
    this.#port.refused(sensorId, "identity-in-two-places", text);
  }

  /** Counts what is no MQTT, or none that a sensor speaks. What we refused is counted already, and a line that broke is nobody's doing. */
  #noteFault(client: Client, error: Error): void {
    if (error instanceof ControllerError || foreignCode(error) !== null || lineFaults.test(error.message)) return;
    this.#port.refused(this.#sensorOf(client), "protocol-error", error.message.slice(0, 200));
  }

  #refusal(sensorId: string, reason: string, error: string): ControllerError {
    this.#port.refused(sensorId, reason, error.slice(0, 200));
    return new ControllerError(reason, `${sensorId}: ${error.slice(0, 200)}`);
  }

  #tell(told: Promise<void>): void {
    told.catch((error: unknown) =>
      this.#options.ambient.log.error("cannot note a connection", { error: errorText(error) }),
    );
  }
}
