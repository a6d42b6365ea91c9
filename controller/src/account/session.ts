import { pinAuthor } from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import type { PersonRow, Rows } from "../store/schema.ts";
import { operator, scopeOf, stands } from "./people.ts";
import { everything, type Principal } from "./rights.ts";
import { newSecret, secretHash } from "./secret.ts";

// One working day with its overtime; the next day starts with a new link.
export const sessionLifeMs = 12 * 3_600_000;

/** Who a request is from, and by what. */
export interface Session extends Principal {
  /** Names it within the process; the secret itself is not kept. */
  readonly hash: string;
  readonly expiresAt: number;
}

/** Whoever holds a link of the machine's terminal. */
const theOperator: Principal = { author: operator, role: "owner", personId: null, ...everything };

/** Whoever knows the PIN on a box's label, at that box; what he may there is less than that (see `api/authorise.ts`). */
const whoeverHasThePin: Principal = { author: pinAuthor, role: "technician", personId: null, ...everything };

/** What a person may. */
export function principalOf(person: Pick<PersonRow, "id" | "name" | "role" | "customers" | "sites">): Principal {
  return { author: person.name, role: person.role, personId: person.id, ...scopeOf(person) };
}

/**
 * Opens a session. The secret goes into the cookie and nowhere else.
 *
 * @param person null for who came by a link of the terminal, `pin` for who came by the PIN of the box that this is
 */
export async function openSession(
  rows: Rows,
  ambient: Ambient,
  person: PersonRow | "pin" | null,
): Promise<{ readonly session: Session; readonly secret: string }> {
  const secret = newSecret(ambient);
  const now = ambient.clock.now();
  const principal = person === null ? theOperator : person === "pin" ? whoeverHasThePin : principalOf(person);
  const until = person === null || person === "pin" ? null : person.expires_at;
  const expiresAt = Math.min(now + sessionLifeMs, until ?? Number.POSITIVE_INFINITY);
  const session = { ...principal, hash: secretHash(secret), expiresAt };
  await rows.deleteFrom("sessions").where("expires_at", "<=", now).execute();
  await rows
    .insertInto("sessions")
    .values({
      ...{ hash: session.hash, author: session.author, person_id: session.personId },
      ...{ created_at: now, expires_at: session.expiresAt },
    })
    .execute();
  if (person !== null && person !== "pin") await keepNewest(rows, person.id);
  return { session, secret };
}

// More than anybody has browsers; a guest's link opens a session for each of an office.
const sessionsOfPerson = 50;

async function keepNewest(rows: Rows, personId: string): Promise<void> {
  const own = rows.selectFrom("sessions").select("hash").where("person_id", "=", personId);
  const kept = own.orderBy("created_at", "desc").orderBy("hash").limit(sessionsOfPerson);
  await rows.deleteFrom("sessions").where("person_id", "=", personId).where("hash", "not in", kept).execute();
}

/** The session a secret belongs to, or null where there is none or it is over. What a person may is asked each time. */
export async function findSession(rows: Rows, ambient: Ambient, secret: string): Promise<Session | null> {
  const now = ambient.clock.now();
  const row = await rows
    .selectFrom("sessions")
    .selectAll()
    .where("hash", "=", secretHash(secret))
    .where("expires_at", ">", now)
    .executeTakeFirst();
  if (row === undefined) return null;
  const { hash, expires_at: expiresAt, person_id: personId } = row;
  if (personId === null) return { ...(row.author === pinAuthor ? whoeverHasThePin : theOperator), hash, expiresAt };
  const person = await rows.selectFrom("people").selectAll().where("id", "=", personId).executeTakeFirst();
  return person === undefined || !stands(person, now) ? null : { ...principalOf(person), hash, expiresAt };
}

/** Ends a session. */
export async function closeSession(rows: Rows, session: Session): Promise<void> {
  await rows.deleteFrom("sessions").where("hash", "=", session.hash).execute();
}
