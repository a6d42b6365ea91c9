import { createPublicKey } from "node:crypto";
// First: the library asks for it while it is loaded.
import "reflect-metadata";
import type { EnrolmentRefusalCode } from "@cordon/contract";
import * as x509 from "@peculiar/x509";
import { keyHashOf } from "../broker/peer.ts";

/** What a request for a certificate asks, with the proof that who asks holds the key. */
export interface CertificateRequest {
  /** The one common name it asks for. */
  readonly name: string;
  readonly publicKey: x509.PublicKey;
  readonly keyHash: string;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: CertificateRequest }
  | { readonly ok: false; readonly code: EnrolmentRefusalCode };

const form = /^-----BEGIN CERTIFICATE REQUEST-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE REQUEST-----\s*$/;

function refuse(code: EnrolmentRefusalCode): ReadRequest {
  return { ok: false, code };
}

/**
 * Reads a PKCS #10 request (RFC 2986) in PEM. Whatever else it wishes for (extensions, further names) is left
 * aside: what a certificate says is the authority's decision.
 */
export async function readRequest(pem: string): Promise<ReadRequest> {
  if (!form.test(pem)) return refuse("request-malformed");
  let request: x509.Pkcs10CertificateRequest;
  let name: string | undefined;
  let isTaken: boolean;
  try {
    request = new x509.Pkcs10CertificateRequest(pem);
    const names = request.subjectName.getField("CN");
    name = names.length === 1 ? names[0] : undefined;
    // The library reads on only when it is asked: each of these may be the first to find bytes that make no sense.
    const key = request.publicKey.algorithm as { readonly name?: string; readonly namedCurve?: string };
    isTaken = key.name === "ECDSA" && key.namedCurve === "P-256" && request.signatureAlgorithm.hash.name === "SHA-256";
  } catch {
    // Bytes of a stranger; what exactly is wrong with them helps nobody.
    return refuse("request-malformed");
  }
  if (name === undefined) return refuse("request-malformed");
  if (!isTaken) return refuse("request-weak-key");
  const { publicKey } = request;
  try {
    // A point that is not on the curve ends here.
    const keyHash = keyHashOf(createPublicKey({ key: Buffer.from(publicKey.rawData), format: "der", type: "spki" }));
    if (!(await request.verify())) return refuse("request-unsigned");
    return { ok: true, request: { name, publicKey, keyHash } };
  } catch {
    return refuse("request-unsigned");
  }
}
