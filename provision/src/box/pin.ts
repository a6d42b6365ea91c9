import { scryptSync } from "node:crypto";
import type { PinHash } from "@cordon/contract";

const digits = 8;
// A quarter of a second on a Pi 4, and 32 MB while it lasts.
const work = { cost: 32_768, blockSize: 8, parallelization: 1 } as const;

/** A new PIN for a label, of eight digits, and what the box keeps of it. @param random so many bytes by chance */
export function newPin(random: (size: number) => Buffer): { readonly pin: string; readonly hash: PinHash } {
  const pin = pinFrom(random);
  const salt = random(16);
  const hash = scryptSync(pin, salt, 32, { ...work, maxmem: 256 * work.cost * work.blockSize });
  return { pin, hash: { ...work, salt: salt.toString("base64"), hash: hash.toString("base64") } };
}

/** Whether a box keeps the hash of this PIN. */
export function isPinOf(pin: string, { cost, blockSize, parallelization, salt, hash }: PinHash): boolean {
  const options = { cost, blockSize, parallelization, maxmem: 256 * cost * blockSize };
  return scryptSync(pin, Buffer.from(salt, "base64"), 32, options).toString("base64") === hash;
}

function pinFrom(random: (size: number) => Buffer): string {
  const bound = 10 ** digits;
  // What lies beyond the last whole multiple would make small numbers likelier.
  const whole = Math.floor(2 ** 32 / bound) * bound;
  for (;;) {
    const drawn = random(4).readUInt32BE(0);
    if (drawn < whole) return String(drawn % bound).padStart(digits, "0");
  }
}
