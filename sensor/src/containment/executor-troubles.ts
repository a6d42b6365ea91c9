import type { Observed } from "./protocol.ts";

// Ten minutes: several reports carry it, and a person who looks at once sees it.
const eventShownMs = 600_000;

export interface ExecutorTroublesOptions {
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: (line: { readonly code: string; readonly text: string }) => void;
}

/** What a person is to know of the executor: troubles that last, and what happened and is over. */
export class ExecutorTroubles {
  readonly #options: ExecutorTroublesOptions;
  readonly #troubles = new Map<string, { readonly text: string; readonly until: number }>();

  constructor(options: ExecutorTroublesOptions) {
    this.#options = options;
  }

  /** Names a trouble that lasts until it is over. */
  say(code: string, text: string): void {
    if (this.#troubles.get(code)?.text !== text) this.#options.log({ code, text });
    this.#troubles.set(code, { text, until: Number.POSITIVE_INFINITY });
  }

  /** Names something that happened and is over, for as long as somebody may want to see it. */
  sayOnce(code: string, text: string): void {
    this.#options.log({ code, text });
    this.#troubles.set(code, { text, until: this.#options.monotonic() + eventShownMs });
  }

  isOver(code: string): void {
    this.#troubles.delete(code);
  }

  has(code: string): boolean {
    return this.#troubles.has(code);
  }

  /** As they are reported. */
  shown(): NonNullable<Observed["troubles"]> {
    const now = this.#options.monotonic();
    return [...this.#troubles].flatMap(([code, { text, until }]) => (until > now ? [{ code, text }] : []));
  }
}
