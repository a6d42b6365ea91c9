/**
 * Members by where they come from, each source's in the order in which they came. Where there are too many, somebody
 * of the source that has most gives way, as in a queue that drops from its fattest flow (RFC 8290 4.1): so whoever
 * sends a crowd meets himself alone.
 */
export class Crowd<Member> {
  readonly #bySource = new Map<string, Set<Member>>();
  readonly #sources = new Map<Member, string>();

  get size(): number {
    return this.#sources.size;
  }

  /** How many sources have members. */
  get sources(): number {
    return this.#bySource.size;
  }

  countOf(source: string): number {
    return this.#bySource.get(source)?.size ?? 0;
  }

  add(member: Member, source: string): void {
    this.#sources.set(member, source);
    const own = this.#bySource.get(source);
    if (own === undefined) this.#bySource.set(source, new Set([member]));
    else own.add(member);
  }

  /** False where it is none. */
  delete(member: Member): boolean {
    const source = this.#sources.get(member);
    if (source === undefined) return false;
    this.#sources.delete(member);
    const own = this.#bySource.get(source);
    own?.delete(member);
    if (own?.size === 0) this.#bySource.delete(source);
    return true;
  }

  /** The source that has most; null where nobody is there. */
  fattest(): string | null {
    let found: string | null = null;
    let most = 0;
    for (const [source, own] of this.#bySource) {
      if (own.size <= most) continue;
      most = own.size;
      found = source;
    }
    return found;
  }

  /** Who of a source came first. */
  oldestOf(source: string): Member | undefined {
    return this.#bySource.get(source)?.values().next().value;
  }

  /** Takes out whose turn it is: the source that waited longest for one, and of that who came first. */
  shift(): Member | undefined {
    const next = this.#bySource.entries().next().value;
    if (next === undefined) return undefined;
    const [source, own] = next;
    const [member] = own;
    if (member === undefined) return undefined;
    this.delete(member);
    if (own.size > 0) {
      this.#bySource.delete(source);
      this.#bySource.set(source, own);
    }
    return member;
  }

  [Symbol.iterator](): Iterator<Member> {
    return this.#sources.keys();
  }
}
