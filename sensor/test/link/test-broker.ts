import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { Aedes, type AedesPublishPacket, type Client } from "aedes";
import { commonNameOf, type Authority, type Identity } from "./certificates.ts";

/** A real broker with mutual TLS on loopback; what sensors publish is kept. */
export class TestBroker {
  readonly received: {
    readonly topic: string;
    readonly payload: string;
    readonly retain: boolean;
    readonly qos: number;
  }[] = [];
  readonly aedes: Aedes;
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  readonly #takers = new Set<(message: { readonly topic: string; readonly payload: string }) => void>();
  readonly #watchers = new Set<() => void>();
  /** Names of the clients as their certificates say. */
  readonly clientNames: string[] = [];

  private constructor(aedes: Aedes, identity: Identity, authority: string) {
    this.aedes = aedes;
    this.#server = createServer(
      {
        cert: identity.certificate,
        key: identity.privateKey,
        ca: authority,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket) => {
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
        socket.on("error", () => undefined);
        this.clientNames.push(commonNameOf(socket.getPeerCertificate(true).raw));
        this.aedes.handle(socket);
      },
    );
    this.#server.on("tlsClientError", () => undefined);
    aedes.on("publish", (packet: AedesPublishPacket, client: Client | null) => {
      // A last will is published by the broker itself.
      if (client === null && packet.topic.startsWith("$SYS")) return;
      this.received.push({
        topic: packet.topic,
        payload: packet.payload.toString(),
        retain: packet.retain,
        qos: packet.qos,
      });
      for (const take of this.#takers) take({ topic: packet.topic, payload: packet.payload.toString() });
      for (const watcher of this.#watchers) watcher();
    });
    aedes.on("subscribe", () => {
      for (const watcher of this.#watchers) watcher();
    });
  }

  /** Listens on a port of loopback, or on a Unix socket. */
  static async start(identity: Identity, authority: Authority, place: number | string = 0): Promise<TestBroker> {
    const broker = new TestBroker(await Aedes.createBroker(), identity, authority.certificate);
    if (typeof place === "string") broker.#server.listen(place);
    else broker.#server.listen(place, "127.0.0.1");
    await once(broker.#server, "listening");
    return broker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get isConnected(): boolean {
    return this.aedes.connectedClients > 0;
  }

  /** Calls with every message that is published. */
  onPublish(take: (message: { readonly topic: string; readonly payload: string }) => void): void {
    this.#takers.add(take);
  }

  on(channel: string): string[] {
    return this.received.filter(({ topic }) => topic.endsWith(`/${channel}`)).map(({ payload }) => payload);
  }

  async send(topic: string, payload: string): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      this.aedes.publish({ cmd: "publish", topic, payload, qos: 1, retain: true, dup: false }, (error) =>
        error ? reject(error) : resolve(),
      ),
    );
  }

  /** Resolves once the condition holds; looks again at every message. */
  async until(holds: () => boolean, timeoutMs = 20_000): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(look);
      };
      const look = () => {
        if (!holds()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`not within ${timeoutMs} ms; received ${this.received.map(({ topic }) => topic).join(", ")}`));
      }, timeoutMs);
      this.#watchers.add(look);
    });
  }

  /** Cuts every connection without a word, as a dying line does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.aedes.close(() => resolve()));
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
