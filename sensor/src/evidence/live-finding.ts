import type { Finding, Subject } from "./detector.ts";

type Figures = Pick<Finding, "count" | "firstAt" | "lastAt">;

/** A line that stands for long while its figures grow: whoever reads it reads them as they are then. */
export class LiveFinding implements Finding {
  readonly kind: string;
  readonly for: boolean;
  readonly subject: Subject;
  readonly strength: number;
  readonly text: () => string;
  readonly #figures: () => Figures;

  constructor(fixed: Omit<Finding, keyof Figures | "isOwnNetwork">, figures: () => Figures) {
    this.kind = fixed.kind;
    this.for = fixed.for;
    this.subject = fixed.subject;
    this.strength = fixed.strength;
    this.text = fixed.text;
    this.#figures = figures;
  }

  get count(): number {
    return this.#figures().count;
  }

  get firstAt(): number {
    return this.#figures().firstAt;
  }

  get lastAt(): number {
    return this.#figures().lastAt;
  }
}
