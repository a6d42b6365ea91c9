import { webcrypto } from "node:crypto";
// First: the library asks for it while it is loaded.
import "reflect-metadata";
import { PemConverter, Pkcs10CertificateRequestGenerator } from "@peculiar/x509";

/** A key that the box made, and what it asks for a certificate with. */
export interface OwnKey {
  /** PEM (PKCS #8). */
  readonly privateKey: string;
  /** PEM (PKCS #10): holds the public half and the sensor's name, signed by the key. */
  readonly request: string;
}

/**
 * Makes a key (ECDSA P-256) and a request for a certificate. Run by a process of its own: loading what it takes would keep a
 * slow box from judging.
 */
export async function makeOwnKey(sensorId: string): Promise<OwnKey> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [sensorId] }],
    keys,
    signingAlgorithm: algorithm,
  });
  const der = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return { privateKey: `${PemConverter.encode(der, "PRIVATE KEY")}\n`, request: `${request.toString("pem")}\n` };
}
