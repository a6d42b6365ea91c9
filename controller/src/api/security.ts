/** What every answer carries and what every request must bring. */
import type { IncomingHttpHeaders } from "node:http";

/** Headers of every answer, static files and streams included. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** Of every answer over TLS: nobody comes without it for a year (RFC 6797). Not for other names below ours, which may be others'. */
export const transportSecurity = { "strict-transport-security": "max-age=31536000" } as const;

/**
 * Whether a request that changes something comes from our own pages or from no browser at all.
 * Beside the cookie's SameSite=Strict, which another port of the same machine would pass.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders): boolean {
  const fetchSite = headers["sec-fetch-site"];
  if (fetchSite !== undefined && fetchSite !== "same-origin" && fetchSite !== "none") return false;
  const { origin, host } = headers;
  if (origin === undefined) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    // "null" and other opaque origins.
    return false;
  }
}
