/** The certificate authority of one controller: who may speak to its broker, and as whom. */
import { webcrypto, X509Certificate } from "node:crypto";
import { lstatSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
// First: the library asks for it while it is loaded.
import "reflect-metadata";
import { contractVersion, type Credentials, type IssuedCertificate } from "@cordon/contract";
import * as x509 from "@peculiar/x509";
import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import { makeDataDir } from "../store/data-dir.ts";
import { makePrivateFile, readOrMake } from "./private-file.ts";

/** The name every controller's certificate carries, wherever it stands: sensors check it, not the address. */
export const serverName = "cordon-controller";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

// An authority that ran out would lock out every box in the field at once.
const authorityDays = 30 * 365;
// A profile that holds the key can be renewed by a new profile alone: it must outlive its stay at any client.
const sensorDays = 10 * 365;
/**
 * How long a certificate counts that a box asked for: so long a thief may use a box's key where the controller
 * that knows of the theft was replaced by a copy from before it.
 */
export const boxCertificateMs = 30 * dayMs;
/** The share of it after which the box renews: what is left covers ten days without a controller. */
const renewedAfter = 2 / 3;
// Made anew at every start of the controller.
const serverDays = 825;
// Boxes without a battery clock wake up in the past.
const backdatedDays = 30;

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return x509.PemConverter.encode(der, "PRIVATE KEY") + "\n";
}

function validity(now: number, days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(now - backdatedDays * dayMs), notAfter: new Date(now + days * dayMs) };
}

function clientOnly(): x509.Extension {
  return new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]);
}

function serial(ambient: Ambient): string {
  // A leading zero bit keeps the number positive, a leading one bit below it keeps its length.
  const bytes = ambient.random(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}

export class Authority {
  readonly #ambient: Ambient;
  readonly #key: webcrypto.CryptoKey;
  readonly #certificate: x509.X509Certificate;

  constructor(ambient: Ambient, key: webcrypto.CryptoKey, certificate: x509.X509Certificate) {
    this.#ambient = ambient;
    this.#key = key;
    this.#certificate = certificate;
  }

  /** PEM. */
  get certificate(): string {
    return this.#certificate.toString("pem") + "\n";
  }

  /** SHA-256 of the certificate, as Node prints it: what a box that trusts it was told. */
  get fingerprint(): string {
    return new X509Certificate(this.certificate).fingerprint256;
  }

  /** Fresh credentials for the broker. */
  server(): Promise<Credentials> {
    return this.#issue(serverName, serverDays, [
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: serverName }]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ]);
  }

  /** Fresh credentials for one sensor; the key is kept nowhere here. */
  sensor(sensorId: string): Promise<Credentials> {
    return this.#issue(sensorId, sensorDays, [clientOnly()]);
  }

  /** A certificate for a key that a sensor made by itself. */
  async certify(sensorId: string, publicKey: x509.PublicKey): Promise<IssuedCertificate & { readonly until: number }> {
    const now = this.#ambient.clock.now();
    // A certificate knows seconds.
    const until = Math.floor((now + boxCertificateMs) / 1000) * 1000;
    // It is held against this controller's clock alone, which may be set back a little.
    const times = { notBefore: new Date(now - hourMs), notAfter: new Date(until) };
    const certificate = await this.#sign(sensorId, times, publicKey, [clientOnly()]);
    return { version: contractVersion, certificate, renewAfterMs: Math.floor(boxCertificateMs * renewedAfter), until };
  }

  async #issue(name: string, days: number, extensions: x509.Extension[]): Promise<Credentials> {
    const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const times = validity(this.#ambient.clock.now(), days);
    const certificate = await this.#sign(name, times, keys.publicKey, extensions);
    return { certificate, privateKey: await keyPem(keys.privateKey) };
  }

  async #sign(
    name: string,
    times: ReturnType<typeof validity>,
    publicKey: x509.PublicKeyType,
    extensions: x509.Extension[],
  ): Promise<string> {
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(this.#ambient),
      subject: [{ CN: [name] }],
      issuer: this.#certificate.subject,
      ...times,
      publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        ...extensions,
        await x509.AuthorityKeyIdentifierExtension.create(this.#certificate, false),
      ],
    });
    return certificate.toString("pem") + "\n";
  }
}

async function makeAuthority(ambient: Ambient): Promise<string> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(ambient),
    name: [{ CN: ["Cordon controller authority"] }],
    ...validity(ambient.clock.now(), authorityDays),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false),
    ],
  });
  return certificate.toString("pem") + "\n" + (await keyPem(keys.privateKey));
}

function authorityFile(dataDir: string): string {
  return join(dataDir, "keys", "authority.pem");
}

async function authorityOf(text: string, ambient: Ambient): Promise<Authority> {
  // One file for both, so that a key never stands without its certificate.
  const [certificate, key] = x509.PemConverter.decode(text);
  const privateKey = await webcrypto.subtle.importKey("pkcs8", key ?? new ArrayBuffer(0), algorithm, false, ["sign"]);
  return new Authority(ambient, privateKey, new x509.X509Certificate(certificate ?? new ArrayBuffer(0)));
}

/** The authority of a data directory, made on first use. */
export async function openAuthority(dataDir: string, ambient: Ambient): Promise<Authority> {
  const file = authorityFile(dataDir);
  const text = await readOrMake(file, ambient.random(8).toString("hex"), () => makeAuthority(ambient));
  return authorityOf(text, ambient);
}

/**
 * Makes the authority of a data directory before anything else needs one. Throws `authority-exists` where
 * there is one: boxes in the field trust it and no other.
 *
 * @param outside where certificate and key are kept, in place of the data directory, which then holds a link to it
 */
export async function createAuthority(
  dataDir: string,
  ambient: Ambient,
  outside?: string,
): Promise<{ readonly authority: Authority; readonly file: string }> {
  const inside = authorityFile(dataDir);
  const file = outside === undefined ? inside : resolve(outside);
  for (const taken of new Set([inside, file])) {
    if (lstatSync(taken, { throwIfNoEntry: false }) === undefined) continue;
    throw new ControllerError("authority-exists", `there is already an authority, which is left as it is: ${taken}`);
  }
  const text = await makeAuthority(ambient);
  makePrivateFile(file, ambient.random(8).toString("hex"), text);
  if (file !== inside) {
    makeDataDir(dirname(inside));
    symlinkSync(file, inside);
  }
  return { authority: await authorityOf(text, ambient), file };
}
