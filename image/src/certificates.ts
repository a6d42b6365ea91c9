import { X509Certificate } from "node:crypto";

/** Those among the blocks of a text in PEM that can be read. */
export function certificatesIn(text: string): readonly X509Certificate[] {
  const blocks = text.match(/^-----BEGIN CERTIFICATE-----\r?$[^-]*^-----END CERTIFICATE-----\r?$/gm) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      // Whoever asked counts them.
      return [];
    }
  });
}

export function isValidAt({ validFrom, validTo }: X509Certificate, now: number): boolean {
  return Date.parse(validFrom) <= now && now <= Date.parse(validTo);
}

/** A time of a certificate, as day. */
export function dayOf(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}
