import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { newSecret, secretHash } from "./secret.ts";

// One working day with its overtime; the next day starts with a new link.
export const sessionLifeMs = 12 * 3_600_000;

export interface Session {
  /** Names it within the process; the secret itself is not kept. */
  readonly hash: string;
  readonly author: string;
  readonly expiresAt: number;
}

/** Opens a session. The secret goes into the cookie and nowhere else. */
export async function openSession(
  rows: Rows,
  ambient: Ambient,
  author: string,
): Promise<{ readonly session: Session; readonly secret: string }> {
  const secret = newSecret(ambient);
  const now = ambient.clock.now();
  const session = { hash: secretHash(secret), author, expiresAt: now + sessionLifeMs };
  await rows.deleteFrom("sessions").where("expires_at", "<=", now).execute();
  await rows
    .insertInto("sessions")
    .values({ hash: session.hash, author, created_at: now, expires_at: session.expiresAt })
    .execute();
  return { session, secret };
}

/** The session a secret belongs to, or null where there is none or it is over. */
export async function findSession(rows: Rows, ambient: Ambient, secret: string): Promise<Session | null> {
  const row = await rows
    .selectFrom("sessions")
    .selectAll()
    .where("hash", "=", secretHash(secret))
    .where("expires_at", ">", ambient.clock.now())
    .executeTakeFirst();
  return row === undefined ? null : { hash: row.hash, author: row.author, expiresAt: row.expires_at };
}

/** Ends a session. */
export async function closeSession(rows: Rows, session: Session): Promise<void> {
  await rows.deleteFrom("sessions").where("hash", "=", session.hash).execute();
}
