import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { scopeCells, scopeOf } from "./people.ts";
import type { Role, Scope } from "./rights.ts";
import type { Session } from "./session.ts";
import { newSecret, secretHash } from "./secret.ts";
import { writeAudit } from "./audit.ts";

/** Tells a token from other secrets wherever one is found. */
export const tokenPrefix = "cordon_";

export interface ApiTokenWish extends Scope {
  readonly name: string;
  readonly role: Exclude<Role, "owner" | "guest">;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Makes a token for a program. Only its hash is kept: it is told once. */
export async function createApiToken(
  rows: Rows,
  ambient: Ambient,
  wish: ApiTokenWish,
  author: string,
): Promise<{ readonly id: string; readonly token: string }> {
  const id = ambient.random(9).toString("base64url");
  const token = tokenPrefix + newSecret(ambient);
  await rows
    .insertInto("api_tokens")
    .values({
      ...{ id, hash: secretHash(token), name: wish.name, role: wish.role, ...scopeCells(wish), author },
      ...{ created_at: ambient.clock.now(), expires_at: wish.expiresAt, last_used_at: null },
    })
    .execute();
  await writeAudit(rows, ambient, { author, action: "api-token-created", subject: wish.name, detail: wish.role });
  return { id, token };
}

// To the day: every request would else be a write.
const usedStepMs = 86_400_000;

/** Who comes with a token; null where it does not count. */
export async function findApiToken(rows: Rows, ambient: Ambient, token: string): Promise<Session | null> {
  const now = ambient.clock.now();
  const row = await rows
    .selectFrom("api_tokens")
    .selectAll()
    .where("hash", "=", secretHash(token))
    .where("expires_at", ">", now)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.last_used_at === null || now - row.last_used_at >= usedStepMs) {
    await rows.updateTable("api_tokens").set({ last_used_at: now }).where("id", "=", row.id).execute();
  }
  const { hash, role, name, expires_at: expiresAt } = row;
  return { hash, role, expiresAt, author: `token ${name}`, personId: null, ...scopeOf(row) };
}
