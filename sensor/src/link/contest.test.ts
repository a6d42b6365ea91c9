import assert from "node:assert/strict";
import { test } from "node:test";
import { Contest } from "./contest.ts";

const minute = 60_000;

/** Connections that ended, and after how many attempts the next one stood, a second apart. */
function play(ends: readonly (readonly [byOther: boolean, attempts: number])[], apartMs = 1_000): boolean[] {
  const contest = new Contest();
  return ends.map(([byOther, attempts], index) => {
    contest.ended(byOther);
    contest.stands(attempts, index * apartMs);
    return contest.isOn(index * apartMs);
  });
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

test("five times ended by the other end and let in again at once within five minutes is a contest", () => {
  assert.deepEqual(play(times(6, [true, 1])), [false, false, false, false, true, true]);
});

test("a line that breaks, a controller that comes back later, and what happens now and then are none", () => {
  assert.ok(!play(times(20, [false, 1])).includes(true));
  assert.ok(!play(times(20, [true, 2])).includes(true));
  assert.ok(!play(times(20, [true, 1]), 1.5 * minute).includes(true));
});

test("it is over ten minutes after the last time", () => {
  const contest = new Contest();
  for (let time = 0; time < 5; time += 1) {
    contest.ended(true);
    contest.stands(1, time);
  }
  assert.deepEqual([contest.isOn(9 * minute), contest.isOn(11 * minute)], [true, false]);
});
