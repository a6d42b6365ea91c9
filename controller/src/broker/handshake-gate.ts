/** What waits before its handshake, and what has begun it. */
interface Waiting<Connection> {
  readonly connection: Connection;
  /** Monotonic milliseconds. */
  readonly since: number;
}

export interface HandshakeGateOptions<Connection> {
  /** How many handshakes share the processor. */
  readonly atOnce: number;
  /** A handshake that has not ended by then leaves its place to others and goes on beside them: whoever is silent holds up nobody. */
  readonly placeMs: number;
  /** Once the first in the queue has waited that long, the next ones are turned away at once. */
  readonly waitMs: number;
  readonly begin: (connection: Connection) => void;
  readonly turnAway: (connection: Connection) => void;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Lets connections begin their handshakes a few at a time, in the order in which they came. Two thousand sensors that lost the
 * same controller come back together: if all began at once, each would be served so late that its patience had ended. So
 * whoever is let in is served in time, and whoever would not be is told so at once and comes again with jitter.
 */
export class HandshakeGate<Connection> {
  readonly #options: HandshakeGateOptions<Connection>;
  readonly #queue: Waiting<Connection>[] = [];
  /** When those that hold a place began, in that order. */
  readonly #places: number[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: HandshakeGateOptions<Connection>) {
    this.#options = options;
  }

  /** Connections in the queue. */
  get waiting(): number {
    return this.#queue.length;
  }

  admit(connection: Connection): void {
    const now = this.#options.monotonic();
    const first = this.#queue[0];
    if (first !== undefined && now - first.since > this.#options.waitMs) return this.#options.turnAway(connection);
    this.#queue.push({ connection, since: now });
    return this.#go();
  }

  /** A handshake has ended, well or badly. Which one does not matter: places are alike. */
  ended(): void {
    this.#places.shift();
    this.#go();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { connection } of this.#queue.splice(0)) this.#options.turnAway(connection);
  }

  #go(): void {
    const { atOnce, placeMs, begin, monotonic } = this.#options;
    const now = monotonic();
    while (this.#places[0] !== undefined && now - this.#places[0] >= placeMs) this.#places.shift();
    while (this.#places.length < atOnce) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#places.push(now);
      begin(next.connection);
    }
    const first = this.#places[0];
    if (this.#queue.length === 0 || first === undefined || this.#timer !== null) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#go();
      },
      first + placeMs - now,
    );
  }
}
