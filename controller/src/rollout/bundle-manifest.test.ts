import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { aDataDir } from "../../test/scratch.ts";
import { manifestOf } from "./bundle-manifest.ts";

test("what a signed bundle says of itself is read, and of another file nothing", async (t) => {
  const folder = aDataDir(t);
  const at = (name: string) => join(folder, name);
  const openssl = (...argv: readonly string[]) => execFileSync("openssl", argv, { stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("key")];
  openssl("req", "-x509", ...key, "-subj", "/CN=test", "-out", at("cert"));
  const manifest = "[update]\ncompatible=cordon-pc-amd64\nversion=0.2.0\n\n[bundle]\nformat=verity\nversion=9\n";
  writeFileSync(at("manifest"), manifest);
  // As RAUC signs: the manifest within the message, DER, no attributes of mail.
  const whom = ["-signer", at("cert"), "-inkey", at("key")];
  openssl("cms", "-sign", "-binary", "-nodetach", "-outform", "DER", ...whom, "-in", at("manifest"), "-out", at("cms"));
  const signature = readFileSync(at("cms"));
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(signature.length));
  const image = randomBytes(4096);
  for (const { bytes, said } of [
    { bytes: [image, signature, length], said: { version: "0.2.0", compatible: "cordon-pc-amd64" } },
    { bytes: [image, signature], said: null },
    { bytes: [image, randomBytes(500), Buffer.from([0, 0, 0, 0, 0, 0, 1, 0xf4])], said: null },
    { bytes: [Buffer.from("short")], said: null },
  ]) {
    writeFileSync(at("bundle"), Buffer.concat(bytes));
    assert.deepEqual(await manifestOf(at("bundle")), said);
  }
});
