import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { UploadShelf } from "./upload-shelf.ts";

async function aShelf(t: TestContext): Promise<UploadShelf> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-shelf-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return new UploadShelf(join(folder, "answers"));
}

test("a source that gives more than was announced is cut there", async (t) => {
  const shelf = await aShelf(t);
  const source = Readable.from([Buffer.alloc(60), Buffer.alloc(60)]);
  await assert.rejects(shelf.append("a", 0, source, 100), { code: "upload-too-long" });
  assert.equal((await shelf.progress("a")).sizeBytes, 60);
});

test("what is announced counts as if it were there, until it is whole or thrown away", async (t) => {
  const shelf = await aShelf(t);
  shelf.declare("a", 1_000);
  await shelf.append("a", 0, Readable.from([Buffer.alloc(60)]), 60);
  assert.deepEqual([...(await shelf.bytesByAsk())], [["a", 1_000]]);
  await shelf.remove("a");
  assert.equal((await shelf.bytesByAsk()).size, 0);
});
