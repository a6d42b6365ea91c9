import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskQueue } from "./task-queue.ts";

/** Something that ends when told. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, open: resolve };
}

/** A reading that ends when its signal says so, and otherwise when it is told. */
function aReading() {
  const begun = gate();
  const until = gate();
  let isGivenUp = false;
  const read = (signal?: AbortSignal) => {
    begun.open();
    signal?.addEventListener("abort", () => {
      isGivenUp = true;
      until.open();
    });
    return until.promise;
  };
  return { read, begun: begun.promise, end: until.open, isGivenUp: () => isGivenUp };
}

test("tasks run one at a time, in order, whatever becomes of them", async () => {
  const tasks = new TaskQueue();
  const first = gate();
  const order: string[] = [];
  const failing = tasks.run(async () => {
    await first.promise;
    order.push("first");
    throw new Error("no");
  });
  const second = tasks.run(async () => void order.push("second"));
  first.open();
  await assert.rejects(failing, /no/);
  await second;
  assert.deepEqual(order, ["first", "second"]);
});

test("a task does not wait for a reading, which is given up and done again after it", async () => {
  const tasks = new TaskQueue();
  const [first, second] = [aReading(), aReading()];
  const readings = [first.read, second.read];
  const beside = tasks.beside(async (signal) => {
    await readings.shift()?.(signal);
    return readings.length;
  });
  await first.begun;
  assert.equal(await tasks.run(() => Promise.resolve("done")), "done");
  assert.ok(first.isGivenUp());
  await second.begun;
  second.end();
  assert.deepEqual(await beside, { found: 0, turn: tasks.turn });
});

test("a reading that nobody disturbs rejects as it does, and one that was given up does not", async () => {
  const tasks = new TaskQueue();
  await assert.rejects(
    tasks.beside(() => Promise.reject(new Error("unreadable"))),
    /unreadable/,
  );
  let attempts = 0;
  const { found } = await tasks.beside(async () => {
    attempts += 1;
    if (attempts > 1) return attempts;
    await tasks.run(() => Promise.resolve());
    throw new Error("given up");
  });
  assert.equal(found, 2);
});

test("a reading that tasks disturb again and again becomes a task itself", async () => {
  const tasks = new TaskQueue();
  let attempts = 0;
  const { found, turn } = await tasks.beside(async (signal) => {
    attempts += 1;
    if (signal !== undefined) await tasks.run(() => Promise.resolve());
    return attempts;
  });
  assert.equal(found, 5);
  assert.equal(turn, tasks.turn, "nothing has run since");
});
