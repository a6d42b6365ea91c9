import { Crowd } from "./crowd.ts";

export interface HandshakeGateOptions<Connection> {
  /** How many handshakes share the processor. */
  readonly atOnce: number;
  /** A handshake that has not ended by then leaves its place to others and goes on beside them: whoever is silent holds up nobody. */
  readonly placeMs: number;
  /** The same while several sources want places: who has sent a crowd has less of each. */
  readonly contestedPlaceMs: number;
  /** Whoever has waited that long is turned away. */
  readonly waitMs: number;
  readonly begin: (connection: Connection) => void;
  readonly turnAway: (connection: Connection) => void;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

// Of four turns one is a stranger's while known ones wait, too: a new box comes in however many come back.
const turnsOfKnown = 3;

/**
 * Lets connections begin their handshakes a few at a time: the sources in turn, and those of one source in the order in
 * which they came. Two thousand sensors that lost the same controller come back together: if all began at once, each
 * would be served so late that its patience had ended. So whoever begins is served in time, and whoever cannot begin
 * soon is told so and comes again with jitter. Sources from which a sensor has come before have turns of their own, so
 * that no number of strangers' addresses makes them wait.
 */
export class HandshakeGate<Connection> {
  readonly #options: HandshakeGateOptions<Connection>;
  /** Since when each waits, in that order; monotonic milliseconds. */
  readonly #since = new Map<Connection, number>();
  readonly #known = new Crowd<Connection>();
  readonly #strangers = new Crowd<Connection>();
  /** When those that hold a place began, in that order. */
  readonly #places = new Map<Connection, { readonly source: string; readonly since: number }>();
  readonly #sources = new Map<Connection, string>();
  #turn = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: HandshakeGateOptions<Connection>) {
    this.#options = options;
  }

  /** Connections in the queue. */
  get waiting(): number {
    return this.#since.size;
  }

  /** @param isKnown whether a sensor has come from that source before */
  admit(connection: Connection, source: string, isKnown = false): void {
    this.#since.set(connection, this.#options.monotonic());
    this.#sources.set(connection, source);
    (isKnown ? this.#known : this.#strangers).add(connection, source);
    this.#go();
  }

  /** Its handshake has ended, well or badly, or it is gone. Those who are not here may be named as well. */
  left(connection: Connection): void {
    this.#forget(connection);
    if (this.#places.delete(connection)) this.#go();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const connection of [...this.#since.keys()]) {
      this.#forget(connection);
      this.#options.turnAway(connection);
    }
  }

  #forget(connection: Connection): void {
    this.#since.delete(connection);
    this.#sources.delete(connection);
    if (!this.#known.delete(connection)) this.#strangers.delete(connection);
  }

  #go(): void {
    const { atOnce, waitMs, begin, turnAway, monotonic } = this.#options;
    const now = monotonic();
    for (const [connection, since] of this.#since) {
      if (now - since < waitMs) break;
      this.#forget(connection);
      turnAway(connection);
    }
    const patienceMs = this.#patienceMs();
    for (const [connection, { since }] of this.#places) {
      if (now - since < patienceMs) break;
      this.#places.delete(connection);
    }
    while (this.#places.size < atOnce) {
      const next = this.#next();
      if (next === undefined) break;
      this.#places.set(next, { source: this.#sources.get(next) ?? "", since: now });
      this.#forget(next);
      begin(next);
    }
    this.#goOn(now);
  }

  #next(): Connection | undefined {
    this.#turn = (this.#turn + 1) % (turnsOfKnown + 1);
    const [first, second] = this.#turn === 0 ? [this.#strangers, this.#known] : [this.#known, this.#strangers];
    return first.shift() ?? second.shift();
  }

  /** How long a place is held as things are. */
  #patienceMs(): number {
    const { placeMs, contestedPlaceMs } = this.#options;
    if (this.#known.sources + this.#strangers.sources > 1) return Math.min(placeMs, contestedPlaceMs);
    const [waiting] = this.#since.keys();
    if (waiting === undefined) return placeMs;
    const source = this.#sources.get(waiting);
    for (const place of this.#places.values()) {
      if (place.source !== source) return Math.min(placeMs, contestedPlaceMs);
    }
    return placeMs;
  }

  /** When the next place is given up, or the patience with the first in the queue ends. */
  #goOn(now: number): void {
    const [since] = this.#since.values();
    const [place] = this.#places.values();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (since === undefined || place === undefined) return;
    const dueAt = Math.min(place.since + this.#patienceMs(), since + this.#options.waitMs);
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#go();
      },
      Math.max(0, dueAt - now),
    );
  }
}
