import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const script = join(import.meta.dirname, "../layers/files/root/usr/lib/cordon/data-key");

test("a key is written once, and of one that was destroyed nothing is left; until all is done the word stands that it goes on", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-key-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "key");
  writeFileSync(path, Buffer.alloc(1 << 20));
  const run = (command: string) => {
    const text = `key=${path}; . ${script}; ${command}`;
    return execFileSync("sh", ["-c", text], { encoding: "utf8", env: { ...process.env } }).trim();
  };
  const isBeingWiped = () => run("is_being_wiped && echo yes || echo no");
  const at = Number(run("echo $key_at"));
  const length = Number(run("echo $key_bytes"));
  run("write_key");
  const key = readFileSync(path).subarray(at, at + length);
  assert.ok(new Set(key).size > 16, "64 random bytes");
  assert.equal(readFileSync(path).length, 1 << 20);
  assert.equal(isBeingWiped(), "no");
  run("write_key");
  assert.ok(!readFileSync(path).includes(key.subarray(0, 8)), "made anew, it is another one");
  const second = Buffer.from(readFileSync(path).subarray(at, at + length));
  run("destroy_key");
  const destroyed = readFileSync(path);
  for (let from = 0; from + 8 <= length; from += 8) assert.ok(!destroyed.includes(second.subarray(from, from + 8)));
  assert.equal(isBeingWiped(), "yes");
  run("end_wipe");
  assert.ok(readFileSync(path).every((byte) => byte === 0));
  assert.equal(isBeingWiped(), "no");
});
