import assert from "node:assert/strict";
import { scryptSync } from "node:crypto";
import { test } from "node:test";
import type { Clock } from "../ambient.ts";
import { defaultPinLimits, PinGate } from "./pin.ts";

const salt = Buffer.from("salt");
const work = { cost: 16, blockSize: 8, parallelization: 1 };
const right = "4711 0815";
const hash = {
  ...work,
  salt: salt.toString("base64"),
  hash: scryptSync("47110815", salt, 32, work).toString("base64"),
};

/** Time that passes when it is told to. */
class TestClock implements Clock {
  time = 1_000_000;
  #timers: { at: number; run: () => void }[] = [];
  now = () => this.time;
  after = (delayMs: number, run: () => void) => {
    const timer = { at: this.time + delayMs, run };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((each) => each !== timer));
  };

  /** Goes on to the next timer, where there is one. */
  next(): void {
    const [timer] = this.#timers.toSorted((one, other) => one.at - other.at);
    if (timer === undefined) return;
    this.#timers = this.#timers.filter((each) => each !== timer);
    this.time = Math.max(this.time, timer.at);
    timer.run();
  }
}

/** Lets time pass until something is answered. */
async function awaited<T>(clock: TestClock, promise: Promise<T>): Promise<T> {
  let isOver = false;
  const noted = promise.finally(() => (isOver = true));
  while (!isOver) {
    clock.next();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return noted;
}

test("whoever fails on purpose waits by himself, longer each time; from elsewhere the right PIN lets in", async () => {
  const clock = new TestClock();
  const gate = new PinGate(hash, clock, [], { ...defaultPinLimits, tries: 2, pauseMs: 0 });
  const from = (source: string, typed: string) => awaited(clock, gate.try(typed, source));
  assert.deepEqual(await from("a", "1"), { kind: "refused", triesLeft: 1 });
  assert.deepEqual(await from("a", "2"), { kind: "locked", until: clock.time + 60_000, isNew: true });
  assert.equal((await from("a", right)).kind, "locked", "his own right PIN is looked at no sooner");
  assert.equal((await from("b", right)).kind, "in");
  clock.time += 60_000;
  await from("a", "3");
  assert.deepEqual(await from("a", "4"), { kind: "locked", until: clock.time + 120_000, isNew: true }, "twice as long");
  clock.time += 120_000;
  assert.equal((await from("a", right)).kind, "in");
  assert.deepEqual(await from("a", "5"), { kind: "refused", triesLeft: 1 }, "forgiven by having been right");
});

test("of many who fail at once each has one try waiting, and whoever has failed least is next", async () => {
  const clock = new TestClock();
  const swarm = Array.from({ length: 40 }, (_, index) => `10.0.0.${index}`);
  const failures = [...swarm, ...swarm].map((source) => ({ source, at: clock.time }));
  const gate = new PinGate(hash, clock, failures, { ...defaultPinLimits, waiting: 20 });
  const tries = swarm.map((source) => gate.try("1", source));
  assert.deepEqual(await gate.try("2", swarm[0] ?? ""), { kind: "busy" }, "one of each source");
  const begunAt = clock.time;
  const outcome = await awaited(clock, gate.try(right, "192.0.2.1"));
  assert.equal(outcome.kind, "in");
  assert.ok(clock.time - begunAt <= 80 * defaultPinLimits.pauseMs, `${clock.time - begunAt} ms, which is one pause`);
  gate.close();
  const kinds = (await Promise.all(tries)).map(({ kind }) => kind);
  // After him the next one has his turn.
  assert.ok(kinds.filter((kind) => kind === "busy").length >= 39);
});

test("a swarm that never rests tries out some 1,300 PINs a day", async () => {
  const clock = new TestClock();
  const day = 86_400_000;
  const perDay = 1_315;
  const failures = Array.from({ length: perDay }, (_, index) => ({
    source: `yesterday ${index}`,
    at: clock.time + Math.round(((index - perDay) * day) / perDay),
  }));
  const gate = new PinGate(hash, clock, failures);
  const endsAt = clock.time + day / 4;
  let tried = 0;
  for (; clock.time < endsAt; tried += 1) await awaited(clock, gate.try("1", `today ${tried}`));
  assert.ok(Math.abs(tried - perDay / 4) < 40, `${tried} in a quarter of a day`);
});
