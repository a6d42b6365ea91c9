import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { releaseIn, softwareVersion } from "./version.ts";

test("the program says the version of its package", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  assert.equal(softwareVersion, manifest.version);
});

test("on a box it says the release that it is part of, which may be a rebuild of the same program", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "cordon-release-"));
  t.after(() => rmSync(home, { recursive: true }));
  assert.equal(await releaseIn(home), softwareVersion);
  writeFileSync(join(home, "release"), "0.1.1\n");
  assert.equal(await releaseIn(home), "0.1.1");
});
