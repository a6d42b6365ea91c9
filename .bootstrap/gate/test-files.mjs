import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

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

/** Whole starts of the product, the lab by itself, and a network that breaks in every way: what they take is what is looked at. */
const alone = /^sensor\/(lab|test\/(start|gate|chaos))\//;

/** What takes minutes: the box under emulation. */
const long = /^image\/test\//;

/**
 * What a file asks of the machine. A test beside its source is light. Those in a `test` folder are of the kernel's rules, of an
 * office's line, of pages in a browser, and of programs that talk to each other: each works in namespaces or folders of its own and
 * mostly waits, so three share the machine. What measures is heavy and runs alone.
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

/** What a test says to the whole process that it runs in, and not to its own file alone. */
const sharedWords = /^(before|after|beforeEach|afterEach)\(|mock\.timers|process\.env\[[^\]]*\] =/m;

/**
 * Puts small tests together into a few files that load many: a process takes longer to begin than most of them take to run. What
 * speaks to its whole process keeps its own.
 *
 * @param {readonly string[]} files
 * @param {string} folder where these files are written
 * @param {number} count how many
 * @returns {string[]} what to run in their stead
 */
export function bundled(files, folder, count) {
  const isAlone = (/** @type {string} */ file) => sharedWords.test(readFileSync(file, "utf8"));
  const alone = files.filter(isAlone);
  const small = files.filter((file) => !alone.includes(file));
  const bundles = Array.from({ length: Math.min(count, small.length) }, (_, index) => {
    const own = small.filter((_file, place) => place % count === index);
    const path = join(folder, `many-${index + 1}.test.mjs`);
    writeFileSync(path, own.map((file) => `import ${JSON.stringify(pathToFileURL(file).href)};\n`).join(""));
    return path;
  });
  return [...alone, ...bundles];
}
