/** A change of what we let through. */
export interface PolicyChange {
  readonly at: number;
  /** Whom it concerned; null for everybody. */
  readonly hosts: readonly string[] | null;
  /** What was done, in a sentence. */
  readonly text: string;
}

/** More say nothing new: what a machine does now began with one of the last. */
const changesKept = 64;

/** How long after a change its consequences begin: programs try again within minutes. */
const consequenceMs = 600_000;

/** The kernel holds a change before we have seen that it does. */
const seenAfterMs = 5000;

/** What we changed of late, to be told from what machines do by themselves. */
export class PolicyChanges {
  readonly #changes: PolicyChange[] = [];

  note(change: PolicyChange): void {
    this.#changes.push(change);
    if (this.#changes.length > changesKept) this.#changes.shift();
  }

  /** The last change before this time that concerned a host and may be what it began with; null where there is none. */
  before(at: number, host: string): PolicyChange | null {
    const fits = (change: PolicyChange): boolean =>
      change.at - seenAfterMs <= at && at - change.at <= consequenceMs && (change.hosts?.includes(host) ?? true);
    return this.#changes.findLast(fits) ?? null;
  }
}
