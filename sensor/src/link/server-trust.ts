import { X509Certificate } from "node:crypto";

const serverAuth = "1.3.6.1.5.5.7.3.1";
const timeFaults = new Set(["CERT_NOT_YET_VALID", "CERT_HAS_EXPIRED"]);

export interface ServerTrustOptions {
  /** What the TLS library found wrong, by its code; null where nothing. */
  readonly fault: string | null;
  readonly certificate: X509Certificate | undefined;
  /** PEM. */
  readonly authority: string;
  readonly serverName: string;
  /** Epoch milliseconds, never ahead of the truth (`TrustedTime.now`). */
  readonly trustedNow: number;
}

/**
 * Why a controller's certificate is not trusted, in a few words; null where it is.
 *
 * The library goes by the box's clock, which may be years off, and then nothing could ever put it right. So where
 * it finds fault with the times alone, all else is verified here, and the times are held against the time that is
 * known for certain. A certificate that begins in the clock's future proves the clock wrong, for the authority has signed
 * it already. One that is over by the clock is over only where the trusted time says so, too: that is behind the truth by
 * what the box was switched off, and so a certificate that was stolen from a controller and has run out may deceive a box
 * that has just come from the drawer, until it has spoken with its controller once.
 */
export function whyDistrusted(options: ServerTrustOptions): string | null {
  const { fault, certificate, serverName, trustedNow } = options;
  if (fault === null) return null;
  if (certificate === undefined || !timeFaults.has(fault)) return fault;
  const authority = new X509Certificate(options.authority);
  // One link: our authorities sign no other authorities (path length 0).
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) return "another authority's";
  if (certificate.ca || certificate.keyUsage?.includes(serverAuth) !== true) return "not a server's";
  if (certificate.checkHost(serverName, { subject: "never" }) === undefined) return `not ${serverName}'s`;
  const until = Math.min(certificate.validToDate.getTime(), authority.validToDate.getTime());
  return until <= trustedNow ? `over since ${new Date(until).toISOString().slice(0, 10)}` : null;
}
