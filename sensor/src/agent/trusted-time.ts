/**
 * What time it is at least. A box without a battery starts years back, and one with a bad battery may
 * start years ahead; neither may end a containment. (A false time server that the time service believes
 * can, which is why names and time should come from a network without infected machines.) So its end is judged by a time of our own: it
 * begins at the newest time the box knows for certain, goes on by the monotonic clock, which never
 * runs faster than real time, and takes over the box's clock only where somebody confirms that.
 */

// A document that comes now took moments on its way; further apart than this, its time and the clock do not agree.
const agreementMs = 300_000;

// The service asks its server again after 2,048 seconds at most; twice that is a server that went away.
const maxSyncAgeMs = 4_096_000;

// It steps the clock from a few hundred milliseconds on, and a battery's drift is far slower than it asks.
const syncedErrorMs = 2000;

// Evidence lasts a day and more; so much less of it convicts or acquits nobody.
const likelyMs = 3_600_000;

// Less is a battery that drifts, or a box that lay in a drawer for a night.
const noticeableLeadMs = 86_400_000;

export interface TrustedTimeOptions {
  /** The box's clock, epoch milliseconds; may be wrong. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** What {@link TrustedTime.now} said when it was last saved; null where nothing was. */
  readonly savedAt: number | null;
}

/**
 * A lower bound of the true time, but for the five minutes by which a clock that a document confirmed may
 * be ahead. Invariant: without a confirmation it never gains on the monotonic clock but by times that were
 * signed.
 */
export class TrustedTime {
  readonly #now: () => number;
  readonly #monotonic: () => number;
  #anchor: { readonly at: number; readonly monotonicAt: number };
  #signedAt = 0;
  #seenSyncAt: number | null = null;
  #isConfirmed = false;
  /** When the time service last did, monotonic milliseconds. */
  #syncedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TrustedTimeOptions) {
    this.#now = options.now;
    this.#monotonic = options.monotonic;
    this.#anchor = { at: options.savedAt ?? 0, monotonicAt: options.monotonic() };
  }

  /** Epoch milliseconds; 0 and a little where nothing is known. */
  now(): number {
    return Math.floor(this.#anchor.at + (this.#monotonic() - this.#anchor.monotonicAt));
  }

  /**
   * The earlier of this and the box's clock, epoch milliseconds: what it has reached is over, whichever of them a wrong
   * date has moved ahead. Where no time is known there is the clock alone.
   */
  earliest(): number {
    return this.#anchor.at === 0 ? this.#now() : Math.min(this.now(), this.#now());
  }

  /**
   * The box's clock where it is within an hour of this, else this, epoch milliseconds: by it packets are judged. By a
   * clock that went years ahead all that speaks against a machine would be long ago, and what the policy holds be let go.
   */
  likely(): number {
    const [clock, known] = [this.#now(), this.now()];
    return this.#anchor.at === 0 || Math.abs(clock - known) <= likelyMs ? clock : known;
  }

  /** Takes the time (epoch ms) of a signed document that was stored or came now: it is later than that. */
  signed(issuedAt: number, isFresh: boolean): void {
    this.#signedAt = Math.max(this.#signedAt, issuedAt);
    if (isFresh && Math.abs(this.#now() - issuedAt) <= agreementMs) this.#confirm();
    else if (issuedAt > this.now()) this.#anchorAt(issuedAt);
  }

  /**
   * Takes the moment (epoch ms, by the box's clock) at which the time service last set the clock; null
   * where it did not since the box started. Each moment confirms once, so a clock moved later does not count.
   */
  synchronised(syncAt: number | null, uptimeMs: number): void {
    if (syncAt === null || syncAt === this.#seenSyncAt) return;
    this.#seenSyncAt = syncAt;
    const now = this.#now();
    const ageMs = now - syncAt;
    const isRecent = ageMs >= -1000 && ageMs <= Math.min(maxSyncAgeMs, uptimeMs + 1000);
    if (!isRecent || now < this.#signedAt - agreementMs) return;
    this.#syncedAt = this.#monotonic();
    this.#confirm();
  }

  /**
   * By how much {@link likely} may be wrong either way, milliseconds; null where nothing has confirmed it since the start:
   * a box comes out of its drawer a year later, and its clock goes on from where it stood.
   */
  get errorMs(): number | null {
    if (this.#monotonic() - this.#syncedAt <= maxSyncAgeMs) return syncedErrorMs;
    return this.#isConfirmed ? agreementMs : null;
  }

  /** What a person should know of the box's clock; null where it is as good as can be told. */
  trouble(): string | null {
    const leadMs = this.#now() - this.now();
    const [clock, known] = [this.#now(), this.now()].map(dateOf);
    if (leadMs < -agreementMs) {
      return `The box's clock is wrong: it says ${clock}, and it is ${known} at least. Containments hold on.`;
    }
    // Without a time to compare with a clock is only new.
    if (this.#anchor.at === 0) return null;
    if (this.#isConfirmed && leadMs > agreementMs) {
      return `The box's clock is wrong: it says ${clock}, and by what was confirmed it is ${known}. No containment ends by it.`;
    }
    if (leadMs > noticeableLeadMs) {
      return `The box's clock is not confirmed: it says ${clock}, the box knows of ${known}. Containments end later until it is.`;
    }
    return null;
  }

  #confirm(): void {
    this.#isConfirmed = true;
    this.#anchorAt(this.#now());
  }

  #anchorAt(at: number): void {
    this.#anchor = { at, monotonicAt: this.#monotonic() };
  }
}

function dateOf(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "no date" : date.toISOString().slice(0, 16).replace("T", " ");
}
