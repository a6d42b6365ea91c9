import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The folders that hold workspaces. */
const folders = ["sensor", "controller", "image", "provision"];

/**
 * Every test file of the project, sorted.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function findTestFiles(root) {
  return folders.flatMap((folder) => testFilesIn(join(root, folder))).toSorted();
}

/** @param {string} folder @returns {string[]} */
function testFilesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      return ["node_modules", "dist"].includes(entry.name) ? [] : testFilesIn(join(folder, entry.name));
    }
    return entry.name.endsWith(".test.ts") ? [join(folder, entry.name)] : [];
  });
}

/**
 * Whether a file brings up networks, processes or a browser: such files run one after the other, for
 * they measure times. They lie in a `test` folder or in the lab; a test beside its source is light.
 *
 * @param {string} path from the root
 */
export function isHeavy(path) {
  return /(^|\/)test\//.test(path) ? !path.startsWith("sensor/contract/") : path.startsWith("sensor/lab/");
}
