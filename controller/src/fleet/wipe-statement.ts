import { verify, X509Certificate } from "node:crypto";
import type { ReportedWipe, WipeStatement } from "@cordon/contract";

/**
 * What a box stated when it had forgotten its site, where the key that signed it was that box's, by a certificate of this
 * authority (PEM); null where it states nothing, or somebody else does.
 */
export function vouchedStatement(
  { integrity, orderId }: ReportedWipe,
  { sensorId, authority }: { readonly sensorId: string; readonly authority: string },
): WipeStatement | null {
  if (integrity === undefined) return null;
  try {
    const certificate = new X509Certificate(integrity.certificate);
    const isOurs =
      certificate.verify(new X509Certificate(authority).publicKey) && certificate.subject === `CN=${sensorId}`;
    const bytes = Buffer.from(integrity.statement, "utf8");
    if (!isOurs || !verify("sha256", bytes, certificate.publicKey, Buffer.from(integrity.signature, "base64")))
      return null;
    // Signed by the box: its words are as true as the box is.
    const statement = JSON.parse(integrity.statement) as WipeStatement;
    return statement.sensor === sensorId && statement.orderId === orderId ? statement : null;
  } catch {
    // No certificate, no JSON: it states nothing.
    return null;
  }
}
