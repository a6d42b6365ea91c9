import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A directory of its own; the second value removes it. */
export function scratchDir(): readonly [string, () => void] {
  const directory = mkdtempSync(join(tmpdir(), "cordon-controller-"));
  return [directory, () => rmSync(directory, { recursive: true, force: true })];
}

/** One that goes with the test. */
export function aDataDir(t: TestContext): string {
  const [directory, remove] = scratchDir();
  t.after(remove);
  return directory;
}
