/** Shortest and longest grace in milliseconds; the cap holds while a worm fills the line. */
const shortestGraceMs = 1000;
const longestGraceMs = 3000;

/** The site's own round-trip times, smoothed as TCP does (RFC 6298 2). */
export class RoundTrip {
  #smoothedMs = -1;
  #variationMs = 0;
  #graceMs = longestGraceMs;

  /** One measured time from SYN to its answer. */
  measure(sampleMs: number): void {
    // Above the longest grace it was a repeated SYN that was answered, or a clock that jumped.
    if (!(sampleMs >= 0) || sampleMs > longestGraceMs) return;
    if (this.#smoothedMs < 0) {
      this.#smoothedMs = sampleMs;
      this.#variationMs = sampleMs / 2;
    } else {
      this.#variationMs += (Math.abs(this.#smoothedMs - sampleMs) - this.#variationMs) / 4;
      this.#smoothedMs += (sampleMs - this.#smoothedMs) / 8;
    }
    // Twice TCP's own patience: one repeated SYN's worth of jitter must not make a miss.
    const patience = 2 * (this.#smoothedMs + 4 * this.#variationMs);
    this.#graceMs = Math.min(longestGraceMs, Math.max(shortestGraceMs, patience));
  }

  /** How long an answer may take before a contact counts as silent. */
  get graceMs(): number {
    return this.#graceMs;
  }
}
