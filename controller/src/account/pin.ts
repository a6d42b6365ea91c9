import { scrypt, timingSafeEqual, type ScryptOptions } from "node:crypto";
import { promisify } from "node:util";
import type { PinHash } from "@cordon/contract";
import { Exclusive } from "../exclusive.ts";

const derive = promisify<Buffer, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Whether it is that PIN. Blanks and dashes between the digits are the typist's. */
async function isPin(typed: string, { cost, blockSize, parallelization, salt, hash }: PinHash): Promise<boolean> {
  const digits = Buffer.from(typed.replace(/[\s-]/g, ""), "utf8");
  const expected = Buffer.from(hash, "base64");
  const work = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
  const found = await derive(digits, Buffer.from(salt, "base64"), expected.length, work);
  return expected.length > 0 && timingSafeEqual(found, expected);
}

export type PinOutcome =
  | { readonly kind: "in" }
  | { readonly kind: "refused"; readonly triesLeft: number }
  /** Nobody is looked at before. */
  | { readonly kind: "locked"; readonly until: number; readonly isNew: boolean };

/** As whose deed it is written down that a PIN was wrong. */
export const wrongPin = "somebody with a wrong PIN";

/** Tries that fail in a row before everybody waits, and how long for; twice as long each time, up to the last. */
export interface PinLimits {
  readonly tries: number;
  readonly lockMs: number;
  readonly maxLockMs: number;
}

export const defaultPinLimits: PinLimits = { tries: 5, lockMs: 60_000, maxLockMs: 1_200_000 };

/**
 * Holds tries against a PIN. They are counted for all who try together, since on the management interface who comes from where
 * says nothing, and across restarts by whoever keeps {@link PinGate.failures}.
 */
export class PinGate {
  readonly #hash: PinHash;
  readonly #now: () => number;
  readonly #limits: PinLimits;
  readonly #looking = new Exclusive();
  #failures: number;
  #lockedUntil = 0;

  /** @param failures in a row, of the process before this one */
  constructor(hash: PinHash, now: () => number, failures = 0, limits: PinLimits = defaultPinLimits) {
    this.#hash = hash;
    this.#now = now;
    this.#limits = limits;
    this.#failures = failures;
    this.#lock();
  }

  /** In a row. */
  get failures(): number {
    return this.#failures;
  }

  /** One after the other: a hundred tries at once are no better than one. */
  try(typed: string): Promise<PinOutcome> {
    return this.#looking.run(async () => {
      if (this.#now() < this.#lockedUntil) return { kind: "locked", until: this.#lockedUntil, isNew: false };
      if (await isPin(typed, this.#hash)) {
        this.#failures = 0;
        return { kind: "in" };
      }
      this.#failures += 1;
      this.#lock();
      if (this.#lockedUntil > this.#now()) return { kind: "locked", until: this.#lockedUntil, isNew: true };
      return { kind: "refused", triesLeft: this.#limits.tries - (this.#failures % this.#limits.tries) };
    });
  }

  #lock(): void {
    const { tries, lockMs, maxLockMs } = this.#limits;
    const rounds = Math.floor(this.#failures / tries);
    if (rounds === 0 || this.#failures % tries !== 0) return;
    this.#lockedUntil = this.#now() + Math.min(maxLockMs, lockMs * 2 ** Math.min(rounds - 1, 20));
  }
}
