import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { writeAudit } from "./audit.ts";
import { newSecret, secretHash } from "./secret.ts";

// Long enough to walk from the terminal to the phone, short enough for a printed line in a scroll-back.
export const loginLinkLifeMs = 15 * 60_000;

/** Makes a login token that works once, within {@link loginLinkLifeMs}. Only its hash is kept. */
export async function createLoginToken(rows: Rows, ambient: Ambient, author: string): Promise<string> {
  const token = newSecret(ambient);
  const now = ambient.clock.now();
  await rows
    .insertInto("login_links")
    .values({ hash: secretHash(token), author, created_at: now, expires_at: now + loginLinkLifeMs, used_at: null })
    .execute();
  await writeAudit(rows, ambient, { author, action: "login-link-created", detail: "" });
  return token;
}

/** Uses a token up: its author, or null where it is unknown, used already or too old. */
export async function consumeLoginToken(rows: Rows, ambient: Ambient, token: string): Promise<string | null> {
  const now = ambient.clock.now();
  // One statement decides, so that of two who use the same link at once only one gets in.
  const used = await rows
    .updateTable("login_links")
    .set({ used_at: now })
    .where("hash", "=", secretHash(token))
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .returning("author")
    .executeTakeFirst();
  return used?.author ?? null;
}

/** When a token was made and until when it is good, without using it up; null where it is unknown, used already or too old. */
export async function lookAtLoginToken(
  rows: Rows,
  ambient: Ambient,
  token: string,
): Promise<{ readonly madeAt: number; readonly until: number } | null> {
  const found = await rows
    .selectFrom("login_links")
    .select(["created_at", "expires_at"])
    .where("hash", "=", secretHash(token))
    .where("used_at", "is", null)
    .where("expires_at", ">", ambient.clock.now())
    .executeTakeFirst();
  return found === undefined ? null : { madeAt: Number(found.created_at), until: Number(found.expires_at) };
}

/** The address a person opens. The token stands behind `#`: it is never sent with a page request. */
export function loginLink(url: string, token: string): string {
  return `${url}/login#${token}`;
}
