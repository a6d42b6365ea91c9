import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  delegationBytes,
  type Hello,
  type PackedDesired,
  type SignedDelegation,
  type SignedDesired,
} from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import { writeAudit } from "../account/audit.ts";
import { ControllerError } from "../errors.ts";
import type { Rows, Store } from "../store/schema.ts";
import { moveFile, readOrMake } from "./private-file.ts";

/** Signs desired documents (Ed25519). */
export interface Signer {
  readonly keyId: string;
  /** PEM. */
  readonly publicKey: string;
  /** PEM, for the site profiles: this key, and the one that is to come after it. */
  readonly accepted: readonly string[];
  readonly sign: (document: string) => SignedDesired;
  /** The same for a sensor that takes it packed. */
  readonly pack: (signed: SignedDesired) => PackedDesired;
  /** Signs what a box may do by itself. */
  readonly delegate: (delegation: string) => SignedDelegation;
}

function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ format: "der", type: "spki" });
  return createHash("sha256").update(der).digest("hex").slice(0, 16);
}

/**
 * A signer with a private key in PEM (PKCS #8).
 *
 * @param next the public key in PEM that comes after it
 */
export function signerOf(privateKeyPem: string, next: string): Signer {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  const keyId = keyIdOf(publicKey);
  const signatureOf = (bytes: Uint8Array) => sign(null, bytes, privateKey).toString("base64");
  const own = pemOf(publicKey);
  return {
    keyId,
    publicKey: own,
    accepted: [own, next],
    sign: (document) => ({ document, signature: signatureOf(Buffer.from(document, "utf8")), keyId }),
    pack: ({ document, signature }) => {
      const packed = gzipSync(Buffer.from(document, "utf8"), { level: 9 });
      return { packed: packed.toString("base64"), seal: signatureOf(packed), signature, keyId };
    },
    delegate: (delegation) => ({
      ...{ delegation, keyId },
      signature: signatureOf(Buffer.from(delegationBytes(delegation), "utf8")),
    }),
  };
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ format: "pem", type: "spki" }).toString();
}

const fileOf = (dataDir: string, name: "signer" | "signer-next") => join(dataDir, "keys", `${name}.pem`);

function readOrMakeKey(file: string, ambient: Ambient): Promise<string> {
  return readOrMake(file, ambient.random(8).toString("hex"), () =>
    Promise.resolve(generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString()),
  );
}

/**
 * The signer of a data directory, made on first use, with the key that comes after it; its public half is also written
 * to the store.
 */
export async function openSigner(dataDir: string, rows: Rows, ambient: Ambient): Promise<Signer> {
  const pem = await readOrMakeKey(fileOf(dataDir, "signer"), ambient);
  const next = await readOrMakeKey(fileOf(dataDir, "signer-next"), ambient);
  const signer = signerOf(pem, pemOf(createPublicKey(next)));
  await rows
    .insertInto("signing_keys")
    .values({ key_id: signer.keyId, public_key: signer.publicKey, created_at: ambient.clock.now() })
    .onConflict((conflict) => conflict.column("key_id").doNothing())
    .execute();
  return signer;
}

/**
 * Has the next key sign from now on, and makes another next one; only while nobody serves. Boxes obey two keys, those of
 * the time when their profile was made. Throws `boxes-left-behind` where one of them would not obey the next.
 *
 * @returns the new key's name
 */
export async function rotateSigner(dataDir: string, store: Store, ambient: Ambient, author: string): Promise<string> {
  const before = await openSigner(dataDir, store, ambient);
  const [, next = ""] = before.accepted;
  const nextId = keyIdOf(createPublicKey(next));
  const sensors = await store
    .selectFrom("sensors")
    .select(["id", "profile", "hello"])
    .where("retired_at", "is", null)
    .orderBy("id")
    .execute();
  const left = sensors.filter((sensor) => !obeyedBy(sensor).includes(nextId)).map(({ id }) => id);
  if (left.length > 0) {
    const named = left.length > 5 ? `${left.slice(0, 5).join(", ")} and ${left.length - 5} more` : left.join(", ");
    throw new ControllerError(
      "boxes-left-behind",
      `the next key would not be obeyed by ${named}: make their profiles anew and bring them there, or retire them`,
    );
  }
  const detail = `${before.keyId} signs no more`;
  await writeAudit(store, ambient, { author, action: "signer-rotated", detail });
  moveFile(fileOf(dataDir, "signer-next"), fileOf(dataDir, "signer"));
  return (await openSigner(dataDir, store, ambient)).keyId;
}

/**
 * Names of the keys that a sensor says to obey. A profile that was made need not be on its box yet: only of one that has never said
 * anything is that assumed.
 */
function obeyedBy({
  profile,
  hello,
}: {
  readonly profile: string | null;
  readonly hello: string | null;
}): readonly string[] {
  const said = hello === null ? undefined : (JSON.parse(hello) as Hello).obeys;
  if (said !== undefined) return said;
  if (profile === null) return [];
  const given = JSON.parse(profile) as { readonly controller: { readonly signers: readonly string[] } };
  return given.controller.signers.map((pem) => keyIdOf(createPublicKey(pem)));
}
