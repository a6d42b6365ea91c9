import type { TLSSocket } from "node:tls";
import { MqttClient } from "mqtt";
import {
  answerTopic,
  askIdIn,
  asksFilter,
  contractVersion,
  mqttProtocol,
  topicOf,
  type Channel,
  type Hello,
  type SiteProfile,
  type Presence,
  type Pulse,
  type Reported,
  type Walk,
} from "@cordon/contract";
import type { Logger } from "pino";
import { Contest } from "./contest.ts";
import type { Dialer } from "./dialer.ts";
import type { Identity } from "./identity.ts";
import { retryDelayMs, type RetryPolicy } from "./jitter.ts";

export interface LinkLimits {
  readonly retry: RetryPolicy;
  /** How long TCP and TLS may take at each port, and CONNACK after them. */
  readonly connectTimeoutMs: number;
  /** Shorter finds a dead line sooner, and keeps the address translation of a router awake. */
  readonly keepaliveSeconds: number;
  /** QoS 1 messages without their acknowledgement; beyond it nothing is accepted, nothing queued. */
  readonly maxInFlight: number;
  /** How long a connection waits for a first report of what the box holds before it asks for its orders without one. */
  readonly reportPatienceMs: number;
  /** Payloads from the controller beyond it end the connection. */
  readonly maxPayloadBytes: number;
}

export const defaultLinkLimits: LinkLimits = {
  retry: { baseMs: 500, maxMs: 30_000 },
  connectTimeoutMs: 10_000,
  keepaliveSeconds: 15,
  maxInFlight: 16,
  reportPatienceMs: 10_000,
  maxPayloadBytes: 4 * 1024 * 1024,
};

export interface LinkOptions {
  readonly profile: Pick<SiteProfile, "sensor">;
  readonly dialer: Pick<Dialer, "dial">;
  /** Asked before every attempt; while there is none nothing is tried, until {@link Link.wake}. */
  readonly identity: () => Identity | null;
  readonly bootId: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly log: Logger;
  /** Asked after every connect, and when it is to be told again. */
  readonly hello: () => Hello;
  /** Of the document in effect; null while nobody can say what the box holds. */
  readonly reported: () => Reported | null;
  readonly onDesired: (payload: Uint8Array) => void;
  readonly onStored: (payload: Uint8Array) => void;
  /** The box may be its own centre, or may no longer. Default nobody is told. */
  readonly onDelegation?: (payload: Uint8Array) => void;
  /** An ask came, or the end of one. Default nobody is asked. */
  readonly onAsk?: (askId: string, payload: Uint8Array) => void;
  readonly onChange?: (isConnected: boolean) => void;
  /** The broker knows the certificate's authority and takes no sensor with this certificate. */
  readonly onRefused?: () => void;
  readonly limits?: Partial<LinkLimits>;
}

/**
 * The connection to the controller's broker: MQTT 3.1.1 over mutual TLS. Every attempt is a new
 * client that keeps nothing of the one before: what must survive is in the spool, the rest is told
 * anew after each connect. A broker may refuse the certificate by closing, without an error, so
 * the close decides and errors are merely logged.
 */
export class Link {
  readonly #options: LinkOptions;
  readonly #limits: LinkLimits;
  #client: MqttClient | null = null;
  #dialing: AbortController | null = null;
  #isStarted = false;
  #isConnected = false;
  #isClosed = false;
  #failures = 0;
  #retry: NodeJS.Timeout | null = null;
  #lastError: string | null = null;
  readonly #contest = new Contest();
  #inFlight = 0;
  /** Runs while a connection waits for a first report before it asks for its orders. */
  #patience: NodeJS.Timeout | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#limits = { ...defaultLinkLimits, ...options.limits };
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Why the last attempt failed, for a log or a screen; null where it did not. */
  get lastError(): string | null {
    return this.#lastError;
  }

  /** Whether somebody else with the key of this box takes its place by turns, as far as it shows from here. */
  get isContested(): boolean {
    return this.#contest.isOn(this.#options.now());
  }

  start(): void {
    this.#isStarted = true;
    if (this.#retry === null) this.wake();
  }

  /** Tries at once: the box has another identity, or has one at last. */
  wake(): void {
    if (!this.#isStarted || this.#isClosed || this.#client !== null || this.#dialing !== null) return;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#attempt();
  }

  /** Says good-bye where it can, within a second. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#dialing?.abort();
    const client = this.#client;
    if (client === null) return;
    const said = this.#isConnected
      ? new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1000);
          client.publish(this.#topic("presence"), JSON.stringify(this.#presence("offline")), retained, () => {
            clearTimeout(timer);
            resolve();
          });
        })
      : Promise.resolve();
    await said;
    await new Promise<void>((resolve) => {
      if (!this.#isConnected) {
        client.end(true, () => resolve());
        return;
      }
      const timer = setTimeout(() => client.end(true, () => resolve()), 1000);
      client.end(false, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** False where it was not taken: offline, or too much is under way. The newest report is told after the next connect. */
  publishReported(reported: Reported): boolean {
    const isTaken = this.#publish("reported", JSON.stringify(reported), retained);
    if (isTaken && this.#client !== null && this.#impatient()) this.#subscribe(this.#client);
    return isTaken;
  }

  /** For what became known after the connect. False as in {@link publishReported}. */
  publishHello(): boolean {
    return this.#publish("hello", JSON.stringify(this.#options.hello()), retained);
  }

  publishNotices(payload: string): boolean {
    return this.#publish("notices", payload, { qos: 1 });
  }

  /** False as in {@link publishReported}; `confirmed` is called when the broker has it, and never after a lost connection. */
  publishAnswer(askId: string, payload: string, confirmed: () => void): boolean {
    const topic = answerTopic(this.#options.profile.sensor, askId);
    return this.#publishTo(topic, payload, { qos: 1 }, confirmed);
  }

  /** Lost where the line is not there. */
  publishPulse(pulse: Pulse): void {
    this.#publishLive("pulse", pulse);
  }

  /** Lost where the line is not there: the next one tells the same again. */
  publishWalk(walk: Walk): void {
    this.#publishLive("walk", walk);
  }

  #publishLive(channel: "pulse" | "walk", message: Pulse | Walk): void {
    if (!this.#isConnected || this.#client === null || this.#client.stream.writableNeedDrain) return;
    this.#client.publish(this.#topic(channel), JSON.stringify(message), { qos: 0 });
  }

  #attempt(): void {
    const identity = this.#options.identity();
    if (identity === null) return;
    const dialing = (this.#dialing = new AbortController());
    const { authority, credentials } = identity;
    const timeoutMs = this.#limits.connectTimeoutMs;
    const startedAt = this.#options.now();
    const call = { authority, credentials, protocol: mqttProtocol, timeoutMs, signal: dialing.signal };
    this.#options.dialer.dial(call).then(
      (socket) => {
        this.#dialing = null;
        if (this.#isClosed) socket.destroy();
        else this.#speak(socket, startedAt);
      },
      (error: unknown) => {
        this.#dialing = null;
        if (this.#isClosed) return;
        this.#lastError = (error as Error).message;
        this.#attemptLater(false);
      },
    );
  }

  #speak(socket: TLSSocket, startedAt: number): void {
    const { profile, log, now } = this.#options;
    const will = JSON.stringify(this.#presence("offline"));
    const client = new MqttClient(() => socket, {
      protocolVersion: 4,
      clientId: profile.sensor,
      clean: true,
      keepalive: this.#limits.keepaliveSeconds,
      connectTimeout: this.#limits.connectTimeoutMs,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: { topic: this.#topic("presence"), payload: Buffer.from(will), qos: 1, retain: true },
    });
    this.#client = client;
    this.#inFlight = 0;
    let isEndedByOther = false;
    socket.once("end", () => (isEndedByOther = true));
    socket.on("error", (error: NodeJS.ErrnoException) => (isEndedByOther ||= error.code === "ECONNRESET"));

    client.on("error", (error) => {
      this.#lastError = error.message;
      if (this.#client === client && (error as { readonly code?: unknown }).code === notAuthorised) {
        this.#options.onRefused?.();
      }
    });
    client.on("connect", () => {
      if (this.#client !== client || this.#isClosed) return;
      this.#isConnected = true;
      this.#lastError = null;
      this.#contest.stands(this.#failures, now());
      log.info({ tookMs: Math.round(now() - startedAt) }, "connected to the controller");
      this.#introduce(client);
      this.#options.onChange?.(true);
    });
    client.on("message", (topic, payload) => {
      if (payload.byteLength > this.#limits.maxPayloadBytes) client.end(true);
      else if (topic === this.#topic("desired")) this.#options.onDesired(payload);
      else if (topic === this.#topic("stored")) this.#options.onStored(payload);
      else if (topic === this.#topic("delegation")) this.#options.onDelegation?.(payload);
      else {
        const askId = askIdIn(profile.sensor, topic);
        if (askId !== null) this.#options.onAsk?.(askId, payload);
      }
    });
    client.once("close", () => {
      if (this.#client !== client) return;
      const wasConnected = this.#isConnected;
      this.#client = null;
      this.#isConnected = false;
      this.#impatient();
      client.end(true);
      if (wasConnected) this.#contest.ended(isEndedByOther);
      if (wasConnected) this.#options.onChange?.(false);
      if (!this.#isClosed) this.#attemptLater(wasConnected);
    });
  }

  #attemptLater(wasConnected: boolean): void {
    if (wasConnected) this.#failures = 0;
    const delayMs = retryDelayMs(this.#failures, this.#limits.retry, this.#options.random);
    this.#failures++;
    this.#options.log.warn(
      { delayMs, failures: this.#failures, error: this.#lastError },
      wasConnected ? "lost the controller" : "cannot reach the controller",
    );
    this.#retry = setTimeout(() => {
      this.#retry = null;
      this.#attempt();
    }, delayMs);
  }

  /**
   * Says who it is and what it holds, and only then asks for its orders: a controller that was put back to a backup must hear
   * first of a document that it has forgotten, or it would send another in its place.
   */
  #introduce(client: MqttClient): void {
    // Apart: a controller that knows no asks refuses it, and all else works. First, since those that are open are told after hello, and once.
    if (this.#options.onAsk !== undefined) {
      client.subscribe(asksFilter(this.#options.profile.sensor), { qos: 1 }, (error) => {
        if (error !== null) this.#options.log.info({ error: error.message }, "the controller sends no asks");
      });
    }
    // Likewise.
    if (this.#options.onDelegation !== undefined) {
      client.subscribe(this.#topic("delegation"), { qos: 1 }, (error) => {
        if (error !== null) this.#options.log.info({ error: error.message }, "the controller delegates nothing");
      });
    }
    this.#publish("presence", JSON.stringify(this.#presence("online")), retained);
    this.publishHello();
    const reported = this.#options.reported();
    if (reported !== null && this.#publish("reported", JSON.stringify(reported), retained)) {
      this.#subscribe(client);
      return;
    }
    // Whoever cannot tell what it holds needs its orders all the same.
    this.#patience = setTimeout(() => this.#subscribe(client), this.#limits.reportPatienceMs);
  }

  #subscribe(client: MqttClient): void {
    this.#impatient();
    if (this.#client !== client || !this.#isConnected) return;
    client.subscribe([this.#topic("desired"), this.#topic("stored")], { qos: 1 }, (error, granted) => {
      const refused = granted?.filter(({ qos }) => qos === 128) ?? [];
      if (error === null && refused.length === 0) return;
      this.#lastError = error?.message ?? `subscription refused: ${refused.map(({ topic }) => topic).join(", ")}`;
      // Without its orders a connection is worth nothing; another attempt may fare better.
      client.end(true);
    });
  }

  /** Waits for a first report no longer; whether it did. */
  #impatient(): boolean {
    if (this.#patience === null) return false;
    clearTimeout(this.#patience);
    this.#patience = null;
    return true;
  }

  #publish(channel: Channel, payload: string, options: { readonly qos: 1; readonly retain?: true }): boolean {
    return this.#publishTo(this.#topic(channel), payload, options);
  }

  #publishTo(
    topic: string,
    payload: string,
    options: { readonly qos: 1; readonly retain?: true },
    confirmed?: () => void,
  ): boolean {
    const client = this.#client;
    if (client === null || !this.#isConnected || this.#inFlight >= this.#limits.maxInFlight) return false;
    this.#inFlight++;
    client.publish(topic, payload, options, (error) => {
      if (this.#client !== client) return;
      this.#inFlight--;
      if (error === undefined || error === null) confirmed?.();
    });
    return true;
  }

  #presence(state: Presence["state"]): Presence {
    return { version: contractVersion, state, bootId: this.#options.bootId, at: this.#options.now() };
  }

  #topic(channel: Channel): string {
    return topicOf(this.#options.profile.sensor, channel);
  }
}

/** Of CONNACK [MQTT-3.2.2-4]. */
const notAuthorised = 5;

const retained = { qos: 1, retain: true } as const;
