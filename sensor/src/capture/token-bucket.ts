/** One bucket of tokens for everybody, filled continuously. */
export class TokenBucket {
  readonly #burst: number;
  readonly #tokensPerMs: number;
  #tokens: number;
  #lastAt = Number.POSITIVE_INFINITY;

  constructor({ perSecond, burst }: { readonly perSecond: number; readonly burst: number }) {
    this.#burst = burst;
    this.#tokensPerMs = perSecond / 1000;
    this.#tokens = burst;
  }

  /** Takes a token; false where there is none. `at` is in milliseconds; a clock that goes back gives none and takes none for ever. */
  allows(at: number): boolean {
    const elapsedMs = at - this.#lastAt;
    this.#lastAt = at;
    if (elapsedMs > 0) this.#tokens = Math.min(this.#burst, this.#tokens + elapsedMs * this.#tokensPerMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
