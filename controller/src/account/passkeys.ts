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
import { createHmac, timingSafeEqual } from "node:crypto";
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
const [drawnBytes, endBytes, sealBytes] = [16, 8, 32] as const;

/**
 * What is drawn for somebody to sign: each counts once, and for a few minutes. It carries its end and a seal, and nothing is kept before
 * it comes back: however many strangers have drawn, nobody's is forgotten.
 */
export class Challenges {
  readonly #ambient: Ambient;
  readonly #key: Buffer;
  /** Those that came back, until they end by themselves. */
  readonly #taken = new Map<string, number>();

  constructor(ambient: Ambient) {
    this.#ambient = ambient;
    this.#key = ambient.random(32);
  }

  draw(purpose: string): Uint8Array<ArrayBuffer> {
    const end = Buffer.alloc(endBytes);
    end.writeBigUInt64BE(BigInt(Math.floor(this.#ambient.clock.now()) + challengeLifeMs));
    const said = Buffer.concat([this.#ambient.random(drawnBytes), end]);
    return Uint8Array.from([...said, ...this.#sealOf(said, purpose)]);
  }

  /** @param challenge as it comes back, in base64url */
  take(challenge: string, purpose: string): boolean {
    const now = this.#ambient.clock.now();
    for (const [known, until] of this.#taken) if (until <= now) this.#taken.delete(known);
    const bytes = Buffer.from(challenge, "base64url");
    if (bytes.length !== drawnBytes + endBytes + sealBytes) return false;
    const said = bytes.subarray(0, drawnBytes + endBytes);
    if (!timingSafeEqual(bytes.subarray(said.length), this.#sealOf(said, purpose))) return false;
    const until = Number(said.readBigUInt64BE(drawnBytes));
    // By its bytes: the same may be written in several ways.
    const name = bytes.toString("hex");
    if (until <= now || this.#taken.has(name)) return false;
    this.#taken.set(name, until);
    return true;
  }

  #sealOf(said: Uint8Array, purpose: string): Buffer {
    return createHmac("sha256", this.#key).update(said).update(purpose, "utf8").digest();
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
  return generateRegistrationOptions({
    challenge: challenges.draw(person.id),
    ...{ rpName: "Cordon", rpID: party.name },
    ...{ userID: Uint8Array.from(Buffer.from(person.id, "utf8")), userName: person.name, userDisplayName: person.name },
    excludeCredentials: own.map((row) => ({ id: row.id, transports: transportsOf(row) })),
    // Chosen without a name, and opened by finger, face or PIN: it stands for password and code.
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
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
  const challenge = challenges.draw(signingIn);
  return generateAuthenticationOptions({ challenge, rpID: party.name, userVerification: "required" });
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
