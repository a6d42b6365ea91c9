import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { aFlowLine } from "../record/a-flow-line.ts";
import { FlowRecorder, type FlowRecorderOptions } from "./flow-recorder.ts";
import { HealthBoard } from "./health-board.ts";

const program = { path: fileURLToPath(new URL("../record/main.ts", import.meta.url)), args: ["flow-log"] };
const at = 1_790_000_000_000;
const begunAt = performance.now();

interface Stand {
  readonly recorder: FlowRecorder;
  readonly health: HealthBoard;
  readonly options: FlowRecorderOptions;
}

async function aRecorder(t: TestContext, fields: Partial<FlowRecorderOptions> = {}): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-recorder-"));
  const health = new HealthBoard(() => at);
  const options: FlowRecorderOptions = {
    ...{ program, path: join(folder, "flows.sqlite"), heldBack: () => 0, clockErrorMs: () => 2000 },
    ...{ isPortDecisive: true, heldMs: 60_000, health, log: pino({ level: "silent" }) },
    ...{ now: () => at + performance.now() - begunAt, monotonic: () => performance.now() },
    ...fields,
  };
  const recorder = new FlowRecorder(options);
  recorder.start();
  t.after(async () => {
    await recorder.close();
    await rm(folder, { recursive: true });
  });
  return { recorder, health, options };
}

const whole = { at, errorMs: 3_600_000 };

test("the thread keeps lines and finds them again, also in the next run", async (t) => {
  const { recorder, options } = await aRecorder(t);
  for (let insidePort = 1; insidePort <= 30; insidePort += 1) recorder.take(aFlowLine({ startedAt: at, insidePort }));
  const answer = await recorder.lookUp({ ...whole, remoteAddress: "203.0.113.1" });
  assert.equal(answer.flows.length, 30);
  assert.deepEqual([answer.unwritten, answer.clockErrorMs, answer.from], [30, 2000, at - 3_602_000]);
  await recorder.close();
  const next = new FlowRecorder(options);
  next.start();
  const after = await next.lookUp(whole);
  assert.deepEqual([after.flows.length, after.unwritten], [30, 0]);
  assert.equal(next.reported?.lines, 30);
  await next.close();
});

test("a clock that is set while lines wait here is told to the log, and the lines are of the clock before", async (t) => {
  let stepMs = 0;
  let errorMs: number | null = null;
  const { recorder } = await aRecorder(t, {
    now: () => at + performance.now() - begunAt + stepMs,
    clockErrorMs: () => errorMs,
  });
  recorder.take(aFlowLine({ startedAt: at, lastAt: at }));
  const before = await recorder.lookUp({ at, errorMs: 0 });
  assert.deepEqual([before.flows.length, before.isClockKnown], [1, false]);
  recorder.take(aFlowLine({ startedAt: at + 1, lastAt: at + 1 }));
  [stepMs, errorMs] = [10 * 86_400_000, 2000];
  const after = await recorder.lookUp({ at: at + stepMs, errorMs: 1000 });
  assert.deepEqual([after.flows.length, after.isClockKnown], [2, true]);
  assert.deepEqual(
    after.flows.map(({ startedAt }) => Math.abs(startedAt - at - stepMs) < 100),
    [true, true],
  );
  const [step] = after.clockSteps ?? [];
  assert.ok(step !== undefined && step.isCorrected && Math.abs(step.byMs - stepMs) < 100);
});

test("more lines at once than are listed are counted and told", async (t) => {
  const { recorder } = await aRecorder(t, { rate: { perSecond: 0.001, burst: 5 } });
  for (let count = 0; count < 100; count += 1) recorder.take(aFlowLine({ startedAt: at, insidePort: count }));
  const { flows, lost } = await recorder.lookUp(whole);
  assert.equal(flows.length, 5);
  assert.deepEqual(
    lost.map(({ reason, count }) => [reason, count]),
    [["rate", 95]],
  );
});

test("a thread that ends is started again and goes on, and who asks meanwhile is told", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-recorder-"));
  t.after(() => rm(folder, { recursive: true }));
  // The first run fails; from the second on it is the real one.
  const path = join(folder, "failing.mjs");
  const flag = join(folder, "failed");
  await writeFile(
    path,
    `import { existsSync, writeFileSync } from "node:fs";
     if (!existsSync(${JSON.stringify(flag)})) { writeFileSync(${JSON.stringify(flag)}, ""); throw new TypeError("first"); }
     await import(${JSON.stringify(program.path)});`,
  );
  const { recorder } = await aRecorder(t, { program: { path, args: ["flow-log"] } });
  await assert.rejects(recorder.lookUp(whole), { code: "flow-log-busy" });
  recorder.take(aFlowLine({ startedAt: at }));
  for (const deadline = Date.now() + 60_000; ;) {
    assert.ok(Date.now() < deadline, "the second thread does not answer");
    const answer = await recorder.lookUp(whole).catch(() => null);
    if (answer?.flows.length === 1) break;
    await once(AbortSignal.timeout(20), "abort");
  }
});

test("a folder that cannot be written to is said, and not once there is one", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-recorder-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // Where a folder should be stands a file: nobody can write there, not even root.
  await writeFile(join(folder, "flows"), "");
  const { recorder, health } = await aRecorder(t, {
    path: join(folder, "flows", "flows.sqlite"),
    limits: { writeEveryMs: 0 },
  });
  recorder.take(aFlowLine({ startedAt: at }));
  assert.equal((await recorder.lookUp(whole)).flows.length, 1);
  recorder.tell();
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["flow-log-unwritable"],
  );
  await rm(join(folder, "flows"));
  await mkdir(join(folder, "flows"));
  await chmod(join(folder, "flows"), 0o700);
  const answer = await recorder.lookUp(whole);
  assert.deepEqual([answer.flows.length, answer.unwritten], [1, 0]);
  recorder.tell();
  assert.deepEqual(health.list(), []);
});
