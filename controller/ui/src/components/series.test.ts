import assert from "node:assert/strict";
import { test } from "node:test";
import { axisTop, perMinute, withGaps } from "./series.ts";

test("a missing step is a gap, not a zero", () => {
  const points = [0, 10, 20, 60, 70].map((second) => ({ at: second * 1000, value: 1 }));
  assert.deepEqual(
    withGaps(points, 10_000).map((p) => [p.at / 1000, p.value]),
    [
      [0, 1],
      [10, 1],
      [20, 1],
      [30, null],
      [60, 1],
      [70, 1],
    ],
  );
});

test("the axis ends on a round number that holds the highest value", () => {
  assert.deepEqual([0, 1, 2, 3, 7, 12, 96, 104, 5600].map(axisTop), [2, 2, 2, 4, 8, 20, 100, 200, 6000]);
});

test("the table has the highest value of each minute, newest first", () => {
  const points = [
    { at: 0, value: 3 },
    { at: 30_000, value: 9 },
    { at: 60_000, value: null },
    { at: 70_000, value: 4 },
    { at: 120_000, value: null },
  ];
  assert.deepEqual(perMinute(points, 12), [
    { at: 120_000, value: null },
    { at: 60_000, value: 4 },
    { at: 0, value: 9 },
  ]);
  assert.equal(perMinute(points, 2).length, 2);
});
