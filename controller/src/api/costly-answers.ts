import type { Clock } from "../ambient.ts";

interface Kept<T> {
  readonly answer: Promise<T>;
  /** Epoch milliseconds; infinite while it is made. */
  until: number;
}

// What takes less is made for each question.
const costlyMs = 20;
// So an answer takes a twentieth of the time, however often it is asked for.
const standsFor = 20;
const keptAtMost = 50;

/** Answers that took long to make: they stand for a while, in proportion, and who asks meanwhile gets the same. */
export class CostlyAnswers<T> {
  readonly #clock: Pick<Clock, "now">;
  readonly #kept = new Map<string, Kept<T>>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** @param question names all that the answer depends on, but for time */
  async of(question: string, make: () => Promise<T>): Promise<T> {
    const beganAt = this.#clock.now();
    const known = this.#kept.get(question);
    if (known !== undefined && known.until > beganAt) return known.answer;
    const kept: Kept<T> = { answer: make(), until: Infinity };
    this.#kept.delete(question);
    this.#kept.set(question, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > keptAtMost && oldest !== undefined) this.#kept.delete(oldest);
    try {
      const answer = await kept.answer;
      const tookMs = this.#clock.now() - beganAt;
      if (tookMs < costlyMs) this.#forget(question, kept);
      else kept.until = this.#clock.now() + standsFor * tookMs;
      return answer;
    } catch (error) {
      this.#forget(question, kept);
      throw error;
    }
  }

  #forget(question: string, kept: Kept<T>): void {
    if (this.#kept.get(question) === kept) this.#kept.delete(question);
  }
}
