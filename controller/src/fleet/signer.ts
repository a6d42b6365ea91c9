import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { PackedDesired, SignedDesired } from "@cordon/contract";
import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";
import { readOrMake } from "./private-file.ts";

/** Signs desired documents (Ed25519). */
export interface Signer {
  readonly keyId: string;
  /** PEM, for the site profiles. */
  readonly publicKey: string;
  readonly sign: (document: string) => SignedDesired;
  /** The same for a sensor that takes it packed. */
  readonly pack: (signed: SignedDesired) => PackedDesired;
}

function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ format: "der", type: "spki" });
  return createHash("sha256").update(der).digest("hex").slice(0, 16);
}

/** A signer with a private key in PEM (PKCS #8). */
export function signerOf(privateKeyPem: string): Signer {
  const privateKey = createPrivateKey(privateKeyPem);
  const publicKey = createPublicKey(privateKey);
  const keyId = keyIdOf(publicKey);
  const signatureOf = (bytes: Uint8Array) => sign(null, bytes, privateKey).toString("base64");
  return {
    keyId,
    publicKey: publicKey.export({ format: "pem", type: "spki" }).toString(),
    sign: (document) => ({ document, signature: signatureOf(Buffer.from(document, "utf8")), keyId }),
    pack: ({ document, signature }) => {
      const packed = gzipSync(Buffer.from(document, "utf8"), { level: 9 });
      return { packed: packed.toString("base64"), seal: signatureOf(packed), signature, keyId };
    },
  };
}

/** The signer of a data directory, made on first use; its public half is also written to the store. */
export async function openSigner(dataDir: string, rows: Rows, ambient: Ambient): Promise<Signer> {
  const file = join(dataDir, "keys", "signer.pem");
  const pem = await readOrMake(file, ambient.random(8).toString("hex"), () =>
    Promise.resolve(generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString()),
  );
  const signer = signerOf(pem);
  await rows
    .insertInto("signing_keys")
    .values({ key_id: signer.keyId, public_key: signer.publicKey, created_at: ambient.clock.now() })
    .onConflict((conflict) => conflict.column("key_id").doNothing())
    .execute();
  return signer;
}
