import { randomBytes } from "node:crypto";
import { parseSiteProfile } from "@cordon/contract";
import { ProvisionError } from "../errors.ts";
import type { ReadyProfile } from "../read-profile.ts";
import { newPages } from "./pages.ts";
import { newPin } from "./pin.ts";

/**
 * A profile with what its box's label goes with: the hash of a PIN, which itself is here and nowhere else, and the certificate of
 * the box's own pages. What it has of that it keeps; where that is a PIN, null is given.
 */
export async function withLabelled({ profile, text, ...more }: ReadyProfile): Promise<{
  readonly ready: ReadyProfile;
  readonly pin: string | null;
}> {
  const made = profile.pin === undefined ? newPin((size) => randomBytes(size)) : null;
  const pages = profile.pages ?? (await newPages(profile));
  const whole = { ...(JSON.parse(text) as object), ...(made === null ? {} : { pin: made.hash }), pages };
  const written = `${JSON.stringify(whole, null, 2)}\n`;
  const parsed = parseSiteProfile(written);
  if (!parsed.ok)
    throw new ProvisionError("profile-invalid", `cannot put a PIN into the site profile: ${parsed.error}`);
  return { ready: { ...more, text: written, profile: parsed.value }, pin: made?.pin ?? null };
}
