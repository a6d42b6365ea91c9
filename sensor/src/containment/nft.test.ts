import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nftPort } from "./nft.ts";

/** Puts a program of that name before all others for the time of a test. */
async function withProgram(t: TestContext, script: string | null): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-nft-"));
  if (script !== null) {
    await writeFile(join(folder, "nft"), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, "nft"), 0o755);
  }
  const before = process.env["PATH"];
  process.env["PATH"] = script === null ? folder : `${folder}:${before}`;
  t.after(async () => {
    process.env["PATH"] = before;
    await rm(folder, { recursive: true });
  });
}

test("a refused text rejects with the first line that nft said", async (t) => {
  await withProgram(t, "cat > /dev/null; echo '/dev/stdin:1:5-7: Error: syntax error' >&2; echo 'second' >&2; exit 1");
  await assert.rejects(nftPort().load("rubbish"), {
    code: "nft-failed",
    message: "nft -f - failed: /dev/stdin:1:5-7: Error: syntax error",
  });
});

test("an nft that hangs is killed and said", async (t) => {
  await withProgram(t, "exec sleep 10");
  await assert.rejects(nftPort({ timeoutMs: 50 }).load("x"), { code: "nft-timeout" });
});

test("a missing nft has a code of its own", async (t) => {
  await withProgram(t, null);
  await assert.rejects(nftPort().list(["tables"]), { code: "nft-missing" });
});

test("a thing that is not there is null, and rubbish is an error", async (t) => {
  await withProgram(
    t,
    `case "$*" in *gone*) echo 'Error: No such file or directory; did you mean set x?' >&2; exit 1;; *) echo rubbish;; esac`,
  );
  assert.equal(await nftPort().list(["set", "gone"]), null);
  await assert.rejects(nftPort().list(["tables"]), { code: "nft-failed" });
});

test("a long text is whole before nft reads any of it, and leaves no file behind", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-nft-text-"));
  t.after(() => rm(folder, { recursive: true }));
  const text = "# a line of a ruleset\n".repeat(10_000);
  const script = `[ "$1" = -f ] && [ "$(wc -c < "$2")" = ${text.length} ] || { echo "not whole: $*" >&2; exit 1; }`;
  await withProgram(t, script);
  await nftPort({ folder }).load(text);
  assert.deepEqual(await readdir(folder), []);
  await withProgram(t, "echo 'Error: no' >&2; exit 1");
  await assert.rejects(nftPort({ folder }).load(text), { code: "nft-failed" });
  assert.deepEqual(await readdir(folder), []);
  await assert.rejects(nftPort({ folder: join(folder, "gone") }).load(text), { code: "nft-failed" });
});

test("what is listed in one go is listed by one process, each thing for itself", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-nft-calls-"));
  t.after(() => rm(folder, { recursive: true }));
  const document = (name: string) => `{"nftables":[{"metainfo":{}},{"set":{"table":"cordon","name":"${name}"}}]}`;
  const calls = async () => (await readdir(folder)).length;
  const listed = (nft = nftPort()) =>
    Promise.allSettled(["a", "gone", "b"].map((name) => nft.listElements(["set", "bridge", "cordon", name])));
  const said = `touch ${folder}/$$; cat > /dev/null; echo '${document("b")}'; echo '${document("a")}'`;
  await withProgram(t, `${said}; echo 'Error: No such file or directory' >&2`);
  assert.deepEqual(
    (await listed()).map((result) => result.status === "fulfilled" && result.value?.length),
    [2, undefined, 2],
  );
  assert.equal(await calls(), 1);
  await withProgram(t, `${said}; echo 'Error: Could not process rule: No buffer space available' >&2`);
  const [, missing] = await listed();
  assert.match(String(missing?.status === "rejected" && missing.reason), /No buffer space available/);
  await withProgram(t, said);
  assert.equal((await listed())[1]?.status, "rejected", "nothing was said of it");
});
