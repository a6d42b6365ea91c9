import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DiskWrites, readDiskWrites } from "./disk-writes.ts";
import { HealthBoard } from "./health-board.ts";

test("what an empty disk is filled with after the first start is no trouble", async () => {
  let now = 0;
  let written = 0;
  const health = new HealthBoard(() => now);
  const writes = new DiskWrites({ read: () => Promise.resolve(written), health, monotonic: () => now });
  for (let minute = 0; minute <= 90; minute++) {
    await writes.look();
    assert.deepEqual(health.list(), [], `after ${minute} minutes`);
    now += 60_000;
    written += minute < 15 ? 4_000_000 : 500_000;
  }
});

test("what disks were given is counted once, in sectors of 512 bytes", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-disks-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, sectors] of [
    ["mmcblk0", 100],
    ["sda", 3],
    ["dm-0", 90],
  ] as const) {
    mkdirSync(join(folder, name, ...(name === "dm-0" ? [] : ["device"])), { recursive: true });
    writeFileSync(join(folder, name, "stat"), `  11 12 13 14  15 16 ${sectors} 18 19 20 21\n`);
  }
  assert.equal(await readDiskWrites(folder), 103 * 512);
  assert.equal(await readDiskWrites(join(folder, "none")), null);
});

test("the rate is that of the last hour, is told after ten minutes, and is a trouble where a card would not bear it", async () => {
  let now = 0;
  let written = 5_000_000;
  const health = new HealthBoard(() => now);
  const writes = new DiskWrites({ read: () => Promise.resolve(written), health, monotonic: () => now });
  const pass = async (minutes: number, bytesAMinute: number) => {
    for (let minute = 0; minute < minutes; minute++) {
      await writes.look();
      now += 60_000;
      written += bytesAMinute;
    }
    await writes.look();
  };
  const reported = () => writes.reported;
  assert.equal(reported(), undefined);
  await pass(9, 100_000);
  assert.deepEqual(reported(), { bytes: 5_900_000, bytesPerHour: null });
  await pass(6, 100_000);
  assert.deepEqual(reported()?.bytesPerHour, 6_000_000);
  assert.deepEqual(health.list(), []);
  await pass(61, 2_000_000);
  assert.deepEqual(reported()?.bytesPerHour, 120_000_000);
  assert.match(health.list()[0]?.text ?? "", /120 MB an hour/);
  await pass(61, 100_000);
  assert.deepEqual(health.list(), []);
});
