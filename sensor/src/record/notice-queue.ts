import type { Notice, Verdict } from "@cordon/contract";

/** A notice before it has its place in the spool. */
export type NoticeEntry = Notice extends infer One ? (One extends Notice ? Omit<One, "sequence"> : never) : never;

/**
 * Whether notices of a kind go only after all others have gone. Who was behind an outside port, and when somebody was
 * contained and let go, can be asked of nobody afterwards; all other kinds are repeated by what the sensor says next.
 */
export function isKeptLongest(kind: Notice["kind"]): boolean {
  return kind === "nat" || kind === "containment" || kind === "deed";
}

/**
 * Notices on their way into the spool. A host has at most one entry here, its newest: what an
 * older snapshot said is in the newer one. Sequences are given behind this queue, so what is
 * merged or held back leaves no gap.
 */
export class NoticeQueue {
  readonly #maxEntries: number;
  readonly #entriesByKey = new Map<string, NoticeEntry>();
  readonly #spooledVerdicts = new Map<string, Verdict>();
  #plainKeys = 0;
  #lost = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get size(): number {
    return this.#entriesByKey.size;
  }

  /** Entries that found no room since the start. */
  get lost(): number {
    return this.#lost;
  }

  add(entry: NoticeEntry): void {
    const key = entry.kind === "host" ? entry.host.host : `#${++this.#plainKeys}`;
    this.#entriesByKey.set(key, entry);
    if (this.#entriesByKey.size > this.#maxEntries) this.#dropOne();
  }

  /**
   * Takes entries in their order. Under pressure a host's entry is only taken if its verdict is
   * not the one that was spooled last; the others wait here, the newest of each host.
   */
  take(maxEntries: number, isPressed: boolean): NoticeEntry[] {
    const taken: NoticeEntry[] = [];
    for (const [key, entry] of this.#entriesByKey) {
      if (taken.length >= maxEntries) break;
      if (isPressed && !this.#isUrgent(entry)) continue;
      this.#entriesByKey.delete(key);
      taken.push(entry);
      if (entry.kind === "host") this.#remember(entry.host.host, entry.host.verdict);
    }
    return taken;
  }

  /** Whether `take` would give anything. */
  hasReady(isPressed: boolean): boolean {
    if (!isPressed) return this.#entriesByKey.size > 0;
    for (const entry of this.#entriesByKey.values()) if (this.#isUrgent(entry)) return true;
    return false;
  }

  #isUrgent(entry: NoticeEntry): boolean {
    return entry.kind !== "host" || this.#spooledVerdicts.get(entry.host.host) !== entry.host.verdict;
  }

  #remember(host: string, verdict: Verdict): void {
    // Forgetting one only makes its next snapshot urgent again.
    if (this.#spooledVerdicts.size >= this.#maxEntries) this.#spooledVerdicts.clear();
    this.#spooledVerdicts.set(host, verdict);
  }

  #dropOne(): void {
    const entries = [...this.#entriesByKey];
    const [victim] =
      entries.find(([, entry]) => !this.#isUrgent(entry)) ??
      entries.find(([, { kind }]) => !isKeptLongest(kind)) ??
      entries[0] ??
      [];
    if (victim === undefined) return;
    this.#entriesByKey.delete(victim);
    this.#lost++;
  }
}
