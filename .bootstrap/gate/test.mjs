// `npm test [-- PATTERN…]`: the checks, then every test file; with patterns only the test files whose
// path holds one of them, and no checks.
import { relative, join } from "node:path";
import { check } from "./checks.mjs";
import { findTestFiles } from "./test-files.mjs";
import { runTests } from "./test-run.mjs";

const root = join(import.meta.dirname, "..", "..");

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;

/** @param {readonly string[]} patterns */
async function main(patterns) {
  const areChecksPassed = patterns.length > 0 || (await check());
  const files = findTestFiles(root).filter(
    (file) => patterns.length === 0 || patterns.some((pattern) => relative(root, file).includes(pattern)),
  );
  if (files.length === 0) {
    print(patterns.length === 0 ? "no test was found" : `no test file has ${patterns.join(" or ")} in its path`);
    return false;
  }
  const result = await runTests(root, files);
  if (result.skipped.length > 0) {
    print(`\nskipped on this machine (${result.skipped.length}):`);
    for (const { file, name, reason } of result.skipped) print(`  ${relative(root, file)}: ${name}\n      ${reason}`);
  }
  if (patterns.length === 0) {
    print("\nwhat took longest:");
    for (const [file, tookMs] of [...result.tookMs].toSorted(([, a], [, b]) => b - a).slice(0, 15)) {
      print(`  ${(tookMs / 1000).toFixed(0).padStart(4)} s  ${relative(root, file)}`);
    }
  }
  for (const file of result.emptyFiles) print(`\n${relative(root, file)} holds no test`);
  const { passed, failed } = result;
  const isPassed = areChecksPassed && failed === 0 && result.emptyFiles.length === 0;
  const counts = `${passed} tests passed, ${failed} failed, ${result.skipped.length} skipped`;
  const more = areChecksPassed ? "" : "; the checks failed (above)";
  print(`\n${isPassed ? "passed" : "FAILED"}: ${counts}${more}`);
  return isPassed;
}

/** @param {string} line */
function print(line) {
  process.stdout.write(`${line}\n`);
}
