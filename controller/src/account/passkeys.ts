/**
 * Passkeys (WebAuthn): by which a person signs in with what unlocks the phone or computer, instead of password and code. The
 * protocol is the library's; here is whose they are, and for which name they count.
 */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { Ambient } from "../ambient.ts";
import type { PasskeyRow, PersonRow, Rows } from "../store/schema.ts";
import { stands } from "./people.ts";

/** For whom passkeys are made: they work under this name alone, and over TLS. */
export interface RelyingParty {
  readonly name: string;
  readonly origin: string;
}

/** Where people find the interface, if that is a name with TLS; else null, and there are no passkeys. */
export function relyingPartyOf(url: string): RelyingParty | null {
  const parsed = URL.parse(url);
  const isName = parsed !== null && !/^[\d.]+$|^\[/.test(parsed.hostname);
  return parsed?.protocol === "https:" && isName ? { name: parsed.hostname, origin: parsed.origin } : null;
}

const challengeLifeMs = 5 * 60_000;
const challengesKept = 1_000;

/** What was drawn for somebody to sign: each counts once, and for a few minutes. */
export class Challenges {
  readonly #ambient: Ambient;
  readonly #open = new Map<string, { readonly purpose: string; readonly expiresAt: number }>();

  constructor(ambient: Ambient) {
    this.#ambient = ambient;
  }

  note(challenge: string, purpose: string): void {
    this.#open.set(challenge, { purpose, expiresAt: this.#ambient.clock.now() + challengeLifeMs });
    const [oldest] = this.#open.keys();
    if (this.#open.size > challengesKept && oldest !== undefined) this.#open.delete(oldest);
  }

  take(challenge: string, purpose: string): boolean {
    const found = this.#open.get(challenge);
    this.#open.delete(challenge);
    return found?.purpose === purpose && found.expiresAt > this.#ambient.clock.now();
  }
}

export interface PasskeyParts {
  readonly ambient: Ambient;
  readonly challenges: Challenges;
  readonly party: RelyingParty;
}

// Loaded where it is wanted: it is large, and most who sign in never use it.
const library = () => import("@simplewebauthn/server");

const signingIn = "sign-in";

/** What a browser needs to make a passkey for somebody. */
export async function beginPasskey(
  rows: Rows,
  { challenges, party }: PasskeyParts,
  person: PersonRow,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await library();
  const own = await passkeysOf(rows, person.id);
  const options = await generateRegistrationOptions({
    ...{ rpName: "Cordon", rpID: party.name },
    ...{ userID: Uint8Array.from(Buffer.from(person.id, "utf8")), userName: person.name, userDisplayName: person.name },
    excludeCredentials: own.map((row) => ({ id: row.id, transports: transportsOf(row) })),
    // Chosen without a name, and opened by finger, face or PIN: it stands for password and code.
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  challenges.note(options.challenge, person.id);
  return options;
}

/** Keeps the passkey that was made; null where it is not what was asked for. */
export async function addPasskey(
  rows: Rows,
  { ambient, challenges, party }: PasskeyParts,
  person: PersonRow,
  { name, response }: { readonly name: string; readonly response: RegistrationResponseJSON },
): Promise<PasskeyRow | null> {
  const { verifyRegistrationResponse } = await library();
  const verified = await verifyRegistrationResponse({
    ...{ response, expectedOrigin: party.origin, expectedRPID: party.name, requireUserVerification: true },
    expectedChallenge: (challenge) => challenges.take(challenge, person.id),
  }).catch(() => null);
  if (verified === null || !verified.verified) return null;
  const { credential } = verified.registrationInfo;
  const row: PasskeyRow = {
    ...{ id: credential.id, person_id: person.id, name, counter: credential.counter },
    public_key: Buffer.from(credential.publicKey).toString("base64url"),
    transports: JSON.stringify(credential.transports ?? []),
    ...{ created_at: ambient.clock.now(), last_used_at: null },
  };
  const added = await rows
    .insertInto("passkeys")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returning("id")
    .executeTakeFirst();
  return added === undefined ? null : row;
}

/** What a browser needs to ask for a passkey, whoever's. */
export async function beginSignIn({ challenges, party }: PasskeyParts): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await library();
  const options = await generateAuthenticationOptions({ rpID: party.name, userVerification: "required" });
  challenges.note(options.challenge, signingIn);
  return options;
}

/** Whose passkey signed; null where nobody's did, or the account does not count. */
export async function personByPasskey(
  rows: Rows,
  { ambient, challenges, party }: PasskeyParts,
  response: AuthenticationResponseJSON,
): Promise<PersonRow | null> {
  const row = await rows.selectFrom("passkeys").selectAll().where("id", "=", response.id).executeTakeFirst();
  if (row === undefined) return null;
  const { verifyAuthenticationResponse } = await library();
  const verified = await verifyAuthenticationResponse({
    ...{ response, expectedOrigin: party.origin, expectedRPID: party.name, requireUserVerification: true },
    expectedChallenge: (challenge) => challenges.take(challenge, signingIn),
    credential: {
      ...{ id: row.id, counter: row.counter, transports: transportsOf(row) },
      publicKey: Uint8Array.from(Buffer.from(row.public_key, "base64url")),
    },
  }).catch(() => null);
  if (verified === null || !verified.verified) return null;
  const now = ambient.clock.now();
  const person = await rows.selectFrom("people").selectAll().where("id", "=", row.person_id).executeTakeFirst();
  if (person === undefined || person.role === "guest" || person.password === null || !stands(person, now)) return null;
  const used = { counter: verified.authenticationInfo.newCounter, last_used_at: now };
  await rows.updateTable("passkeys").set(used).where("id", "=", row.id).execute();
  return person;
}

/** Somebody's, oldest first. */
export function passkeysOf(rows: Rows, personId: string): Promise<PasskeyRow[]> {
  return rows.selectFrom("passkeys").selectAll().where("person_id", "=", personId).orderBy("created_at").execute();
}

function transportsOf({ transports }: PasskeyRow): string[] {
  return JSON.parse(transports) as string[];
}
