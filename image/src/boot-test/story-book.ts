/** Stories as they come true; those that were never reached are false. */
export class StoryBook {
  readonly #told = new Map<string, boolean>();
  readonly notes: string[] = [];
  memoryMb: number | null = null;
  bytesWrittenPerHour: number | null = null;

  constructor(names: readonly string[]) {
    for (const name of names) this.#told.set(name, false);
  }

  /** Says that a story is true, or not. */
  tell(name: string, isTrue: boolean, otherwise?: string): void {
    if (!this.#told.has(name)) throw new TypeError(`no story ${name} was announced`);
    this.#told.set(name, isTrue);
    if (!isTrue && otherwise !== undefined) this.notes.push(`${name}: ${otherwise}`);
  }

  note(sentence: string): void {
    this.notes.push(sentence);
  }

  stories(): ReadonlyMap<string, boolean> {
    return this.#told;
  }
}
