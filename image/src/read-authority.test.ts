import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readAuthority } from "./read-authority.ts";

const pem = (kind: string) => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`;

test("of what goes onto every card certificates are taken, and no key", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-authority-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "update-authority.pem");
  writeFileSync(file, pem("CERTIFICATE"));
  assert.equal(await readAuthority(file), pem("CERTIFICATE"));
  for (const text of [pem("PRIVATE KEY"), pem("CERTIFICATE") + pem("EC PRIVATE KEY"), "", "-----BEGIN"]) {
    writeFileSync(file, text);
    await assert.rejects(readAuthority(file), { code: "authority-unusable" }, text);
  }
  await assert.rejects(readAuthority(join(folder, "none.pem")), { code: "authority-unreadable" });
});
