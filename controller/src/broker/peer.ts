import { createHash, type KeyObject, type X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

/**
 * What a client's certificate is worth: `trusted` is signed by our authority and in its time; `expired` was
 * that once; `foreign` is signed by somebody else, or for something else; `none` is none at all.
 */
export type Standing = "trusted" | "expired" | "foreign" | "none";

/** Who is at the other end of a TLS connection. The handshake has proven that it holds the certificate's key. */
export interface Peer {
  readonly standing: Standing;
  /** The certificate's common name; empty where our authority did not say it. */
  readonly sensorId: string;
  /** SHA-256 of the certificate, as Node prints it; empty where there is none. */
  readonly fingerprint: string;
  /** {@link keyHashOf} its key; empty where there is none. */
  readonly keyHash: string;
  /** Where it comes from. */
  readonly address: string;
}

const clientAuth = "1.3.6.1.5.5.7.3.2";

/** SHA-256 of a public key (SubjectPublicKeyInfo), hex: the same for every certificate of that key. */
export function keyHashOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex");
}

/** Looks at a connection after its handshake, in which a certificate was asked for and none demanded. */
export function peerOf(socket: TLSSocket, authority: X509Certificate, now: number): Peer {
  const address = socket.remoteAddress ?? "";
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return { standing: "none", sensorId: "", fingerprint: "", keyHash: "", address };
  const standing = standingOf(certificate, socket.authorized, authority, now);
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "";
  return {
    standing,
    sensorId: standing === "foreign" ? "" : name,
    fingerprint: certificate.fingerprint256,
    keyHash: keyHashOf(certificate.publicKey),
    address,
  };
}

function standingOf(
  certificate: X509Certificate,
  isAuthorized: boolean,
  authority: X509Certificate,
  now: number,
): Standing {
  // A session that is resumed was verified when it began (RFC 8446 4.6.1): the certificate's time may be over since.
  const isOver = certificate.validToDate.getTime() <= now;
  if (isAuthorized) return isOver ? "expired" : "trusted";
  // OpenSSL names one fault of several, so the others are looked for here.
  const isOurs =
    certificate.checkIssued(authority) &&
    certificate.verify(authority.publicKey) &&
    certificate.keyUsage?.includes(clientAuth) === true;
  return isOurs && isOver ? "expired" : "foreign";
}
