import { maxReportedBytes } from "@cordon/contract";

/** Every limit of the broker and of the port before it, with the reason for its default. */
export interface BrokerLimits {
  /** Default 4 MiB and a topic: the largest payload the contract parses, a report, and nothing beside it. */
  readonly packetBytes: number;
  /** Default 8: our deepest topic has four levels; deeper ones only cost matching. */
  readonly topicLevels: number;
  /** Default 256: our longest topic has less than half of it. */
  readonly topicBytes: number;
  /**
   * Default 400 packets a second, sustained: a sensor that hands over a full spool sends forty. Beyond it the
   * connection is read more slowly and nothing is lost, so that one sensor takes no more than its share.
   */
  readonly packetsPerSecond: number;
  /** Default 4 MiB a second, sustained: the largest report once a second, which no office's line carries. */
  readonly bytesPerSecond: number;
  /** Default 64 messages of one sensor that wait for the store; a sensor of ours leaves 16 unacknowledged at most. */
  readonly inFlight: number;
  /** Default 4,000 of sensors that have shown their certificates: two thousand, and what is left of their connections while they come anew. */
  readonly connections: number;
  /** Default 16 of one sensor: one for MQTT, four for uploads, and dead ones that do not know it; beyond, the oldest gives way. */
  readonly connectionsPerSensor: number;
  /**
   * Default 4,000 that have not finished their handshakes: a fleet that comes back together, silent ones, scanners. They count
   * against each other alone. Beyond it one of the source that has most gives way, the silent first.
   */
  readonly unproven: number;
  /**
   * Default 2,500 of these of one address (IPv6: one /64): a whole fleet behind one router may wait in line. This machine's own
   * are not counted: a proxy in front stands for everybody.
   */
  readonly unprovenPerAddress: number;
  /** Default 1,024 handshakes that have begun, those beyond their places included: each takes some 80 kB. Beyond it the oldest of the source that has most ends. */
  readonly handshakes: number;
  /** Default 32: handshakes that share the processor; more make each of them slower and none of them sooner. */
  readonly handshakesAtOnce: number;
  /** Default 1,000: after that a handshake goes on beside the others; a slow line takes as long for each of its round trips. */
  readonly handshakePlaceMs: number;
  /** Default 250: the same while several sources want places. A hundred and twenty-eight may begin in a second even where all are silent. */
  readonly handshakeContestedPlaceMs: number;
  /** Default 4,000 in the queue before a handshake begins: a sensor has patience for 10,000 in all. */
  readonly handshakeWaitMs: number;
  /** Default 200 without a certificate that counts, at the same time: boxes that enrol. The others keep their room. */
  readonly strangers: number;
  /** Default 30,000: how long one of these may stay. A box on a slow line enrols in five seconds. */
  readonly strangerMs: number;
  /** Default 10,000: for the first word, for the TLS handshake and again for CONNECT. Slow lines manage both in two seconds. */
  readonly connectTimeoutMs: number;
  /**
   * Default 20,000: how long what a sensor says that it holds may take to be weighed before it asks for its orders in vain and
   * comes again. Two thousand that come at once take less than a second each; whom the store fails that long is sent nothing.
   */
  readonly weighingMs: number;
  /** Default 120: the longest keepalive a sensor may ask for, so that a dead line is noticed within three minutes. */
  readonly keepaliveSeconds: number;
  /** Default 30,000: how long a sensor may leave what we send unread before it is let go. */
  readonly drainTimeoutMs: number;
}

export const defaultBrokerLimits: BrokerLimits = {
  packetBytes: maxReportedBytes + 1024,
  topicLevels: 8,
  topicBytes: 256,
  packetsPerSecond: 400,
  bytesPerSecond: 4 * 1024 * 1024,
  inFlight: 64,
  connections: 4_000,
  connectionsPerSensor: 16,
  unproven: 4_000,
  unprovenPerAddress: 2_500,
  handshakes: 1_024,
  handshakesAtOnce: 32,
  handshakePlaceMs: 1_000,
  handshakeContestedPlaceMs: 250,
  handshakeWaitMs: 4_000,
  strangers: 200,
  strangerMs: 30_000,
  connectTimeoutMs: 10_000,
  weighingMs: 20_000,
  keepaliveSeconds: 120,
  drainTimeoutMs: 30_000,
};
