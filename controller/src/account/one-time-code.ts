import { Secret, TOTP } from "otpauth";

const stepMs = 30_000;
/** Phones are seldom more than half a minute off. */
const stepsOff = 1;

/** A new secret for codes that change with time (TOTP, RFC 6238), in base32. */
export function newCodeSecret(): string {
  return new Secret({ size: 20 }).base32;
}

/** What an app on the phone reads: `otpauth://…`. */
export function codeAddress(secret: string, name: string): string {
  return totpOf(secret, name).toString();
}

/**
 * The step of time that a code is of, or null where it is none of now, or of a step that was used already: a code counts once
 * (RFC 6238 5.2).
 *
 * @param now epoch milliseconds
 * @param usedStep the last step that counted; null of none
 */
export function stepOf(secret: string, code: string, now: number, usedStep: number | null): number | null {
  const delta = totpOf(secret, "").validate({ token: code, timestamp: now, window: stepsOff });
  if (delta === null) return null;
  const step = Math.floor(now / stepMs) + delta;
  return usedStep !== null && step <= usedStep ? null : step;
}

function totpOf(secret: string, label: string): TOTP {
  return new TOTP({ issuer: "Cordon", label, secret: Secret.fromBase32(secret), period: stepMs / 1000 });
}
