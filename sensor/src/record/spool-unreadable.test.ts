import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { parseNotices } from "@cordon/contract";
import { Spool, type SpoolBatch } from "./spool.ts";

const whole = { maxNotices: 500, maxBytes: 200_000 };
const patienceMs = 60_000;

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-spool-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function aSpool(t: TestContext, folder: string, boot: number) {
  const clock = { now: 1_000_000 };
  const spool = new Spool({
    ...{
      folder,
      bootId: `boot0000000${boot}`,
      startedAt: boot,
      now: () => 0,
      monotonic: () => clock.now,
    },
    ...{ onSpooled: () => undefined, onInvalid: () => assert.fail("a notice was refused") },
  });
  await spool.open();
  t.after(() => spool.close());
  const add = async (from: number, to: number): Promise<void> => {
    for (let at = from; at <= to; at += 1) {
      spool.append({ kind: "containment", at, containmentId: `c${at}`, host: "h", change: "in-force", text: "stands" });
      await spool.flush();
    }
  };
  return Object.assign(spool, { clock, add });
}

function changesIn(batch: SpoolBatch | null): number[] {
  if (batch === null) return [];
  const parsed = parseNotices(batch.payload);
  assert.ok(parsed.ok);
  return parsed.value.notices.map(({ at }) => at);
}

/** Makes the files of the spool unreadable, as a bad sector would; gives what makes them readable again. */
async function spoil(folder: string): Promise<() => Promise<void>> {
  const paths = (await readdir(folder)).filter((name) => name.endsWith(".notices")).map((name) => join(folder, name));
  for (const path of paths) {
    await rename(path, `${path}.away`);
    await mkdir(path);
  }
  return async () => {
    for (const path of paths) {
      await rmdir(path);
      await rename(`${path}.away`, path);
    }
  };
}

test("a file that cannot be read for a moment is read later, and nothing after it is lost or goes first", async (t) => {
  const folder = await aFolder(t);
  const spool = await aSpool(t, folder, 1);
  await spool.add(1, 3);
  const mend = await spoil(folder);
  assert.deepEqual(changesIn(await spool.nextBatch(whole)), []);
  assert.deepEqual([spool.trouble?.code, spool.lost], ["spool-unreadable", 0]);
  await spool.add(4, 6);
  spool.clock.now += patienceMs - 1;
  assert.deepEqual(changesIn(await spool.nextBatch(whole)), []);
  await mend();
  assert.deepEqual(changesIn(await spool.nextBatch(whole)), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([spool.trouble, spool.lost], [null, 0]);
});

test("a file that stays unreadable is given up, counted and said, and all that came after it is sent and kept", async (t) => {
  const folder = await aFolder(t);
  const spool = await aSpool(t, folder, 1);
  await spool.add(1, 3);
  await spoil(folder);
  assert.deepEqual(changesIn(await spool.nextBatch(whole)), []);
  await spool.add(4, 50);
  spool.clock.now += patienceMs;
  assert.deepEqual(
    changesIn(await spool.nextBatch(whole)),
    Array.from({ length: 47 }, (_, index) => index + 4),
  );
  assert.deepEqual([spool.lost, spool.trouble?.code], [3, "spool-unreadable"]);
  assert.match(spool.trouble?.text ?? "", /are missing/);
  await spool.close();
  const next = await aSpool(t, folder, 2);
  assert.equal(changesIn(await next.nextBatch(whole)).length, 47);
});

test("a file that is gone is given up at once, and later notices stand in another", async (t) => {
  const folder = await aFolder(t);
  const spool = await aSpool(t, folder, 1);
  await spool.add(1, 1);
  for (const name of await readdir(folder)) if (name.endsWith(".notices")) await rm(join(folder, name));
  assert.deepEqual(changesIn(await spool.nextBatch(whole)), []);
  await spool.add(2, 49);
  assert.equal(changesIn(await spool.nextBatch(whole)).length, 48);
  assert.equal(spool.lost, 1);
  await spool.close();
  const next = await aSpool(t, folder, 2);
  assert.equal(changesIn(await next.nextBatch(whole)).length, 48);
});

test("one leftover that cannot be read hides no other, is said, and is sent once it can be", async (t) => {
  const folder = await aFolder(t);
  const first = await aSpool(t, folder, 1);
  await first.add(1, 2);
  await first.close();
  const mend = await spoil(folder);
  const second = await aSpool(t, folder, 2);
  await second.add(11, 12);
  await second.close();
  const third = await aSpool(t, folder, 3);
  assert.equal(third.trouble?.code, "spool-unreadable");
  assert.deepEqual(changesIn(await third.nextBatch(whole)), [11, 12]);
  await third.close();
  await mend();
  const fourth = await aSpool(t, folder, 4);
  assert.deepEqual([changesIn(await fourth.nextBatch(whole)), fourth.trouble], [[1, 2], null]);
});
