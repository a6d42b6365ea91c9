import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { coalesce } from "./coalesce.ts";

/** A task whose runs end when told. */
function aTask(t: TestContext) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const ends: (() => void)[] = [];
  const run = (): Promise<void> => new Promise((resolve) => ends.push(resolve));
  const end = async (i: number): Promise<void> => {
    ends[i]?.();
    await new Promise(setImmediate);
  };
  return { run, end, runs: () => ends.length };
}

test("runs at once, then once for any number of asks within the gap", async (t) => {
  const task = aTask(t);
  const { ask } = coalesce(task.run, 500);
  ask();
  assert.equal(task.runs(), 1);
  await task.end(0);
  ask();
  ask();
  ask();
  assert.equal(task.runs(), 1);
  mock.timers.tick(500);
  assert.equal(task.runs(), 2);
  await task.end(1);
  mock.timers.tick(5000);
  assert.equal(task.runs(), 2);
});

test("never runs twice at a time, and does not lose the ask that came meanwhile", async (t) => {
  const task = aTask(t);
  const { ask } = coalesce(task.run, 500);
  ask();
  mock.timers.tick(2000);
  ask();
  assert.equal(task.runs(), 1);
  await task.end(0);
  assert.equal(task.runs(), 2);
});

test("does nothing after it was closed", async (t) => {
  const task = aTask(t);
  const { ask, close } = coalesce(task.run, 500);
  ask();
  ask();
  close();
  await task.end(0);
  mock.timers.tick(1000);
  ask();
  assert.equal(task.runs(), 1);
});
