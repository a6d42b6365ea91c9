import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { keyIdOf, type Signer } from "../link/desired.ts";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";

/** The key (Ed25519) that a box signs with while it is its own centre. */
export interface CentreKey extends Signer {
  /** PEM (PKCS #8). */
  readonly privateKey: string;
  /** PEM (SPKI). */
  readonly publicKey: string;
}

/** Reads the key, or makes one where there is none that can be read. */
export async function openCentreKey(path: string): Promise<CentreKey> {
  const kept = await readFileIfPresent(path);
  const found = kept === null ? null : keyOf(kept);
  if (found !== null) return found;
  if (kept !== null) await setAside(path);
  const made = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  await writeFileAtomic(path, made);
  return keyOf(made) as CentreKey;
}

function keyOf(privateKey: string): CentreKey | null {
  try {
    const key = createPublicKey(createPrivateKey(privateKey));
    if (key.asymmetricKeyType !== "ed25519") return null;
    const publicKey = key.export({ format: "pem", type: "spki" }).toString();
    return { privateKey, publicKey, key, keyId: keyIdOf(key) };
  } catch {
    return null;
  }
}
