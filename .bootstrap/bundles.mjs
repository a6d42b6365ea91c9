import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { SetUpError, step } from "./report.mjs";

/** What the bundles are made of. */
const sources = [
  ".bootstrap/build-programs.mjs",
  "package-lock.json",
  "sensor/contract/src",
  "sensor/src",
  "sensor/build.ts",
  "controller/src",
  "controller/ui",
];

/**
 * Makes sure that the bundles are today's: the UI as the controller serves it, sensor and controller as
 * one file each for shipping.
 *
 * @param {string} root
 * @param {{ binary: string }} node
 */
export async function ensureBundles(root, node) {
  const stampFile = join(root, "controller", "dist", ".built-from");
  const fingerprint = fingerprintOf(root);
  try {
    if (readFileSync(stampFile, "utf8") === fingerprint) return;
  } catch {
    // Never built: that is what comes next.
  }
  await step("building the bundles", async () => {
    for (const script of ["controller/ui/build.ts", ".bootstrap/build-programs.mjs"]) {
      const { code, output } = await runCommand(node.binary, [join(root, script)], { cwd: root });
      if (code !== 0) throw new SetUpError(`${script} ended with ${code}:\n${output.trim()}`);
    }
  });
  mkdirSync(join(root, "controller", "dist"), { recursive: true });
  writeFileSync(stampFile, fingerprint);
}

/** Names, sizes and times of all sources: a few hundred stats, and any edit shows. @param {string} root */
function fingerprintOf(root) {
  const hash = createHash("sha256");
  for (const source of sources) {
    const path = join(root, source);
    const files = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .toSorted()
      : [path];
    for (const file of files) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}
