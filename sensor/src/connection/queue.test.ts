import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Queue } from "./queue.ts";

test("whatever is pushed and taken, it is what an array would have", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 8 }), { maxLength: 200 }), (steps) => {
      const queue = new Queue<number>();
      const model: number[] = [];
      let next = 0;
      for (const step of steps) {
        for (let left = step * 9; left > 0; left -= 1) {
          queue.push(next);
          model.push(next);
          next += 1;
        }
        for (let left = step * -13; left > 0; left -= 1) {
          queue.shift();
          model.shift();
        }
        assert.equal(queue.first, model[0]);
        assert.equal(queue.size, model.length);
      }
    }),
  );
});
