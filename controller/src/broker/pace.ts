/**
 * How fast one connection may be read: two buckets that fill evenly, of packets and of bytes (token bucket,
 * RFC 2697). Each holds what comes in `burstSeconds`, so that what was held up by a slow line passes at once.
 */
export interface PaceLimits {
  readonly packetsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly burstSeconds: number;
}

export class Pace {
  readonly #limits: PaceLimits;
  readonly #now: () => number;
  #packets: number;
  #bytes: number;
  #at: number;

  /** @param now milliseconds; a step of it gives or takes one burst at most */
  constructor(limits: PaceLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
    this.#packets = limits.packetsPerSecond * limits.burstSeconds;
    this.#bytes = limits.bytesPerSecond * limits.burstSeconds;
    this.#at = now();
  }

  /** Takes what has come, and says for how many milliseconds nothing more may be read; 0 where it is in time. */
  take(packets: number, bytes: number): number {
    const { packetsPerSecond, bytesPerSecond, burstSeconds } = this.#limits;
    const now = this.#now();
    const seconds = Math.min(Math.max(now - this.#at, 0) / 1000, burstSeconds);
    this.#at = now;
    this.#packets = Math.min(this.#packets + seconds * packetsPerSecond, packetsPerSecond * burstSeconds) - packets;
    this.#bytes = Math.min(this.#bytes + seconds * bytesPerSecond, bytesPerSecond * burstSeconds) - bytes;
    const owed = Math.max(-this.#packets / packetsPerSecond, -this.#bytes / bytesPerSecond, 0);
    return Math.ceil(owed * 1000);
  }
}
