/** A seeded source of numbers. The same seed gives the same numbers, for ever and everywhere. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An independent source: what is drawn from it moves nothing drawn from this one. */
  fork(label: string): Random;
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** A source from a seed, by Mulberry32. */
export function seededRandom(seed: number | string): Random {
  const origin = String(seed);
  let state = hash(origin);
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    },
    fork: (label) => seededRandom(`${origin}/${label}`),
  };
}

/** A real number in [low, high). */
export function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + random.next() * (high - low);
}

/** A whole number, both ends included. */
export function wholeBetween(random: Random, [low, high]: readonly [number, number]): number {
  return Math.floor(low + random.next() * (high - low + 1));
}

/** One of a list that is not empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random.next() * items.length)] as T;
}

/** All items in another order. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random.next() * (index + 1));
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}

/** Waiting time of a process without memory. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next());
}

export function chance(random: Random, share: number): boolean {
  return random.next() < share;
}
