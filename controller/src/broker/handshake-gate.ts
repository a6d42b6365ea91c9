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
  /** Whoever has waited that long is turned away. */
  readonly waitMs: number;
  readonly begin: (connection: Connection) => void;
  readonly turnAway: (connection: Connection) => void;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

/**
 * Lets connections begin their handshakes a few at a time, in the order in which they came. Two thousand sensors that lost the
 * same controller come back together: if all began at once, each would be served so late that its patience had ended. So
 * whoever begins is served in time, and whoever cannot begin soon is told so and comes again with jitter.
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
    this.#queue.push({ connection, since: this.#options.monotonic() });
    this.#go();
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
    const { atOnce, placeMs, waitMs, begin, turnAway, monotonic } = this.#options;
    const now = monotonic();
    while (this.#places[0] !== undefined && now - this.#places[0] >= placeMs) this.#places.shift();
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const isLate = now - first.since >= waitMs;
      if (!isLate && this.#places.length >= atOnce) break;
      this.#queue.shift();
      if (isLate) {
        turnAway(first.connection);
      } else {
        this.#places.push(now);
        begin(first.connection);
      }
    }
    this.#goOn(now);
  }

  /** When the next place is given up, or the patience with the first in the queue ends. */
  #goOn(now: number): void {
    const [first, place] = [this.#queue[0], this.#places[0]];
    if (first === undefined || place === undefined || this.#timer !== null) return;
    const { placeMs, waitMs } = this.#options;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#go();
      },
      Math.min(place + placeMs, first.since + waitMs) - now,
    );
  }
}
