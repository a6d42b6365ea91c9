import { maxReportedBytes } from "@cordon/contract";

/** Every limit of the broker, with the reason for its default. */
export interface BrokerLimits {
  /** Default 4 MiB and a topic: the largest payload the contract parses, a report, and nothing beside it. */
  readonly packetBytes: number;
  /** Default 8: our deepest topic has four levels; deeper ones only cost matching. */
  readonly topicLevels: number;
  /** Default 2,000: what one small machine carries; further ones are turned away before any handshake. */
  readonly connections: number;
  /** Default 10,000: for the TLS handshake and again for CONNECT. Slow lines manage both in two seconds. */
  readonly connectTimeoutMs: number;
  /** Default 120: the longest keepalive a sensor may ask for, so that a dead line is noticed within three minutes. */
  readonly keepaliveSeconds: number;
  /** Default 30,000: how long a sensor may leave what we send unread before it is let go. */
  readonly drainTimeoutMs: number;
}

export const defaultBrokerLimits: BrokerLimits = {
  packetBytes: maxReportedBytes + 1024,
  topicLevels: 8,
  connections: 2_000,
  connectTimeoutMs: 10_000,
  keepaliveSeconds: 120,
  drainTimeoutMs: 30_000,
};
