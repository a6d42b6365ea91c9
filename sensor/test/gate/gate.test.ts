// The gate itself: what it lets pass and what not. It runs on a copy that holds other tests than ours.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite, test, type TestContext } from "node:test";

const root = resolve(import.meta.dirname, "../../..");

/** Runs the tests of a tree that holds just these files; `tests`: a pattern, so that no checks run. */
async function runGate(t: TestContext, files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-gate-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(root, ".bootstrap"), join(folder, ".bootstrap"), { recursive: true });
  for (const name of ["sensor", "controller", "image", "provision"]) await mkdir(join(folder, name));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  // Node tells its tests by the environment that they run under a runner.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const result = spawnSync(process.execPath, [join(folder, ".bootstrap/gate/test.mjs"), ".test.ts"], {
    encoding: "utf8",
    env,
  });
  return { code: result.status, output: result.stdout + result.stderr };
}

const testOf = (body: string): string => `import { test } from "node:test";\ntest("one", ${body});\n`;

suite("the gate", () => {
  test("passes when every test passes", async (t) => {
    const { code, output } = await runGate(t, { "sensor/a.test.ts": testOf("() => {}") });
    assert.match(output, /passed: 1 tests passed, 0 failed, 0 skipped/);
    assert.equal(code, 0);
  });

  test("fails when no test is found", async (t) => {
    const { code, output } = await runGate(t, {});
    assert.match(output, /no test file has/);
    assert.equal(code, 1);
  });

  test("fails when a test file holds no test", async (t) => {
    const { code, output } = await runGate(t, {
      "sensor/a.test.ts": testOf("() => {}"),
      "controller/b.test.ts": "export {};\n",
    });
    assert.match(output, /controller\/b\.test\.ts holds no test/);
    assert.equal(code, 1);
  });

  test("fails when one test fails", async (t) => {
    const { code, output } = await runGate(t, {
      "sensor/a.test.ts": testOf("() => {}"),
      "controller/b.test.ts": testOf('() => { throw new TypeError("no"); }'),
    });
    assert.match(output, /FAILED: 1 tests passed, 1 failed/);
    assert.equal(code, 1);
  });

  test("fails when a file cannot be loaded", async (t) => {
    const { code } = await runGate(t, {
      "sensor/a.test.ts": testOf("() => {}"),
      "sensor/b.test.ts": "throw new TypeError('no');\n",
    });
    assert.equal(code, 1);
  });

  test("lists what was skipped, with the reason", async (t) => {
    const { code, output } = await runGate(t, { "sensor/a.test.ts": testOf('{ skip: "no kernel here" }, () => {}') });
    assert.match(output, /skipped on this machine \(1\):\n {2}sensor\/a\.test\.ts: one\n {6}no kernel here/);
    assert.equal(code, 0);
  });
});

suite("the set-up", () => {
  test("tells an old Node what is needed", () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.8" } });';
    const result = spawnSync(
      process.execPath,
      ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, join(root, ".bootstrap/main.mjs"), "start"],
      { encoding: "utf8" },
    );
    assert.match(result.stderr, /^cordon: this is Node 18\.20\.8; Cordon needs Node 20 or newer/);
    assert.equal(result.status, 1);
  });

  test("names the tasks there are when asked for another", () => {
    const result = spawnSync(process.execPath, [join(root, ".bootstrap/main.mjs"), "dance"], { encoding: "utf8" });
    assert.match(result.stderr, /there is no task "dance"; there are: start, test/);
    assert.equal(result.status, 2);
  });

  for (const name of ["image", "provision"]) {
    test(`${name} without a command says which there are, and fails`, () => {
      const result = spawnSync(process.execPath, [join(root, name, "src/main.ts")], { encoding: "utf8" });
      assert.match(result.stderr, /^Usage: /);
      assert.notEqual(result.status, 0);
    });
  }
});
