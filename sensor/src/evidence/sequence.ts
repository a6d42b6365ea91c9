import type { AddressKey } from "../packet/packet.ts";

/** What tells a connection from others, and its repeats from further ones. */
interface Connection {
  readonly remote: AddressKey;
  readonly port: number;
  readonly sourcePort: number;
}

/** More say nothing new. */
const connectionsKept = 128;

/** After a refusal Windows sends the same SYN again in 0.5 s, every other repeat takes longer. */
const shortestRepeatMs = 400;

/** The connections that began with one sequence number. */
export class Sequence {
  readonly #connections: Set<string>;
  readonly #targets: Set<string>;
  #lastAt: number;
  #repeated = 0;

  constructor(first: Connection, at: number) {
    this.#connections = new Set([keyOf(first)]);
    this.#targets = new Set([targetKey(first)]);
    this.#lastAt = at;
  }

  /** Further targets, and connections to a known one sooner after the one before than any stack repeats itself. */
  get repeated(): number {
    return this.#repeated;
  }

  get targets(): ReadonlySet<string> {
    return this.#targets;
  }

  /** Another SYN with this number; true where no stack would have sent it. */
  begin(connection: Connection, at: number): boolean {
    const key = keyOf(connection);
    // A repeated SYN keeps its number and its source port.
    if (this.#connections.size >= connectionsKept || this.#connections.has(key)) return false;
    const target = targetKey(connection);
    const isRepeat = at - this.#lastAt < shortestRepeatMs || !this.#targets.has(target);
    this.#lastAt = at;
    this.#connections.add(key);
    this.#targets.add(target);
    if (isRepeat) this.#repeated += 1;
    return isRepeat;
  }
}

export function targetKey({ remote, port }: Pick<Connection, "remote" | "port">): string {
  return `${remote}:${port}`;
}

function keyOf(connection: Connection): string {
  return `${targetKey(connection)}<${connection.sourcePort}`;
}
