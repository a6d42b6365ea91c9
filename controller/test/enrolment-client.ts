/** A box as the enrolment endpoint sees it: a key, a request for a certificate, and an HTTPS client. */
import { webcrypto } from "node:crypto";
import { request as httpsRequest } from "node:https";
// First: the library asks for it while it is loaded.
import "reflect-metadata";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import {
  contractVersion,
  enrolmentPath,
  httpProtocol,
  parseIssuedCertificate,
  renewalPath,
  type EnrolmentRefusal,
  type KeyedProfile,
  type SiteProfile,
} from "@cordon/contract";

export interface OwnKey {
  /** PEM. */
  readonly privateKey: string;
  /** PEM, PKCS #10. */
  readonly request: string;
}

type KeyKind = webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams;
const usual = { name: "ECDSA", namedCurve: "P-256" };

/** Makes a key and a request in which it asks for a name. */
export async function makeKey(name: string, kind: KeyKind = usual, hash = "SHA-256"): Promise<OwnKey> {
  const keys = await webcrypto.subtle.generateKey(kind, true, ["sign", "verify"]);
  const signingAlgorithm = { ...kind, hash };
  const request = await Pkcs10CertificateRequestGenerator.create({ name: [{ CN: [name] }], keys, signingAlgorithm });
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { privateKey: PemConverter.encode(der, "PRIVATE KEY"), request: request.toString("pem") };
}

export interface Asked {
  readonly status: number;
  readonly body: string;
}

export interface AskOptions {
  readonly port: number;
  readonly path: string;
  readonly body: string | Uint8Array;
  readonly method?: string;
  /** What is shown in the handshake; nothing by default. */
  readonly credentials?: { readonly certificate: string; readonly privateKey: string };
}

/** One request to the port of the sensors. Whose port it is does not matter here. */
export function ask({ port, path, body, method = "POST", credentials }: AskOptions): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const identity = credentials === undefined ? {} : { cert: credentials.certificate, key: credentials.privateKey };
    const tls = { rejectUnauthorized: false, ALPNProtocols: [httpProtocol], ...identity };
    const options = { host: "127.0.0.1", port, path, method, agent: false, ...tls };
    const asking = httpsRequest({ ...options, headers: { "content-type": "application/json" } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      response.on("error", reject);
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

/** The certificate of an answer, or the code it was refused with. */
export function outcomeOf({ status, body }: Asked): { readonly certificate: string } | { readonly code: string } {
  const issued = status === 201 ? parseIssuedCertificate(body) : null;
  if (issued?.ok === true) return { certificate: issued.value.certificate };
  return { code: (JSON.parse(body) as EnrolmentRefusal).code };
}

/** Asks for a first certificate with the token of a profile. */
export async function enrolWith(profile: SiteProfile, { request }: OwnKey, port = profile.controller.port) {
  const body = JSON.stringify({ version: contractVersion, token: profile.enrolment?.token, request });
  return outcomeOf(await ask({ port, path: enrolmentPath, body }));
}

/** Asks for the next certificate. */
export async function renewWith(port: number, { privateKey, request }: OwnKey, certificate?: string) {
  const credentials = certificate === undefined ? undefined : { certificate, privateKey };
  const body = JSON.stringify({ version: contractVersion, request });
  return outcomeOf(await ask({ port, path: renewalPath, body, ...(credentials === undefined ? {} : { credentials }) }));
}

/** The profile as a box works with it once it has its certificate. */
export function keyed(profile: SiteProfile, certificate: string, key: OwnKey, authority: string): KeyedProfile {
  const credentials = { certificate, privateKey: key.privateKey };
  return { ...profile, controller: { ...profile.controller, authority }, credentials };
}
