import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import type { PersonRow, Rows } from "../store/schema.ts";
import { writeAudit } from "./audit.ts";
import { hashPassword } from "./password.ts";
import { isEverything, type Role, type Scope } from "./rights.ts";
import { newSecret, secretHash } from "./secret.ts";
import { newCodeSecret, stepOf } from "./one-time-code.ts";

// Long enough for a weekend in between.
export const invitationLifeMs = 7 * 86_400_000;

/** The name of whoever comes by a link of the machine's terminal, and nobody else's. */
export const operator = "operator";

export interface PersonWish extends Scope {
  readonly name: string;
  readonly role: Role;
  /** When the account ends, epoch milliseconds; null: never. Of a guest it has to be said. */
  readonly expiresAt: number | null;
}

export interface Invitation {
  readonly personId: string;
  /** What the link carries; kept as its hash alone. */
  readonly token: string;
  readonly expiresAt: number;
}

/** What a scope is in the store: null is everything. */
export function scopeCells({ customers, sites }: Scope): Pick<PersonRow, "customers" | "sites"> {
  return {
    customers: customers === null ? null : JSON.stringify(customers),
    sites: sites === null ? null : JSON.stringify(sites),
  };
}

/** The scope of a row. */
export function scopeOf(row: Pick<PersonRow, "customers" | "sites">): Scope {
  const read = (cell: string | null) => (cell === null ? null : (JSON.parse(cell) as string[]));
  return { customers: read(row.customers), sites: read(row.sites) };
}

/** Two names that a person could mistake for one another are one. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}

/**
 * Makes a person known, with the invitation by which the account is taken; a guest's link is the account. Throws `name-taken`,
 * `guest-without-end`, `owner-with-limits`.
 */
export async function invite(rows: Rows, ambient: Ambient, wish: PersonWish, author: string): Promise<Invitation> {
  const now = ambient.clock.now();
  const key = nameKey(wish.name);
  if (wish.role === "guest" && wish.expiresAt === null) {
    throw new ControllerError("guest-without-end", "a guest's link needs an end");
  }
  checkScope(wish.role, wish);
  const other = await rows.selectFrom("people").select("id").where("name_key", "=", key).executeTakeFirst();
  if (other !== undefined || key === operator) throw new ControllerError("name-taken", `${wish.name} is taken`);
  const id = ambient.random(9).toString("base64url");
  await rows
    .insertInto("people")
    .values({
      ...{ id, name: wish.name.trim(), name_key: key, role: wish.role, ...scopeCells(wish) },
      ...{ password: null, code_secret: null, code_step: null },
      ...{ created_at: now, expires_at: wish.expiresAt, disabled_at: null },
    })
    .execute();
  const detail = JSON.stringify({ role: wish.role, customers: wish.customers, sites: wish.sites });
  await writeAudit(rows, ambient, { author, action: "person-invited", subject: wish.name, detail });
  return inviteAgain(rows, ambient, { id, role: wish.role, expires_at: wish.expiresAt });
}

/** An owner gives rights to others, so it sees everything. Throws `owner-with-limits`. */
export function checkScope(role: Role, scope: Scope): void {
  if (role === "owner" && !isEverything(scope)) {
    throw new ControllerError("owner-with-limits", "an owner gives rights to others, and so sees all sites");
  }
}

/** Another invitation, for whoever lost the first, the password or the phone; earlier ones count no longer. */
export async function inviteAgain(
  rows: Rows,
  ambient: Ambient,
  person: Pick<PersonRow, "id" | "role" | "expires_at">,
): Promise<Invitation> {
  const now = ambient.clock.now();
  const token = newSecret(ambient);
  const expiresAt = person.role === "guest" ? (person.expires_at ?? now) : now + invitationLifeMs;
  await rows.deleteFrom("invitations").where("person_id", "=", person.id).execute();
  // A guest's link is the account: whoever came by the one before is out.
  if (person.role === "guest") await rows.deleteFrom("sessions").where("person_id", "=", person.id).execute();
  await rows
    .insertInto("invitations")
    .values({ hash: secretHash(token), person_id: person.id, code_secret: newCodeSecret(), expires_at: expiresAt })
    .execute();
  return { personId: person.id, token, expiresAt };
}

/** Whom an invitation is for, and the secret of codes that it offers; null where it does not count. */
export async function findInvitation(rows: Rows, ambient: Ambient, token: string) {
  const now = ambient.clock.now();
  const found = await rows
    .selectFrom("invitations")
    .innerJoin("people", "people.id", "invitations.person_id")
    .select(["people.id", "people.name", "people.role", "people.expires_at", "people.disabled_at"])
    .select(["invitations.hash", "invitations.code_secret"])
    .where("invitations.hash", "=", secretHash(token))
    .where("invitations.expires_at", ">", now)
    .executeTakeFirst();
  return found === undefined || !stands(found, now) ? null : found;
}

/** The guest whose link this is; null where it is none, or is over. */
export async function findGuest(rows: Rows, ambient: Ambient, token: string): Promise<PersonRow | null> {
  const found = await findInvitation(rows, ambient, token);
  if (found?.role !== "guest") return null;
  return (await rows.selectFrom("people").selectAll().where("id", "=", found.id).executeTakeFirst()) ?? null;
}

/** Takes an account by its invitation, which is used up. False where the code is none of the offered secret's. */
export async function takeAccount(
  rows: Rows,
  ambient: Ambient,
  invitation: { readonly id: string; readonly name: string; readonly hash: string; readonly code_secret: string },
  { password, code }: { readonly password: string; readonly code: string },
): Promise<boolean> {
  const step = stepOf(invitation.code_secret, code, ambient.clock.now(), null);
  if (step === null) return false;
  const used = await rows
    .deleteFrom("invitations")
    .where("hash", "=", invitation.hash)
    .returning("person_id")
    .executeTakeFirst();
  if (used === undefined) return false;
  const fields = { password: await hashPassword(password), code_secret: invitation.code_secret, code_step: step };
  await rows.updateTable("people").set(fields).where("id", "=", invitation.id).execute();
  // Whoever was signed in by the account as it was is not any more, and what lost phones hold does not sign in.
  await rows.deleteFrom("passkeys").where("person_id", "=", invitation.id).execute();
  await rows.deleteFrom("sessions").where("person_id", "=", invitation.id).execute();
  await writeAudit(rows, ambient, { author: invitation.name, action: "account-taken", detail: "" });
  return true;
}

/** Whether an account counts at that time. */
export function stands(person: Pick<PersonRow, "expires_at" | "disabled_at">, now: number): boolean {
  return person.disabled_at === null && (person.expires_at === null || person.expires_at > now);
}
