import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { softwareVersion } from "./version.ts";

test("the program says the version of its package", () => {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };
  assert.equal(softwareVersion, manifest.version);
});
