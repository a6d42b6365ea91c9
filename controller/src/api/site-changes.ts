/** Which sites changed, in the order in which they did last: what a listener hears, and what one that was away missed. */

/** A change of a site. Numbers grow by one with each change of any site. */
export interface NumberedChange {
  readonly siteId: string;
  readonly number: number;
}

// Far more sites than one controller has; what is remembered of each is its name and a number.
const defaultKept = 20_000;

/** Says which sites changed to whoever listens. */
export class SiteChanges {
  readonly #listeners = new Set<(change: NumberedChange) => void>();
  readonly #kept: number;
  /** The number of each site's last change, oldest first. */
  readonly #lastBySite = new Map<string, number>();
  #number = 0;
  /** The newest change that is remembered no longer. */
  #forgotten = 0;

  /** @param kept sites whose last change is remembered at most */
  constructor(kept: number = defaultKept) {
    this.#kept = kept;
  }

  /** The last change's; 0 before the first. */
  get number(): number {
    return this.#number;
  }

  /** Tells every listener. */
  tell(siteId: string): void {
    this.#number += 1;
    this.#lastBySite.delete(siteId);
    this.#lastBySite.set(siteId, this.#number);
    const [oldest] = this.#lastBySite;
    if (this.#lastBySite.size > this.#kept && oldest !== undefined) {
      this.#lastBySite.delete(oldest[0]);
      this.#forgotten = oldest[1];
    }
    for (const listener of this.#listeners) listener({ siteId, number: this.#number });
  }

  /** The sites that changed after that number, each by its last change, oldest first; null where that cannot be said any more. */
  since(number: number): readonly NumberedChange[] | null {
    if (number < this.#forgotten || number > this.#number) return null;
    return [...this.#lastBySite]
      .filter(([, last]) => last > number)
      .map(([siteId, last]) => ({ siteId, number: last }));
  }

  /** Listens from now on; the result ends it. */
  listen(listener: (change: NumberedChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
