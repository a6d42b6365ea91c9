import type { AddressKey } from "../packet/packet.ts";

/** What tells a connection from others, and its repeats from further ones. */
export interface Connection {
  readonly remote: AddressKey;
  readonly port: number;
  readonly sourcePort: number;
}

/** The connections that began with one sequence number. */
export interface Sequence {
  /** The first of them; nearly always the only one. */
  remote: AddressKey;
  port: number;
  sourcePort: number;
  /** All of them, and their targets; null while there is one. */
  many: { readonly connections: Set<string>; readonly targets: Set<string> } | null;
  /** Further targets, and connections to a known one sooner after the one before than any stack repeats itself. */
  repeated: number;
  lastAt: number;
}

/** One that nothing is known of yet. */
export function newSequence(): Sequence {
  return { remote: 0, port: 0, sourcePort: 0, many: null, repeated: 0, lastAt: 0 };
}

/** It begins with this connection. */
export function beginSequence(sequence: Sequence, { remote, port, sourcePort }: Connection, at: number): void {
  sequence.remote = remote;
  sequence.port = port;
  sequence.sourcePort = sourcePort;
  sequence.many = null;
  sequence.repeated = 0;
  sequence.lastAt = at;
}
