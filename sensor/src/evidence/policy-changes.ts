/** A change of what we let through. */
export interface PolicyChange {
  readonly at: number;
  /** Whom it was about; null for the site. */
  readonly host: string | null;
  /** What was done, in a sentence. */
  readonly text: string;
}

/** More say nothing new: what a machine does now began with one of the last. */
const changesKept = 64;

/** How long after a change its consequences begin: programs try again within minutes. */
const consequenceMs = 600_000;

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
      change.at <= at && at - change.at <= consequenceMs && (change.host === null || change.host === host);
    return this.#changes.findLast(fits) ?? null;
  }
}
