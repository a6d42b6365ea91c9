import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Version of the sensor's program, as in its package.json. */
export const softwareVersion = "0.1.0";

/** The release that an image says it is, in the folder of its programs; the program's own version where nothing says so. */
export async function releaseIn(home: string): Promise<string> {
  const text = await readFile(join(home, "release"), "utf8").catch(() => "");
  return text.trim() || softwareVersion;
}
