import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

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

/** In the line of an office, but with figures that another office on the same cores would spoil. */
const measuring = ["click", "flood", "sigkill"].map((name) => `sensor/test/line/${name}.test.ts`);

/** Whole starts of the product, and the lab by itself: what they take is what is looked at. */
const alone = /^sensor\/(lab|test\/(start|gate))\//;

/** What takes minutes: the box under emulation, and a network that breaks in every way, which mostly waits. */
const long = /^(image\/test|sensor\/test\/chaos)\//;

/**
 * What a file asks of the machine. A test beside its source is light. Those in a `test` folder are of the kernel's rules, of an
 * office's line, of pages in a browser, and of programs that talk to each other: each works in namespaces or folders of its own and
 * mostly waits, so two share the machine. What measures is heavy and runs alone.
 *
 * @param {string} path from the root
 * @returns {"light" | "waiting" | "heavy"}
 */
export function weightOf(path) {
  if (alone.test(path) || measuring.includes(path)) return "heavy";
  return /(^|\/)test\//.test(path) && !path.startsWith("sensor/contract/") ? "waiting" : "light";
}

/**
 * The files in the order in which they begin: what takes minutes goes first, so that it shares the machine with its like and
 * nothing waits for it alone at the end.
 *
 * @param {readonly string[]} files
 * @param {string} root
 * @returns {string[]}
 */
export function longestFirst(files, root) {
  const isLong = (/** @type {string} */ file) => long.test(relative(root, file));
  return files.toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
}
