import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

// Argon2id, RFC 9106; the second choice of OWASP's password storage cheat sheet: 19 MiB, two passes, one lane.
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

/** Shorter ones are guessed; there is no rule beside, since rules make people write them down. */
export const minPasswordLength = 12;

/** Longer ones are no better, and cost more than they should. */
export const maxPasswordLength = 256;

const derive = promisify(argon2);

/** What the store keeps of a password: salt and tag, by dots, in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString("base64url")}.${(await tagOf(password, salt)).toString("base64url")}`;
}

/** Whether it is that password. Of nobody's (null) it takes as long as of somebody's, and is false. */
export async function isPassword(password: string, kept: string | null): Promise<boolean> {
  const [salt = "", tag = ""] = (kept ?? nobodys).split(".");
  const expected = Buffer.from(tag, "base64url");
  const found = await tagOf(password, Buffer.from(salt, "base64url"));
  return expected.length === found.length && timingSafeEqual(expected, found) && kept !== null;
}

const nobodys = `${Buffer.alloc(16).toString("base64url")}.${Buffer.alloc(32).toString("base64url")}`;

function tagOf(password: string, nonce: Buffer): Promise<Buffer> {
  // The same letters may be typed composed or not (RFC 8265 4.2).
  return derive("argon2id", { ...cost, message: Buffer.from(password.normalize("NFC"), "utf8"), nonce });
}
