import type { Health } from "@cordon/contract";

/** The troubles there are now, each with the time since when. */
export class HealthBoard {
  readonly #now: () => number;
  readonly #troubles = new Map<string, Health>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Raises a trouble, or changes its words; it keeps the time since when it is there. */
  raise(code: string, severity: Health["severity"], text: string): void {
    const since = this.#troubles.get(code)?.since ?? this.#now();
    this.#troubles.set(code, { code, severity, since, text: text.slice(0, 400) });
  }

  clear(code: string): void {
    this.#troubles.delete(code);
  }

  /** Worst first, then oldest. At most 64, as the contract carries. */
  list(): Health[] {
    const rank = { error: 0, warning: 1, info: 2 } as const;
    return [...this.#troubles.values()]
      .toSorted((a, b) => rank[a.severity] - rank[b.severity] || a.since - b.since)
      .slice(0, 64);
  }
}
