/** Says which sites changed to whoever listens. */
export class SiteChanges {
  readonly #listeners = new Set<(siteId: string) => void>();

  /** Tells every listener. */
  tell(siteId: string): void {
    for (const listener of this.#listeners) listener(siteId);
  }

  /** Listens from now on; the result ends it. */
  listen(listener: (siteId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
