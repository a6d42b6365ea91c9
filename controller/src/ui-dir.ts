import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where the built user interface lies: beside the bundled program, or in `dist` beside its source. */
export function findUiDir(): string {
  const here = import.meta.dirname;
  const bundled = join(here, "ui");
  return existsSync(join(bundled, "index.html")) ? bundled : join(here, "..", "dist", "ui");
}
