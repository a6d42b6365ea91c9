import { randomBytes, webcrypto } from "node:crypto";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
// First: the library asks for it while it is loaded.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { ProvisionError } from "../errors.ts";

export interface UpdateKeyWish {
  /** The folder that holds them. */
  readonly out: string;
}

/**
 * `authority`: whose releases a box believes, as a certificate that goes into the image, and its key, which signs keys and is put away.
 * `signer`: certificate and key that releases are signed with; others may take their place without a box being touched.
 */
const updateKeyFiles = {
  authority: "update-authority.pem",
  authorityKey: "update-authority.key",
  signer: "update.pem",
  signerKey: "update.key",
} as const;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const dayMs = 86_400_000;
const [authorityDays, signerDays] = [30 * 365, 10 * 365];
// Boxes without a battery clock wake up in the past.
const backdatedDays = 30;

/**
 * Makes the operator's keys for releases: the authority where the folder holds none, and a key to sign with. Rejects with
 * `update-key-exists` where there is such a key already: it is taken away by hand.
 */
export async function createUpdateKey(wish: UpdateKeyWish, now: number, tell: (line: string) => void): Promise<void> {
  const folder = resolve(wish.out);
  const [authority, authorityKey, signer, signerKey] = Object.values(updateKeyFiles).map((name) => join(folder, name));
  if (authority === undefined || authorityKey === undefined || signer === undefined || signerKey === undefined) return;
  for (const path of [authority, authorityKey, signer, signerKey]) {
    if (!(await isThere(path))) continue;
    throw new ProvisionError("update-key-exists", `${path} is there already, and is left as it is`);
  }
  const times = (days: number) => ({
    notBefore: new Date(now - backdatedDays * dayMs),
    notAfter: new Date(now + days * dayMs),
  });
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: [{ CN: ["Cordon update authority"] }],
    ...times(authorityDays),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false),
    ],
  });
  const signerKeys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const signed = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: ["Cordon releases"] }],
    issuer: certificate.subject,
    ...times(signerDays),
    publicKey: signerKeys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(certificate, false),
    ],
  });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(authority, `${certificate.toString("pem")}\n`);
  await writeFile(authorityKey, await keyPem(keys.privateKey), { mode: 0o600, flag: "wx" });
  await writeFile(signer, `${signed.toString("pem")}\n`);
  await writeFile(signerKey, await keyPem(signerKeys.privateKey), { mode: 0o600, flag: "wx" });
  tell(`Wrote the keys for releases to ${folder}.`);
  tell(
    `  ${updateKeyFiles.authority}  goes into images: npm run image -- build --board pc --update-authority ${authority}`,
  );
  tell(`  ${updateKeyFiles.authorityKey}  is put away; it signs the next key to sign with`);
  tell(
    `  ${updateKeyFiles.signer}, ${updateKeyFiles.signerKey}  sign releases: npm run image -- bundle --board pc --key ${signerKey}`,
  );
  tell("  --board pc is a mini PC; say --board pi for a Raspberry Pi.");
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

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
