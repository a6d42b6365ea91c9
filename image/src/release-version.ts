import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ImageError } from "./errors.ts";

/** Version of the sources that an image is built from. */
export async function softwareVersionIn(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { readonly version: string };
  return version;
}

// Semantic Versioning 2.0.0, without what comes after a plus.
const number = "(?:0|[1-9][0-9]{0,8})";
const word = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
const shape = new RegExp(`^${number}\\.${number}\\.${number}(?:-${word}(?:\\.${word})*)?$`);

/**
 * What image and bundle say that they are: what is said, or the version of the sources. Throws `release-unusable` where boxes could
 * not tell by it which of two is newer.
 */
export async function readRelease(said: string | undefined, root: string): Promise<string> {
  const release = said ?? (await softwareVersionIn(root));
  if (release.includes("+")) {
    throw new ImageError(
      "release-unusable",
      `--release ${release}: what follows a plus orders nothing, so boxes could not tell which is newer; say 0.1.1 after 0.1.0`,
    );
  }
  if (shape.test(release) && release.length <= 64) return release;
  throw new ImageError(
    "release-unusable",
    `--release ${release}: a release is numbered by semantic versioning, such as 0.1.1, and at most 64 letters long`,
  );
}
