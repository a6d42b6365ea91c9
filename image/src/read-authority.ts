import { readFile } from "node:fs/promises";
import { certificatesIn, dayOf, isValidAt } from "./certificates.ts";
import { ImageError } from "./errors.ts";

/**
 * Certificates of authorities, as they are laid onto every card: a box that has another one in their place refuses each release, for life.
 * Throws `authority-unreadable`, `authority-unusable`.
 */
export async function readAuthority(file: string, now: number): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new ImageError("authority-unreadable", `cannot read --update-authority: ${(cause as Error).message}`, {
      cause,
    });
  });
  const refuse = (why: string, cause?: unknown): never => {
    throw new ImageError("authority-unusable", `--update-authority ${file}: ${why}`, { cause });
  };
  const kinds = [...text.matchAll(/^-----BEGIN (.+)-----\r?$/gm)].map(([, kind]) => kind);
  if (kinds.length === 0 || kinds.some((kind) => kind !== "CERTIFICATE")) {
    refuse("it takes certificates alone; update-authority.pem is meant");
  }
  const certificates = certificatesIn(text);
  if (certificates.length !== kinds.length) refuse("it holds what is no certificate; update-authority.pem is meant");
  for (const certificate of certificates) {
    const name = certificate.subject.replaceAll("\n", ", ");
    // With an extension that says what its key is for, signing certificates is to be among it.
    if (!certificate.ca) {
      refuse(
        `${name} is no authority and signs no certificates (update.pem is the signer's); update-authority.pem is meant`,
      );
    }
    if (!isValidAt(certificate, now)) {
      refuse(`${name} counts from ${dayOf(certificate.validFrom)} to ${dayOf(certificate.validTo)}, and not today`);
    }
  }
  return text;
}
