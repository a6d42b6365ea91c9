import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createUpdateKey } from "../src/commands/update-key-create.ts";
import { renewUpdateKey } from "../src/commands/update-key-renew.ts";

const now = Date.now();

async function anOperator(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-keys-"));
  t.after(() => rm(folder, { recursive: true }));
  const [authority, next] = [join(folder, "keys"), join(folder, "next")];
  const said: string[] = [];
  const tell = (line: string) => void said.push(line);
  await createUpdateKey({ out: authority }, now, tell);
  return { authority, next, said, tell };
}

test("the commands that it prints say which machine is meant, as they have to", async (t) => {
  const { authority, next, said, tell } = await anOperator(t);
  await renewUpdateKey({ authority, out: next }, now, tell);
  const printed = said.flatMap((line) => /npm run image -- .*/.exec(line) ?? []);
  assert.deepEqual(printed, [
    `npm run image -- build --board pc --update-authority ${authority}/update-authority.pem`,
    `npm run image -- bundle --board pc --key ${authority}/update.key`,
    `npm run image -- bundle --board pc --key ${next}/update.key`,
  ]);
});

test("the next key is another one that the same authority has signed, and none that is there is lost", async (t) => {
  const { authority, next, tell } = await anOperator(t);
  const renew = (out: string, at = now) => renewUpdateKey({ authority, out }, at, tell);
  await assert.rejects(renew(authority), { code: "update-key-exists" });
  await renew(next, now + 9 * 365 * 86_400_000);
  assert.deepEqual((await readdir(next)).toSorted(), ["update.key", "update.pem"]);
  const serialIn = async (folder: string) =>
    new X509Certificate(await readFile(join(folder, "update.pem"))).serialNumber;
  assert.notEqual(await serialIn(next), await serialIn(authority));
  // As a box looks at it.
  const argv = ["verify", "-purpose", "smimesign", "-attime", String(Math.floor(now / 1000) + 10 * 365 * 86_400)];
  execFileSync("openssl", [...[...argv, "-CAfile", join(authority, "update-authority.pem"), join(next, "update.pem")]]);
  await assert.rejects(renew(next), { code: "update-key-exists" });
});

test("no key counts for longer than its authority, and none is signed by what is no authority", async (t) => {
  const { authority, next, tell } = await anOperator(t);
  const renew = (out: string, at = now) => renewUpdateKey({ authority, out }, at, tell);
  const endOf = async (file: string) => new X509Certificate(await readFile(file)).validTo;
  await renew(next, now + 25 * 365 * 86_400_000);
  assert.equal(await endOf(join(next, "update.pem")), await endOf(join(authority, "update-authority.pem")));
  const unusable = (message: RegExp) => ({ code: "update-authority-unusable", message });
  const other = `${next}-2`;
  await assert.rejects(renew(other, now + 31 * 365 * 86_400_000), unusable(/update-authority\.pem has ended/));
  const [pem, key] = [join(authority, "update-authority.pem"), join(authority, "update-authority.key")];
  const before = await readFile(pem);
  await writeFile(pem, await readFile(join(authority, "update.pem")));
  await assert.rejects(renew(other), unusable(/is no authority's and signs no keys/));
  await writeFile(pem, before);
  await writeFile(key, await readFile(join(authority, "update.key")));
  await assert.rejects(renew(other), unusable(/is the certificate of another key/));
  await rm(key);
  await assert.rejects(renew(other), unusable(/update-authority\.key cannot be read/));
});
