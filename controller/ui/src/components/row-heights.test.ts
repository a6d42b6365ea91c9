import assert from "node:assert/strict";
import { test } from "node:test";
import { RowHeights } from "./row-heights.ts";

test("tops and rows are found as by adding up, whatever was measured and appended", () => {
  const heights = new RowHeights();
  let model: number[] = [];
  const append = (more: number[]) => {
    heights.append(more);
    model = [...model, ...more];
  };
  const check = () => {
    const tops = model.map((_, index) => model.slice(0, index).reduce((sum, each) => sum + each, 0));
    const total = model.reduce((sum, each) => sum + each, 0);
    assert.deepEqual(
      [...model.keys(), model.length].map((index) => heights.top(index)),
      [...tops, total],
    );
    for (let px = -10; px < total + 30; px += 7) {
      const row = tops.findLastIndex((top) => top <= px);
      assert.equal(heights.indexAt(px), Math.max(0, row), `at ${px}`);
    }
  };
  append([10, 20, 30]);
  check();
  heights.set(1, 44);
  append(Array.from({ length: 70 }, (_, index) => 20 + (index % 5)));
  model[1] = 44;
  check();
  heights.set(72, 5);
  model[72] = 5;
  heights.set(0, 0.5);
  model[0] = 0.5;
  check();
  heights.reset([8, 9]);
  model = [8, 9];
  check();
});

test("of an empty list the first row is at every place", () => {
  const heights = new RowHeights();
  assert.deepEqual([heights.top(0), heights.indexAt(0), heights.indexAt(500)], [0, 0, 0]);
});
