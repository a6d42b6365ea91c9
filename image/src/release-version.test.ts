import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { compareVersions } from "../../sensor/src/install/update-step.ts";
import { readRelease, softwareVersionIn } from "./release-version.ts";

const root = join(import.meta.dirname, "../..");

test("a release is numbered by who makes it, else as its sources are, and boxes can order it", async () => {
  assert.equal(await readRelease(undefined, root), await softwareVersionIn(root));
  const inOrder = ["0.1.0", "0.1.1-rc.1", "0.1.1", "0.2.0", "0.10.0", "1.0.0"];
  for (const [index, release] of inOrder.entries()) {
    assert.equal(await readRelease(release, root), release);
    const before = inOrder[index - 1];
    if (before !== undefined) assert.ok(compareVersions(before, release) < 0, `${before} comes before ${release}`);
  }
});

test("a release that boxes could not order is refused", async () => {
  for (const release of ["", "0.1", "v0.1.1", "0.01.0", "0.1.1-", "0.1.1-a..b", "0.1.1 ", "0.1.1\nversion=9.9.9"]) {
    await assert.rejects(readRelease(release, root), { code: "release-unusable" }, release);
  }
  await assert.rejects(readRelease("0.1.0+debian.2", root), {
    code: "release-unusable",
    message: /plus orders nothing/,
  });
});
