import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { suite, test } from "node:test";
import { labForbidden } from "../lab/test-lab.ts";
import { slow } from "../test/slow-tests.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));

/** Runs a bench in its smallest form; the figures of its last line. */
async function figuresOf(bench: string, ...options: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(process.execPath, [main, bench, "--quick", "--json", ...options]);
  const last = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
    bench: string;
    figures: Record<string, unknown>;
  };
  assert.equal(last.bench, bench);
  return last.figures;
}

suite("bench", { skip: labForbidden(), timeout: 240_000 }, () => {
  test("forward prints ratios and added costs for every size", { skip: slow }, async () => {
    const figures = await figuresOf("forward", "--pairs", "2");
    const sizes = ["0", "10", "1000", "100000"];
    const ratios = figures["ratioToBare"] as Record<string, { ratio: number; low: number; high: number }>;
    const added = figures["addedMicrosecondsPerPacket"] as Record<string, number>;
    assert.deepEqual(Object.keys(ratios), sizes);
    assert.deepEqual(Object.keys(added), sizes);
    for (const { ratio, low, high } of Object.values(ratios)) assert.ok(0 < low && low <= ratio && ratio <= high);
    for (const value of Object.values(added)) assert.ok(Number.isFinite(value));
  });

  test("fleet has everybody connected and every notice stored once", async () => {
    const figures = await figuresOf("fleet");
    for (const name of ["bytesPerSensor", "noticesStoredPerSecond", "clickP99Ms"]) {
      assert.ok((figures[name] as number) > 0, name);
    }
    assert.deepEqual([figures["starved"], figures["lost"], figures["repeated"]], [0, 0, 0]);
  });

  test("lookup prints how soon the log answers and what is written for it", async () => {
    const figures = await figuresOf("lookup");
    assert.ok((figures["rows"] as number) >= 50_000);
    for (const name of ["p95Ms", "writtenMbPerMillionFlows", "natWrittenMbPerMillionFlows"]) {
      assert.ok((figures[name] as number) > 0, name);
    }
    // A day's three million connections have a thousand.
    assert.ok((figures["writtenMbPerDay"] as number) < 1000);
  });

  test("cut prints what was measured, and for what could not be, null and the reason", { skip: slow }, async () => {
    const figures = await figuresOf("cut");
    const reflex = ["escapedTargetsMedian", "escapedTargetsMax", "stoppedMsMedian", "stoppedMsP99"];
    const areThere = figures["stoppedHosts"] === figures["scanningHosts"];
    for (const name of reflex) assert.equal(typeof figures[name], areThere ? "number" : "object", name);
    assert.equal(typeof figures["reason"], areThere ? "undefined" : "string");
    for (const name of ["clickP99Ms", "clickMsMedian"]) assert.ok((figures[name] as number) > 0, name);
    // The witnesses see a cut, and the machines are still heard trying.
    assert.ok((figures["clickedScanners"] as number) > 0);
    assert.equal(figures["stoppedAfterClickHosts"], figures["clickedScanners"]);
  });
});
