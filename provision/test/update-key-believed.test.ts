import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createUpdateKey } from "../src/commands/update-key-create.ts";
import { runCommand } from "../../image/src/command.ts";
import { readAuthority } from "../../image/src/read-authority.ts";
import { readSigner } from "../../image/src/read-signer.ts";

const now = Date.parse("2026-06-01");
const pem = (kind: string) => `-----BEGIN ${kind}-----\nAAAA\n-----END ${kind}-----\n`;

/** An operator's keys, made at a time, and a way to read one of their files. */
async function keysOf(t: TestContext, madeAt: number = now) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-keys-"));
  t.after(() => rm(folder, { recursive: true }));
  await createUpdateKey({ out: folder }, madeAt, () => undefined);
  const at = (name: string) => join(folder, name);
  return { at, textOf: (name: string) => readFile(at(name), "utf8") };
}

test("onto every card go certificates of authorities that count today, and nothing else", async (t) => {
  const { at, textOf } = await keysOf(t);
  const authority = await textOf("update-authority.pem");
  const another = await (await keysOf(t)).textOf("update-authority.pem");
  const future = await (await keysOf(t, Date.parse("2060-01-01"))).textOf("update-authority.pem");
  const past = await (await keysOf(t, Date.parse("1990-01-01"))).textOf("update-authority.pem");
  const file = at("given.pem");
  for (const text of [authority, authority + another, authority.replaceAll("\n", "\r\n")]) {
    await writeFile(file, text);
    assert.equal(await readAuthority(file, now), text);
  }
  const onlyCertificates = /it takes certificates alone; update-authority\.pem is meant/;
  for (const { name, text, words } of [
    { name: "a key", text: await textOf("update-authority.key"), words: onlyCertificates },
    { name: "a key beside it", text: authority + (await textOf("update-authority.key")), words: onlyCertificates },
    { name: "nothing", text: "", words: onlyCertificates },
    { name: "a frame around nothing", text: pem("CERTIFICATE"), words: /holds what is no certificate/ },
    { name: "one among others", text: authority + pem("CERTIFICATE"), words: /holds what is no certificate/ },
    {
      name: "the signer's",
      text: await textOf("update.pem"),
      words: /CN=Cordon releases is no authority .*update-authority\.pem is meant/,
    },
    { name: "one that was", text: past, words: /counts from 1989-12-02 to 2019-12-25, and not today/ },
    { name: "one to come", text: authority + future, words: /counts from 2059-/ },
  ]) {
    await writeFile(file, text);
    await assert.rejects(readAuthority(file, now), { code: "authority-unusable", message: words }, name);
  }
  await assert.rejects(readAuthority(at("none.pem"), now), { code: "authority-unreadable" });
});

test("a release is signed by a key whose certificate an authority has signed, and counts today", async (t) => {
  const { at, textOf } = await keysOf(t);
  assert.deepEqual(await readSigner(at("update.key"), now), { key: at("update.key"), certificate: at("update.pem") });
  const refused = (key: string, message: RegExp, at = now) =>
    assert.rejects(readSigner(key, at), { code: "signer-unusable", message });
  await refused(
    at("update-authority.key"),
    /is an authority's, which signs keys and no releases; update\.key is meant/,
  );
  await refused(at("update.key"), /counts from 2026-05-02 to 2036-05-29, and not today/, Date.parse("2037-01-01"));
  await writeFile(at("other.key"), await textOf("update-authority.key"));
  await writeFile(at("other.pem"), await textOf("update.pem"));
  await refused(at("other.key"), /is the certificate of another key than --key/);
  await writeFile(at("other.pem"), pem("CERTIFICATE"));
  await refused(at("other.key"), /beside --key is no certificate/);
  await writeFile(at("other.key"), await textOf("update.pem"));
  await writeFile(at("other.pem"), await textOf("update.pem"));
  await refused(at("other.key"), /is no private key that can be read/);
  await runCommand("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=Alone"],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-keyout", at("alone.key"), "-out", at("alone.pem")],
  ]);
  await assert.rejects(readSigner(at("alone.key"), Date.now()), {
    code: "signer-unusable",
    message: /has signed itself, and no authority that a box believes/,
  });
  for (const name of ["none.key", "update.pem"]) {
    await assert.rejects(readSigner(at(name), now), { code: /^signer-/ }, name);
  }
});
