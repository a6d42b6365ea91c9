import "reflect-metadata";
import { webcrypto, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { Credentials, SiteProfile } from "@cordon/contract";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

// Longer than any box lasts: another certificate would be another fingerprint than the label's. Browsers of Apple's refuse what was
// issued after June 2019 and holds for more than 825 days (support.apple.com/103769), so it says to be older than that.
const [notBefore, notAfter] = [new Date("2019-01-01T00:00:00Z"), new Date("2049-12-31T00:00:00Z")];

/** A certificate with its key for the pages that a box itself serves. No browser trusts it unasked. */
export async function newPages({
  sensor,
  management,
}: Pick<SiteProfile, "sensor" | "management">): Promise<Credentials> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const address = management?.address.replace(/\/.*/, "");
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=Cordon box ${sensor}`,
      ...{ keys, signingAlgorithm: algorithm, notBefore, notAfter },
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension([
          { type: "dns", value: `${sensor}.cordon.internal` },
          ...(address === undefined ? [] : [{ type: "ip" as const, value: address }]),
        ]),
      ],
    },
    webcrypto as never,
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return { certificate: certificate.toString("pem"), privateKey: x509.PemConverter.encode(der, "PRIVATE KEY") };
}

/** As browsers show it: SHA-256 over the certificate, pairs of hex digits with colons between them. */
export function fingerprintOf({ certificate }: Pick<Credentials, "certificate">): string {
  return new X509Certificate(certificate).fingerprint256;
}
