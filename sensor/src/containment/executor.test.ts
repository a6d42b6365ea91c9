import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { SensorError } from "../errors.ts";
import { KernelExecutor, type KernelExecutorOptions } from "./executor.ts";
import type { Nft } from "./nft.ts";
import { renderSkeletons } from "./skeleton.ts";

const skeletons = renderSkeletons({ selection: [], logGroup: 71, outsidePort: "out0" });
const [reset, drop] = skeletons;

/** As much of nf_tables as the choice of a rendering and a click need: the version and the elements that were loaded last. */
class FakeKernel implements Nft {
  version: string | null = null;
  isReadable = true;
  readonly elements = new Map<string, Set<string>>();
  /** The code of the error that a text with reject meets; null where it is accepted. */
  rejectFails: string | null = "nft-failed";
  readonly loads: string[] = [];
  /** Sets that were read. */
  reads = 0;

  load(text: string): Promise<void> {
    // What comes after a ruleset stops nothing and is the same of both.
    if (text === reset.more) return Promise.resolve();
    for (const [, verb, name = "", list = ""] of text.matchAll(
      /^(add|delete) element bridge cordon (\S+) \{ (.*) \}$/gm,
    )) {
      const set = this.elements.get(name) ?? new Set();
      this.elements.set(name, set);
      for (const key of list.split(", ")) {
        if (verb === "add") set.add(key);
        else set.delete(key);
      }
    }
    const isReset = text.includes(reset.text);
    if (!isReset && !text.includes(drop.text)) return Promise.resolve();
    const manner = text.startsWith("flush table") ? "in place" : "anew";
    this.loads.push(`${isReset ? "reset" : "drop"} ${manner}`);
    if (isReset && this.rejectFails !== null) {
      return Promise.reject(new SensorError(this.rejectFails, "Operation not supported"));
    }
    this.version = (isReset ? reset : drop).version;
    return Promise.resolve();
  }

  list() {
    if (!this.isReadable) return Promise.reject(new SensorError("nft-failed", "Cannot allocate memory"));
    if (this.version === null) return Promise.resolve(null);
    return Promise.resolve([{ counter: { name: `skeleton_${this.version}`, packets: 0, bytes: 0 } }]);
  }

  listElements([kind = "", , , name = ""]: readonly string[]) {
    this.reads += 1;
    return Promise.resolve([{ [kind]: { elem: [...(this.elements.get(name) ?? [])] } }]);
  }
}

async function anExecutor(
  t: TestContext,
  kernel: FakeKernel,
  options: Partial<KernelExecutorOptions> = {},
): Promise<KernelExecutor> {
  const stateFolder = await mkdtemp(join(tmpdir(), "cordon-executor-"));
  t.after(() => rm(stateFolder, { recursive: true }));
  return new KernelExecutor({
    nft: kernel,
    skeletons,
    stateFolder,
    outsidePort: "out0",
    readFdb: () => Promise.resolve([]),
    clock: () => 0,
    monotonic: () => 0,
    log: () => undefined,
    ...options,
  });
}

test("resets where the kernel accepts them, drops where it does not, and no other at a look", async (t) => {
  for (const [rejectFails, expected] of [
    [null, ["reset anew"]],
    ["nft-failed", ["reset anew", "drop anew"]],
  ] as const) {
    const kernel = new FakeKernel();
    kernel.rejectFails = rejectFails;
    const executor = await anExecutor(t, kernel);
    await executor.start();
    await executor.selfCheck();
    await executor.selfCheck();
    assert.deepEqual(kernel.loads, expected);
    assert.equal((await executor.observe()).skeleton, kernel.version);
  }
});

for (const held of skeletons) {
  test(`a kernel that holds the ${held.refusal} rendering keeps it`, async (t) => {
    const kernel = new FakeKernel();
    kernel.version = held.version;
    kernel.rejectFails = null;
    const executor = await anExecutor(t, kernel);
    await executor.start();
    await executor.selfCheck();
    assert.deepEqual(kernel.loads, [`${held.refusal} in place`]);
  });
}

test("a table of another version gives way to the best that the kernel accepts", async (t) => {
  const kernel = new FakeKernel();
  kernel.version = "000000000000";
  await (await anExecutor(t, kernel)).start();
  assert.deepEqual(kernel.loads, ["reset anew", "drop anew"]);
});

test("a table that went away is loaded anew, the best rendering first", async (t) => {
  const kernel = new FakeKernel();
  const executor = await anExecutor(t, kernel);
  await executor.start();
  kernel.version = null;
  kernel.rejectFails = null;
  await executor.selfCheck();
  assert.deepEqual(kernel.loads.slice(2), ["reset anew"]);
  assert.equal((await executor.observe()).skeleton, reset.version);
});

test("an nft that hangs says nothing about the kernel", async (t) => {
  const kernel = new FakeKernel();
  kernel.rejectFails = "nft-timeout";
  const executor = await anExecutor(t, kernel);
  await assert.rejects(executor.start(), { code: "nft-timeout" });
  assert.deepEqual(kernel.loads, ["reset anew"]);
});

test("whom a step has let go stays free, even where nobody could look at once whether it worked", async (t) => {
  const mac = "02:00:5e:00:00:11";
  const kernel = new FakeKernel();
  const executor = await anExecutor(t, kernel);
  await executor.start();
  await executor.apply([{ kind: "quarantine-add", mac }]);
  assert.equal((await executor.observe()).quarantined.length, 1);
  kernel.isReadable = false;
  await assert.rejects(executor.apply([{ kind: "quarantine-remove", mac }]), { code: "nft-failed" });
  kernel.isReadable = true;
  await executor.selfCheck();
  const observed = await executor.observe();
  assert.deepEqual([observed.quarantined, observed.troubles], [[], []]);
});

test("reads everything again only where something was changed, or after half a minute", async (t) => {
  const kernel = new FakeKernel();
  const changes = { count: 0 as number | null };
  let now = 0;
  const executor = await anExecutor(t, kernel, { changes, monotonic: () => now });
  await executor.start();
  const readsOf = async (look: () => Promise<unknown>) => {
    const before = kernel.reads;
    await look();
    return kernel.reads - before;
  };
  const whole = await readsOf(() => executor.selfCheck());
  assert.ok(whole > 10, "a process for each set");
  // What the kernel fills by itself is looked through over a minute, a few sets at a time.
  const after: number[] = [];
  while (after.at(-1) !== 0 && after.length < 60) after.push(await readsOf(() => executor.selfCheck()));
  assert.ok(after.at(-1) === 0 && Math.max(...after) <= 4, after.join(" "));
  assert.equal(await readsOf(() => executor.selfCheck()), 0);
  const idle = await readsOf(() => executor.observe());
  changes.count = 1;
  assert.ok((await readsOf(() => executor.observe())) > idle, "what was empty may have been filled");
  assert.equal(await readsOf(() => executor.selfCheck()), whole);
  now += 30_000;
  assert.equal(await readsOf(() => executor.selfCheck()), whole);
  changes.count = null;
  for (let look = 0; look < 2; look++) assert.equal(await readsOf(() => executor.selfCheck()), whole);
});
