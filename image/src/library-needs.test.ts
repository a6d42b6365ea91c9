import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { missingIn } from "./library-needs.ts";

const absent = ["gcc", "readelf"].filter((name) => spawnSync(name, ["--version"]).status !== 0);
const skip =
  absent.length > 0 ? `${absent.join(", ")} is not installed` : process.arch !== "x64" && "images are of amd64 only";

/** A system with one library, `libline.so.1`, that has one symbol at the versions given. */
function aSystem(t: TestContext, versions: readonly string[]): string {
  const tree = mkdtempSync(join(tmpdir(), "cordon-library-"));
  t.after(() => rmSync(tree, { recursive: true }));
  const libraries = join(tree, "usr/lib/x86_64-linux-gnu");
  mkdirSync(libraries, { recursive: true });
  const map = versions.map((version, index) => `${version} { global: cut_${index}; };`).join("\n");
  const code = versions.map((_, index) => `int cut_${index}(void) { return ${index}; }`).join("\n");
  const mapPath = join(tree, "versions");
  writeFileSync(mapPath, map);
  const named = ["-Wl,-soname,libline.so.1", `-Wl,--version-script=${mapPath}`];
  compile(code, join(libraries, "libline.so.1"), named);
  return tree;
}

function compile(code: string, path: string, more: readonly string[]): void {
  const args = ["-shared", "-fPIC", "-nostdlib", "-o", path, "-x", "c", "-", "-x", "none", ...more];
  execFileSync("gcc", args, { input: code });
}

/** A module that calls one symbol of a system's library. */
function aModule(tree: string, symbol: string): string {
  const path = join(tree, "module.node");
  const code = `int ${symbol}(void); int call(void) { return ${symbol}(); }`;
  compile(code, path, [join(tree, "usr/lib/x86_64-linux-gnu/libline.so.1")]);
  return path;
}

test("a module built on one system misses nothing there", { skip }, async (t) => {
  const tree = aSystem(t, ["LINE_1.0", "LINE_1.1"]);
  assert.deepEqual(await missingIn(tree, aModule(tree, "cut_1")), []);
});

test("on a system with an older library, the versions it lacks are named", { skip }, async (t) => {
  const [newer, older] = [aSystem(t, ["LINE_1.0", "LINE_1.1"]), aSystem(t, ["LINE_1.0"])];
  assert.deepEqual(await missingIn(older, aModule(newer, "cut_1")), ["its libline.so.1 has no LINE_1.1"]);
  assert.deepEqual(await missingIn(older, aModule(newer, "cut_0")), []);
});

test("on a system without the library, it is named", { skip }, async (t) => {
  const tree = aSystem(t, ["LINE_1.0"]);
  const module = aModule(tree, "cut_0");
  rmSync(join(tree, "usr/lib/x86_64-linux-gnu/libline.so.1"));
  assert.deepEqual(await missingIn(tree, module), ["there is no libline.so.1"]);
});
