import { mkdirSync } from "node:fs";
import { ControllerError, errorText } from "../errors.ts";

/** Makes the data directory where it is missing, for its owner alone. */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ControllerError("data-unavailable", `cannot make the data directory ${dataDir}: ${errorText(error)}`, {
      cause: error,
    });
  }
}
