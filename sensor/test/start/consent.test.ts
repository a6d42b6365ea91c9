// What a person has said yes to: system packages, or something of the command's own.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname, "../../..");
const { consentIn } = (await import(join(root, ".bootstrap/consent.mjs"))) as {
  consentIn: (
    task: string,
    rest: readonly string[],
    env: Readonly<Record<string, string>>,
  ) => { readonly isYes: boolean; readonly args: readonly string[] };
};

test("--yes installs what is missing, but where it is the command's own word, which it reaches", () => {
  const box = ["box", "create", "--out", "/dev/sdb", "--yes"];
  assert.deepEqual(consentIn("provision", box, {}), { isYes: false, args: box });
  assert.deepEqual(consentIn("provision", [...box, "--install"], {}), { isYes: true, args: box });
  assert.equal(
    consentIn("provision", box, { npm_config_yes: "true" }).isYes,
    false,
    "a card's word, without the dashes",
  );
  assert.deepEqual(consentIn("start", ["--no-lab", "--yes"], {}), { isYes: true, args: ["--no-lab"] });
  assert.equal(consentIn("start", [], { npm_config_yes: "true" }).isYes, true);
  assert.equal(consentIn("test", [], {}).isYes, false);
});

test("and it does reach it", () => {
  const words = [join(root, ".bootstrap/main.mjs"), "provision", "site", "check", "--site", "x", "--yes"];
  const ended = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
  assert.match(ended.stderr, /unknown option '--yes'/, "of this command, which has none");
});
