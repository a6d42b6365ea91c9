import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimedQueue } from "./queue.ts";

test("whatever comes, leaves and is taken, it is what an array would have", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 8 }), { maxLength: 200 }), (steps) => {
      const queue = new TimedQueue();
      const model: { item: number | undefined; at: number; place: number }[] = [];
      let next = 0;
      for (const step of steps) {
        for (let left = step * 9; left > 0; left -= 1) {
          model.push({ item: next, at: next * 10, place: queue.push(next, next * 10) });
          next += 1;
        }
        const leaving = model[Math.floor(model.length / 2)];
        if (step === 0 && leaving !== undefined) {
          queue.leave(leaving.place);
          leaving.item = undefined;
        }
        assert.equal(queue.firstAt, model[0]?.at ?? Number.POSITIVE_INFINITY);
        for (let left = step * -13; left > 0; left -= 1) assert.equal(queue.shift(), model.shift()?.item ?? -1);
        assert.equal(queue.size, model.length);
      }
    }),
  );
});
