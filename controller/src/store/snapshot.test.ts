import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "./open-store.ts";
import { openSnapshot } from "./snapshot.ts";

test("rows of a snapshot come in batches that hold little, however much each row holds", async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "cordon-snapshot-"));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  const store = await openStore(dataDir, {});
  t.after(() => store.destroy());
  for (const [key, length] of [
    ["a", 3_000_000],
    ["b", 3_000_000],
    ["c", 10],
  ] as const) {
    const row = { caller: "c", key, fingerprint: "", run: "", answer: "x".repeat(length), created_at: 1 };
    await store.insertInto("kept_answers").values(row).execute();
  }
  const snapshot = await openSnapshot(dataDir, undefined);
  const batches: string[] = [];
  for await (const rows of snapshot.rows("kept_answers")) batches.push(rows.map(({ key }) => key).join(""));
  await snapshot.close();
  assert.deepEqual(batches, ["ab", "c"]);
});
