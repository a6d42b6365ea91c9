import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import fc from "fast-check";
import { cutAt, cutFiles, mutatedFiles, mutatedFrames } from "./captures.ts";
import { office } from "./office.ts";
import { tryProperty } from "./property.ts";
import { ownSample, samplesIn } from "./samples.ts";

const own = [ownSample()];

/** So many that a change which breaks something seldom is found in a day of tests, and all are done in seconds. */
for (const [property, runs] of [
  [office, 150],
  [mutatedFrames(own), 150],
  [mutatedFiles(own), 300],
  [cutFiles(own), 60],
] as const) {
  test(property.name, async () => {
    assert.ok((await tryProperty(property, { runs, seed: Math.floor(Math.random() * 1e9) })) === runs);
  });
}

test("what does not hold is told with its seed", async () => {
  const property = { name: "no number is large", isHeldBy: fc.property(fc.nat(), (number) => number < 1000) };
  await assert.rejects(tryProperty(property, { runs: 1000, seed: 7 }), /seed: 7.*\n.*Counterexample: \[1000\]/s);
});

const folder = process.env["CORDON_CAPTURES"] ?? join(import.meta.dirname, "../../../shared/pcaps");
const skip = existsSync(folder) ? false : `no captures at ${folder}; CORDON_CAPTURES names the folder`;

suite("captures of others", { skip, timeout: 600_000 }, () => {
  test("each, cut at a random byte, is judged up to there", async () => {
    const samples = await samplesIn(folder);
    assert.ok(samples.length > 0);
    for (const sample of samples) await cutAt(sample, Math.random());
  });
});
