import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.mjs";
import { SetUpError, step } from "./report.mjs";

/**
 * @typedef {object} Bundles
 * @property {string} name
 * @property {string} folder where they lie, and what they were built from
 * @property {readonly string[]} scripts what builds them
 * @property {readonly string[]} sources what they are made of
 */

const sensorSources = ["package-lock.json", "sensor/contract/src", "sensor/front/src", "sensor/src", "sensor/build.ts"];

/** @type {Bundles} */
const all = {
  name: "the bundles",
  folder: "controller/dist",
  scripts: ["controller/ui/build.ts", ".bootstrap/build-programs.mjs"],
  sources: [".bootstrap/build-programs.mjs", ...sensorSources, "controller/src", "controller/ui"],
};

/** @type {Bundles} */
const judging = {
  name: "the judge of captures",
  folder: "sensor/dist",
  scripts: [".bootstrap/build-replay.mjs"],
  sources: [".bootstrap/build-replay.mjs", ...sensorSources],
};

/**
 * Makes sure that the bundles are today's: the UI as the controller serves it, sensor and controller as
 * they are shipped.
 *
 * @param {string} root
 * @param {{ binary: string }} node
 */
export async function ensureBundles(root, node) {
  await ensure(root, node, all);
}

/**
 * The same for the judge of capture files alone: as one file it starts in a third of the time, and its memory.
 *
 * @param {string} root
 * @param {{ binary: string }} node
 */
export async function ensureReplay(root, node) {
  await ensure(root, node, judging);
}

/**
 * @param {string} root
 * @param {{ binary: string }} node
 * @param {Bundles} bundles
 */
async function ensure(root, node, { name, folder, scripts, sources }) {
  const stampFile = join(root, folder, ".built-from");
  const fingerprint = fingerprintOf(root, sources);
  try {
    if (readFileSync(stampFile, "utf8") === fingerprint) return;
  } catch {
    // Never built: that is what comes next.
  }
  await step(`building ${name}`, async () => {
    for (const script of scripts) {
      const { code, output } = await runCommand(node.binary, [join(root, script)], { cwd: root });
      if (code !== 0) throw new SetUpError(`${script} ended with ${code}:\n${output.trim()}`);
    }
  });
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(stampFile, fingerprint);
}

/** Names, sizes and times of all sources: a few hundred stats, and any edit shows. @param {string} root @param {readonly string[]} sources */
function fingerprintOf(root, sources) {
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
