import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { JudgeCheckpoint } from "../judge-options.ts";
import { SensorError } from "../errors.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";

const checkpoint: JudgeCheckpoint = {
  version: 1,
  at: 5,
  startedAt: 1,
  contacts: 3,
  line: { state: "healthy", since: 2, text: "Four machines are answered." },
  hosts: [],
  names: [["192.0.2.1", "example.net", 4]],
  gatewayMacs: ["02:00:00:00:00:01"],
};

test("a checkpoint comes back as it was written", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-checkpoint-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "judge.json");
  assert.deepEqual(await loadCheckpoint(path), { checkpoint: null, trouble: null });
  await saveCheckpoint(path, checkpoint);
  assert.deepEqual((await loadCheckpoint(path)).checkpoint, checkpoint);
});

test("a checkpoint cut at any tenth byte is set aside, never fatal", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-checkpoint-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "judge.json");
  const text = JSON.stringify(checkpoint);
  for (let cut = 0; cut < text.length; cut += 10) {
    await writeFile(path, text.slice(0, cut));
    const stored = await loadCheckpoint(path);
    assert.equal(stored.checkpoint, null);
    assert.match(stored.trouble ?? "", /set aside/);
    assert.equal(await readFile(`${path}.damaged`, "utf8"), text.slice(0, cut));
  }
});

test("a write that fails leaves the old file and says on which path", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-checkpoint-"));
  t.after(() => rm(folder, { recursive: true }));
  await assert.rejects(
    writeFileAtomic(join(folder, "missing", "judge.json"), "text"),
    (error) =>
      error instanceof SensorError && error.code === "state-unwritable" && error.message.includes("judge.json"),
  );
});
