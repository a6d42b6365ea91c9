import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const main = join(import.meta.dirname, "../src/main.ts");

test("the operator's own authority lies where he says, is told by its fingerprint, and is never overwritten", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-provision-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const args = [main, "authority", "create", "--controller-data", "controller", "--file", "safe/authority.pem"];
  const said = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const file = join(folder, "safe/authority.pem");
  const text = readFileSync(file, "utf8");
  assert.match(said, new RegExp(`^SHA-256 fingerprint ${new X509Certificate(text).fingerprint256}$`, "m"));
  assert.doesNotMatch(said, /PRIVATE/);
  assert.deepEqual([statSync(file).mode & 0o777, statSync(join(folder, "safe")).mode & 0o777], [0o600, 0o700]);
  assert.equal(readFileSync(join(folder, "controller/keys/authority.pem"), "utf8"), text, "the controller uses it");

  const again = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  assert.equal(again.status, 1);
  assert.match(again.stderr, /^provision: no authority was made: there is already an authority, .*\n$/);
  assert.equal(readFileSync(file, "utf8"), text);
  assert.deepEqual(readdirSync(join(folder, "safe")), ["authority.pem"]);
});
