import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { certificatesIn, dayOf, isValidAt } from "./certificates.ts";
import { ImageError } from "./errors.ts";

/** What a release is signed with, as files. */
export interface Signer {
  readonly key: string;
  readonly certificate: string;
}

/**
 * A key for releases and the certificate beside it, looked at before anything is built: no box takes what another one has signed.
 * Throws `signer-unreadable`, `signer-unusable`.
 */
export async function readSigner(key: string, now: number): Promise<Signer> {
  const certificate = key.replace(/(\.key)?$/, ".pem");
  const read = (file: string, what: string) =>
    readFile(file, "utf8").catch((cause: unknown) => {
      throw new ImageError("signer-unreadable", `cannot read ${what}: ${(cause as Error).message}`, { cause });
    });
  const refuse = (file: string, why: string, cause?: unknown): never => {
    throw new ImageError("signer-unusable", `${file} ${why}`, { cause });
  };
  const meant = "update.key is meant, with update.pem beside it";
  const keyText = await read(key, "--key");
  const [signer] = certificatesIn(await read(certificate, `the certificate of --key ${key}`));
  if (signer === undefined) return refuse(certificate, `beside --key is no certificate; ${meant}`);
  let secret: KeyObject;
  try {
    secret = createPrivateKey(keyText);
  } catch (cause) {
    return refuse(`--key ${key}`, `is no private key that can be read; ${meant}`, cause);
  }
  if (!signer.checkPrivateKey(secret))
    refuse(certificate, `is the certificate of another key than --key ${key}; ${meant}`);
  if (signer.ca) refuse(certificate, `is an authority's, which signs keys and no releases; ${meant}`);
  if (signer.verify(signer.publicKey))
    refuse(certificate, `has signed itself, and no authority that a box believes; ${meant}`);
  if (!isValidAt(signer, now)) {
    refuse(certificate, `counts from ${dayOf(signer.validFrom)} to ${dayOf(signer.validTo)}, and not today`);
  }
  return { key, certificate };
}
