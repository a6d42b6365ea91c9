import { parseStored } from "@cordon/contract";
import type { Spool } from "../record/spool.ts";

export interface NoticeSenderOptions {
  readonly spool: Pick<Spool, "nextBatch" | "acknowledge">;
  /** Puts a batch on the wire; false where that is not possible now. */
  readonly publish: (payload: string) => boolean;
  /** Resolves when what is told so far would outlive a crash of this process; default at once. */
  readonly isKept?: () => Promise<void>;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  /** Told which kinds of notices the controller takes beside those of old; default nobody is. */
  readonly onTakes?: (kinds: readonly string[]) => void;
  /** Counts a message that made no sense. */
  readonly onRefused: (code: "stored-malformed" | "stored-implausible") => void;
  /** Without an acknowledgement for so long, a batch is sent again. Shorter repeats more on slow lines. */
  readonly resendAfterMs?: number;
}

/** What one batch may hold: small enough that a slow line does not block a desired document behind it. */
export const batchLimits = { maxNotices: 500, maxBytes: 200_000 } as const;

/**
 * Sends the spool to the controller: one batch at a time, from the lowest that is not committed,
 * the next when the store has it. After a new connection, or a time without an acknowledgement,
 * the same is sent again; the store knows what it has.
 */
export class NoticeSender {
  readonly #options: NoticeSenderOptions;
  readonly #resendAfterMs: number;
  #outstanding: { readonly bootId: string; readonly last: number; readonly sentAt: number } | null = null;
  #isSending = false;
  #isAskedAgain = false;

  constructor(options: NoticeSenderOptions) {
    this.#options = options;
    this.#resendAfterMs = options.resendAfterMs ?? 10_000;
  }

  /** Call after every connect: nothing that was under way counts as sent. */
  connected(): Promise<void> {
    this.#outstanding = null;
    return this.pump();
  }

  /** Sends what there is, unless a batch is still waiting for its acknowledgement. Cheap; call when notices were spooled and every second or so. */
  async pump(): Promise<void> {
    if (this.#isSending) {
      this.#isAskedAgain = true;
      return;
    }
    this.#isSending = true;
    try {
      do {
        this.#isAskedAgain = false;
        await this.#sendOne();
      } while (this.#isAskedAgain);
    } finally {
      this.#isSending = false;
    }
  }

  /** Takes a payload of the channel `stored`. */
  async stored(payload: Uint8Array): Promise<void> {
    const parsed = parseStored(payload);
    if (!parsed.ok) {
      this.#options.onRefused("stored-malformed");
      return;
    }
    const { bootId, sequence, takes = [] } = parsed.value;
    this.#options.onTakes?.(takes);
    if (!(await this.#options.spool.acknowledge(bootId, sequence))) this.#options.onRefused("stored-implausible");
    const outstanding = this.#outstanding;
    if (outstanding !== null && outstanding.bootId === bootId && outstanding.last <= sequence) this.#outstanding = null;
    await this.pump();
  }

  async #sendOne(): Promise<void> {
    const outstanding = this.#outstanding;
    if (outstanding !== null && this.#options.monotonic() - outstanding.sentAt < this.#resendAfterMs) return;
    const batch = await this.#options.spool.nextBatch(batchLimits);
    if (batch === null) {
      this.#outstanding = null;
      return;
    }
    await this.#options.isKept?.();
    if (!this.#options.publish(batch.payload)) return;
    this.#outstanding = { bootId: batch.bootId, last: batch.last, sentAt: this.#options.monotonic() };
  }
}
