export interface AnswerBookOptions {
  /** Puts an answer on the wire; false where that is not possible now. `confirmed` is called when the broker has it. */
  readonly publish: (askId: string, payload: string, confirmed: () => void) => boolean;
  /** How many answers are kept; the oldest goes first, those that the broker has before all others. */
  readonly maxAnswers?: number;
  /** How many bytes they may hold together. */
  readonly maxBytes?: number;
}

interface Kept {
  readonly payload: string;
  state: "waiting" | "sent" | "confirmed";
}

/**
 * Answers to asks, until the broker has them and somewhat longer: an ask that comes again is answered from here. They
 * are in memory alone, as asks are: who asked before a restart asks again.
 */
export class AnswerBook {
  readonly #options: AnswerBookOptions;
  readonly #maxAnswers: number;
  readonly #maxBytes: number;
  readonly #answers = new Map<string, Kept>();

  constructor(options: AnswerBookOptions) {
    this.#options = options;
    this.#maxAnswers = options.maxAnswers ?? 64;
    this.#maxBytes = options.maxBytes ?? 2 * 1024 * 1024;
  }

  /** Keeps an answer and sends it. */
  add(askId: string, payload: string): void {
    const kept: Kept = { payload, state: "waiting" };
    this.#answers.set(askId, kept);
    this.#forget();
    this.#send(askId, kept);
  }

  /** Sends the answer to an ask once more; false where none is kept. */
  tellAgain(askId: string): boolean {
    const kept = this.#answers.get(askId);
    if (kept === undefined) return false;
    this.#send(askId, kept);
    return true;
  }

  /** Sends what waits; after a new connection also what was on its way. */
  tell(isNewConnection: boolean): void {
    for (const [askId, kept] of this.#answers) {
      if (isNewConnection && kept.state === "sent") kept.state = "waiting";
      if (kept.state === "waiting") this.#send(askId, kept);
    }
  }

  #send(askId: string, kept: Kept): void {
    const isSent = this.#options.publish(askId, kept.payload, () => {
      kept.state = "confirmed";
    });
    kept.state = isSent ? "sent" : "waiting";
  }

  #forget(): void {
    const bytes = () => [...this.#answers.values()].reduce((sum, { payload }) => sum + payload.length, 0);
    while (this.#answers.size > this.#maxAnswers || (this.#answers.size > 1 && bytes() > this.#maxBytes)) {
      const ids = [...this.#answers];
      const [victim] = ids.find(([, { state }]) => state === "confirmed") ?? ids[0] ?? [];
      if (victim === undefined) return;
      this.#answers.delete(victim);
    }
  }
}
