import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the built user interface lies: beside the bundled program, or in `dist` beside its source. */
export function findUiDir(programUrl: string): string {
  const here = dirname(fileURLToPath(programUrl));
  const bundled = join(here, "ui");
  return existsSync(join(bundled, "index.html")) ? bundled : join(here, "..", "dist", "ui");
}
