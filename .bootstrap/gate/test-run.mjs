import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { pathToFileURL } from "node:url";
import { bundled, longestFirst, weightOf } from "./test-files.mjs";

/**
 * No file takes this long; one that hangs is ended and fails, ms. Among those that wait is the one that builds the image and boots
 * it in an emulator, which on a slow machine takes several times what it takes elsewhere.
 */
const fileTimeoutMs = { light: 600_000, waiting: 1_800_000, heavy: 600_000 };

/**
 * @typedef {object} TestResult
 * @property {number} passed
 * @property {number} failed
 * @property {readonly { file: string, name: string, reason: string }[]} skipped
 * @property {readonly string[]} emptyFiles files in which no test was found
 * @property {ReadonlyMap<string, number>} tookMs how long the tests of each file took, one after the other
 */

/**
 * Runs the light files side by side, then three at a time those that wait, then the heavy ones one by one, with the usual
 * report.
 *
 * @param {string} root
 * @param {readonly string[]} files
 * @returns {Promise<TestResult>}
 */
export async function runTests(root, files) {
  const cores = availableParallelism();
  // Those that wait leave half of two cores idle where two of them run.
  const concurrency = { light: Math.max(1, Math.min(4, cores)), waiting: cores === 1 ? 1 : 3, heavy: 1 };
  const result = { passed: 0, failed: 0, skipped: /** @type {TestResult["skipped"][number][]} */ ([]) };
  /** @type {Map<string, number>} */
  const tookMs = new Map();
  const folder = mkdtempSync(join(tmpdir(), "cordon-tests-"));
  // Hundreds of processes load the same sources, most of which live for less than it takes to compile them.
  process.env["NODE_COMPILE_CACHE"] ??= join(folder, "compiled");
  try {
    for (const weight of /** @type {const} */ (["light", "waiting", "heavy"])) {
      const own = files.filter((file) => weightOf(relative(root, file)) === weight);
      const ordered = weight === "light" ? bundled(own, folder, 2 * cores) : longestFirst(own, root);
      // Several at a time are late with what one alone does in time.
      if (weight === "waiting" && own.length > 1) process.env["CORDON_TEST_PATIENCE"] ??= String(concurrency.waiting);
      const part = { files: ordered, concurrency: concurrency[weight], timeout: fileTimeoutMs[weight] };
      if (own.length > 0) await runPart(part, result, tookMs);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...result, emptyFiles: files.filter((file) => !tookMs.has(file)), tookMs };
}

/**
 * @param {{ files: readonly string[], concurrency: number, timeout: number }} part
 * @param {{ passed: number, failed: number, skipped: TestResult["skipped"][number][] }} result
 * @param {Map<string, number>} tookMs
 */
async function runPart(part, result, tookMs) {
  const guard = new URL("../guard.mjs", import.meta.url);
  const stream = run({
    files: [...part.files],
    concurrency: part.concurrency,
    timeout: part.timeout,
    execArgv: ["--disable-warning=ExperimentalWarning", `--import=${guard.href}`],
  });
  /** @param {string} file @param {{ nesting: number, details: { duration_ms: number } }} data */
  const count = (file, { nesting, details }) =>
    tookMs.set(file, (tookMs.get(file) ?? 0) + (nesting === 0 ? details.duration_ms : 0));
  stream.on("test:pass", (data) => {
    // A file without a test passes as a test by the file's own name.
    if (data.file === undefined || isFileItself(data.name, data.file)) return;
    count(data.file, data);
    if (data.skip !== undefined && data.skip !== false) {
      const reason = typeof data.skip === "string" && data.skip !== "" ? data.skip : "no reason was given";
      result.skipped.push({ file: data.file, name: data.name, reason });
    } else if (data.details.type !== "suite") result.passed += 1;
  });
  stream.on("test:fail", (data) => {
    if (data.file !== undefined) count(data.file, data);
    if (data.details.type !== "suite") result.failed += 1;
  });
  const report = stream.compose(new spec());
  for await (const text of report) process.stdout.write(text);
}

/** @param {string} name @param {string} file */
function isFileItself(name, file) {
  return name === file || file.endsWith(`/${name}`) || name === pathToFileURL(file).href;
}
