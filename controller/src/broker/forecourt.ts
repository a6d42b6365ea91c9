/**
 * Where connections stand that have not proven who they are: those that have said nothing yet, those that wait for
 * their turn, and those whose handshakes have begun. They count against each other alone, and where there are too
 * many, one of the source that has most gives way.
 */
import type { Socket } from "node:net";
import type { Ambient } from "../ambient.ts";
import { awaitClientHello } from "./client-hello.ts";
import { Crowd } from "./crowd.ts";
import { HandshakeGate } from "./handshake-gate.ts";
import type { BrokerLimits } from "./limits.ts";
import { isOwnAddress, sourceOf } from "./source.ts";

export interface ForecourtOptions {
  readonly limits: BrokerLimits;
  readonly ambient: Ambient;
  /** A connection was not let in; `reason` is in kebab case. */
  readonly refused: (sensorId: string, reason: string, error: string) => void;
}

interface Visitor {
  readonly socket: Socket;
  readonly source: string;
  /** {@link nameOf} it. */
  readonly name: string;
  readonly begin: (socket: Socket) => void;
}

/** By what both ends of a TLS connection, the bare one and the one above it, are known as the same. */
type Ends = Pick<Socket, "remoteAddress" | "remotePort" | "localPort">;
const nameOf = ({ remoteAddress, remotePort, localPort }: Ends) => `${remoteAddress} ${remotePort} ${localPort}`;

// Offices of a fleet twice over; a string each.
const sourcesKnown = 4_096;

export class Forecourt {
  readonly #options: ForecourtOptions;
  readonly #silent = new Crowd<Visitor>();
  readonly #queued = new Crowd<Visitor>();
  readonly #begun = new Crowd<Visitor>();
  readonly #begunByName = new Map<string, Visitor>();
  /** Sources from which a sensor has come, in the order of its last time. */
  readonly #known = new Set<string>();
  readonly #gate: HandshakeGate<Visitor>;
  #isClosed = false;

  constructor(options: ForecourtOptions) {
    this.#options = options;
    const { limits } = options;
    this.#gate = new HandshakeGate({
      atOnce: limits.handshakesAtOnce,
      placeMs: limits.handshakePlaceMs,
      contestedPlaceMs: limits.handshakeContestedPlaceMs,
      waitMs: limits.handshakeWaitMs,
      begin: (visitor) => this.#begin(visitor),
      turnAway: (visitor) => this.#turnAway(visitor, "too-busy", `${this.#gate.waiting} wait for their handshake`),
      monotonic: () => performance.now(),
    });
  }

  /** Takes a connection in before anything is computed for it; `begin` is called when it is its turn. */
  admit(socket: Socket, begin: (socket: Socket) => void): void {
    const { limits, ambient } = this.#options;
    const visitor: Visitor = { socket, source: sourceOf(socket.remoteAddress), name: nameOf(socket), begin };
    // A reset is nobody's fault.
    socket.on("error", () => undefined);
    if (this.#isClosed || !this.#makeRoom(visitor)) {
      socket.destroy();
      return;
    }
    this.#silent.add(visitor, visitor.source);
    const patience = (task: () => void) => ambient.clock.after(limits.connectTimeoutMs, task);
    awaitClientHello(socket, patience, (word) => {
      // Who was sent away is counted as that.
      if (!this.#silent.delete(visitor)) return;
      if (word === "said") {
        this.#queued.add(visitor, visitor.source);
        this.#gate.admit(visitor, visitor.source, this.#known.has(visitor.source));
      } else {
        this.#turnAway(visitor, "no-handshake", `from ${visitor.source}`);
      }
    });
    socket.once("close", () => this.#left(visitor));
  }

  /** A handshake has ended well. */
  passed(ends: Ends): void {
    const visitor = this.#begunByName.get(nameOf(ends));
    if (visitor !== undefined) this.#left(visitor);
  }

  /** A sensor has come from there. */
  know(source: string): void {
    this.#known.delete(source);
    this.#known.add(source);
    if (this.#known.size > sourcesKnown) this.#known.delete(this.#known.values().next().value ?? "");
  }

  /** Sends everybody away. */
  close(): void {
    this.#isClosed = true;
    this.#gate.close();
    for (const { socket } of [...this.#silent, ...this.#queued, ...this.#begun]) socket.destroy();
  }

  /** Sees to it that one more may stand here; false where it is the newcomer who goes. */
  #makeRoom({ source }: Visitor): boolean {
    const { limits } = this.#options;
    const ofSource = this.#silent.countOf(source) + this.#queued.countOf(source) + this.#begun.countOf(source);
    const isFull = this.#silent.size + this.#queued.size + this.#begun.size >= limits.unproven;
    const hasShare = ofSource < limits.unprovenPerAddress || isOwnAddress(source);
    if (!isFull && hasShare) return true;
    // Who has said nothing loses nothing: the oldest of them has had most time to.
    const crowded = hasShare ? (this.#silent.fattest() ?? source) : source;
    const silent = this.#silent.oldestOf(crowded);
    const text = `${this.#silent.size} say nothing, ${this.#queued.size} wait; ${ofSource} are of ${source}`;
    if (silent !== undefined) {
      this.#turnAway(silent, "too-many-unproven", text);
      return true;
    }
    const fattest = this.#queued.fattest();
    const queued = fattest === null ? undefined : this.#queued.oldestOf(fattest);
    if (hasShare && fattest !== null && queued !== undefined && this.#queued.countOf(fattest) > ofSource + 1) {
      this.#turnAway(queued, "too-many-unproven", text);
      return true;
    }
    this.#options.refused("", "too-many-unproven", text);
    return false;
  }

  #begin(visitor: Visitor): void {
    const { limits } = this.#options;
    this.#queued.delete(visitor);
    if (this.#begun.size >= limits.handshakes) {
      const oldest = this.#begun.oldestOf(this.#begun.fattest() ?? "");
      if (oldest !== undefined) this.#turnAway(oldest, "too-many-handshakes", `${this.#begun.size} have begun`);
    }
    this.#begun.add(visitor, visitor.source);
    this.#begunByName.set(visitor.name, visitor);
    visitor.begin(visitor.socket);
  }

  #turnAway(visitor: Visitor, reason: string, text: string): void {
    if (!this.#isClosed) this.#options.refused("", reason, text);
    this.#left(visitor);
    visitor.socket.destroy();
  }

  #left(visitor: Visitor): void {
    this.#silent.delete(visitor);
    this.#queued.delete(visitor);
    if (this.#begun.delete(visitor)) this.#begunByName.delete(visitor.name);
    this.#gate.left(visitor);
  }
}
