import { readFile } from "node:fs/promises";
import { ImageError } from "./errors.ts";

/** Certificates and nothing else: what stands there goes onto every card. Throws `authority-unreadable`, `authority-unusable`. */
export async function readAuthority(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new ImageError("authority-unreadable", `cannot read --update-authority: ${(cause as Error).message}`, {
      cause,
    });
  });
  const kinds = [...text.matchAll(/^-----BEGIN (.+)-----\r?$/gm)].map(([, kind]) => kind);
  if (kinds.length === 0 || kinds.some((kind) => kind !== "CERTIFICATE")) {
    throw new ImageError(
      "authority-unusable",
      `--update-authority ${file}: it takes certificates alone (update-authority.pem)`,
    );
  }
  return text;
}
