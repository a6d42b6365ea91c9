import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { httpProtocol } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import type { Dialer } from "./dialer.ts";
import type { Identity } from "./identity.ts";

export interface VerifiedAgentOptions {
  readonly dialer: Pick<Dialer, "dial">;
  /** Asked before every connection. */
  readonly identity: () => Identity | null;
}

const connectTimeoutMs = 10_000;

/** Speaks HTTP with the controller over verified connections alone, one at a time. Without an identity a request fails with `no-identity`. */
export function verifiedAgent({ dialer, identity }: VerifiedAgentOptions): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = (_options, opened) => {
    const own = identity();
    const call = { protocol: httpProtocol, timeoutMs: connectTimeoutMs };
    const dialled =
      own === null
        ? Promise.reject(new SensorError("no-identity", "the box has no certificate any more"))
        : dialer.dial({ ...own, ...call });
    dialled.then(
      (socket) => opened?.(null, socket),
      (error: unknown) => opened?.(error as Error, new Duplex()),
    );
    return undefined;
  };
  return agent;
}
