import type { Numbered } from "./contact-store.ts";

/**
 * New targets a second, of all kinds, from which one machine fills a small line. Programs of people have a few dozen at once,
 * and then none; the selection hands up twice as many of one machine at most.
 */
const fillingPerSecond = 100;
/** So many seconds on end: a page or a start of a program is over sooner. */
const fillingSeconds = 2;
/** Others that get no answer meanwhile; a single one is that machine's trouble. */
const leastSilent = 2;
/** Lost packets are tried again for some seconds after the line is free. */
const lingersMs = 10_000;
/** While one goes on filling the line now and then somebody gets through: of the few others all may, for a while. */
const holdsMs = 60_000;

interface Load<Owner> {
  readonly owner: Owner;
  secondAt: number;
  contacts: number;
  fullSeconds: number;
}

export interface Choke<Owner> {
  readonly owner: Owner;
  readonly since: number;
}

/** Whether one machine fills the line so that others get no answer: an outage that somebody makes. */
export class ChokedLine<Owner extends Numbered> {
  readonly #loads = new Map<Owner, Load<Owner>>();
  /** The same by the owner's number. */
  readonly #byNumber: (Load<Owner> | undefined)[] = [];
  /** How many of them were full for long enough when their last second ended; nearly always none. */
  #filling = 0;
  #choke: Choke<Owner> | null = null;
  #seenAt = 0;

  /** A machine called a target anew. */
  opened(owner: Owner, at: number): void {
    const load = this.#loadOf(owner, at);
    if (at - load.secondAt >= 1000) {
      const isNext = at - load.secondAt < 2000;
      if (isFilling(load)) this.#filling -= 1;
      load.fullSeconds = isNext && load.contacts >= fillingPerSecond ? load.fullSeconds + 1 : 0;
      if (isFilling(load)) this.#filling += 1;
      load.contacts = 0;
      load.secondAt = at;
    }
    load.contacts += 1;
  }

  forget(owner: Owner): void {
    const load = this.#loads.get(owner);
    if (load !== undefined && isFilling(load)) this.#filling -= 1;
    this.#loads.delete(owner);
    this.#byNumber[owner.number] = undefined;
    if (this.#choke?.owner === owner) this.#choke = null;
  }

  /** Looks again; `silent` is how many machines but the busiest get no answer. */
  advance(at: number, silent: number): void {
    const filling = this.#fillingAt(at);
    if (filling !== null && silent >= leastSilent) {
      if (this.#choke?.owner !== filling) this.#choke = { owner: filling, since: at };
      this.#seenAt = at;
    } else if (at - this.#seenAt > (filling !== null && filling === this.#choke?.owner ? holdsMs : lingersMs)) {
      this.#choke = null;
    }
  }

  get choke(): Choke<Owner> | null {
    return this.#choke;
  }

  #fillingAt(at: number): Owner | null {
    if (this.#filling === 0) return null;
    for (const load of this.#loads.values()) if (isFilling(load) && at - load.secondAt < 2000) return load.owner;
    return null;
  }

  #loadOf(owner: Owner, at: number): Load<Owner> {
    let load = this.#byNumber[owner.number];
    if (load === undefined) {
      load = { owner, secondAt: at, contacts: 0, fullSeconds: 0 };
      this.#loads.set(owner, load);
      this.#byNumber[owner.number] = load;
    }
    return load;
  }
}

function isFilling({ fullSeconds }: Load<unknown>): boolean {
  return fullSeconds >= fillingSeconds;
}
