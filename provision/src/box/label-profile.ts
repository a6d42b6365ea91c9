import { randomBytes } from "node:crypto";
import { parseSiteProfile } from "@cordon/contract";
import { ProvisionError } from "../errors.ts";
import type { ReadyProfile } from "../read-profile.ts";
import { newPin } from "./pin.ts";

/** A profile with the hash of a PIN for its box's label; the PIN is here and nowhere else. One that has such a hash keeps it, and null is given. */
export function withPin(ready: ReadyProfile): { readonly ready: ReadyProfile; readonly pin: string | null } {
  if (ready.profile.pin !== undefined) return { ready, pin: null };
  const { pin, hash } = newPin((size) => randomBytes(size));
  const text = `${JSON.stringify({ ...(JSON.parse(ready.text) as object), pin: hash }, null, 2)}\n`;
  const parsed = parseSiteProfile(text);
  if (!parsed.ok)
    throw new ProvisionError("profile-invalid", `cannot put a PIN into the site profile: ${parsed.error}`);
  return { ready: { ...ready, text, profile: parsed.value }, pin };
}
