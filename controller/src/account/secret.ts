import { createHash } from "node:crypto";
import type { Ambient } from "../ambient.ts";

/** 256 random bits, URL-safe: what a login link or a session cookie carries. */
export function newSecret(ambient: Ambient): string {
  return ambient.random(32).toString("base64url");
}

/** What the store keeps of a secret. One round suffices: there are 256 bits to guess. */
export function secretHash(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}
