import { createPrivateKey, randomBytes, webcrypto, X509Certificate, type KeyObject } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
// First: the library asks for it while it is loaded.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { ProvisionError } from "./errors.ts";

/**
 * `authority`: whose releases a box believes, as a certificate that goes into the image, and its key, which signs keys and is put away.
 * `signer`: certificate and key that releases are signed with; others may take their place without a box being touched.
 */
export const updateKeyFiles = {
  authority: "update-authority.pem",
  authorityKey: "update-authority.key",
  signer: "update.pem",
  signerKey: "update.key",
} as const;

/** An authority as certificate and key. */
export interface UpdateAuthority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
const [authorityDays, signerDays] = [30 * 365, 10 * 365];
// Boxes without a battery clock wake up in the past.
const backdatedDays = 30;

/** Rejects with `update-key-exists` where one of these files is in the folder: it is taken away by hand. */
export async function checkNoneIn(folder: string, names: readonly string[]): Promise<void> {
  for (const path of names.map((name) => join(folder, name))) {
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) throw new ProvisionError("update-key-exists", `${path} is there already, and is left as it is`);
  }
}

export async function makeUpdateAuthority(now: number): Promise<UpdateAuthority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: ["Cordon update authority"] }],
    ...timesFrom(now, authorityDays),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false),
    ],
  });
  return { certificate, key: keys.privateKey };
}

/** The one that lies in a folder. Rejects with `update-authority-unusable`. */
export async function readUpdateAuthority(folder: string, now: number): Promise<UpdateAuthority> {
  const refuse = (name: string, why: string, cause?: unknown): never => {
    throw new ProvisionError("update-authority-unusable", `${join(folder, name)} ${why}`, { cause });
  };
  const read = (name: string) =>
    readFile(join(folder, name), "utf8").catch((cause: unknown) =>
      refuse(name, `cannot be read: ${(cause as Error).message}`, cause),
    );
  const { authority, authorityKey } = updateKeyFiles;
  const [text, keyText] = [await read(authority), await read(authorityKey)];
  let certificate: X509Certificate;
  let key: KeyObject;
  try {
    certificate = new X509Certificate(text);
  } catch (cause) {
    return refuse(authority, "is no certificate", cause);
  }
  try {
    key = createPrivateKey(keyText);
  } catch (cause) {
    return refuse(authorityKey, "is no private key that can be read", cause);
  }
  if (!certificate.ca) refuse(authority, "is no authority's and signs no keys");
  if (!certificate.checkPrivateKey(key)) refuse(authority, `is the certificate of another key than ${authorityKey}`);
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    refuse(authorityKey, "is none that update-key create makes");
  if (Date.parse(certificate.validTo) <= now) refuse(authority, `has ended, with ${certificate.validTo}`);
  return {
    certificate: new x509.X509Certificate(certificate.raw),
    key: await webcrypto.subtle.importKey("pkcs8", key.export({ type: "pkcs8", format: "der" }), algorithm, false, [
      "sign",
    ]),
  };
}

export async function writeUpdateAuthority({ certificate, key }: UpdateAuthority, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePair(folder, { [updateKeyFiles.authority]: certificate, [updateKeyFiles.authorityKey]: key });
}

/** Makes a key to sign with, signed by the authority, which it does not outlast; the day it ends. */
export async function writeSigner({ certificate, key }: UpdateAuthority, folder: string, now: number): Promise<Date> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const times = timesFrom(now, signerDays);
  const notAfter = new Date(Math.min(times.notAfter.getTime(), certificate.notAfter.getTime()));
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: ["Cordon releases"] }],
    issuer: certificate.subject,
    ...{ notBefore: times.notBefore, notAfter },
    publicKey: keys.publicKey,
    signingKey: key,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(certificate, false),
    ],
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePair(folder, { [updateKeyFiles.signer]: signed, [updateKeyFiles.signerKey]: keys.privateKey });
  return notAfter;
}

async function writePair(
  folder: string,
  files: Readonly<Record<string, x509.X509Certificate | webcrypto.CryptoKey>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    if (content instanceof x509.X509Certificate) await writeFile(join(folder, name), `${content.toString("pem")}\n`);
    else await writeFile(join(folder, name), await keyPem(content), { mode: 0o600, flag: "wx" });
  }
}

function timesFrom(now: number, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(now - backdatedDays * dayMs), notAfter: new Date(now + days * dayMs) };
}

function serial(): string {
  const bytes = randomBytes(16);
  // Positive, and of one length.
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}
