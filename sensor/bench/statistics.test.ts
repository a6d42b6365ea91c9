import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { SeededRandom } from "./random.ts";
import { median, medianEstimate, quantile, shuffled } from "./statistics.ts";

suite("statistics", () => {
  test("the 99th percentile of a hundred values is the 99th of them, of few the largest", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    assert.equal(quantile(values, 0.99), 99);
    assert.equal(quantile([3, 1, 2], 0.99), 3);
    assert.equal(quantile([3, 1, 2], 0.5), 2);
  });

  test("of nothing there is neither a median nor a quantile", () => {
    assert.ok(Number.isNaN(median([])));
    assert.ok(Number.isNaN(quantile([], 0.5)));
  });

  test("the interval holds the true median about 95 times in 100", () => {
    const random = new SeededRandom(7);
    const repetitions = 300;
    let held = 0;
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      const estimate = medianEstimate(
        Array.from({ length: 41 }, () => random.below(1_000_000)),
        random,
      );
      if (estimate.low <= 500_000 && 500_000 <= estimate.high) held += 1;
    }
    assert.ok(held / repetitions > 0.9 && held / repetitions < 0.99, `${held} of ${repetitions}`);
  });

  test("one wild value among forty moves neither the median nor its interval far", () => {
    const values = Array.from({ length: 40 }, (_, index) => 1 + (index % 5) / 100);
    const estimate = medianEstimate([...values, 50], new SeededRandom(1));
    assert.ok(estimate.low >= 1 && estimate.high <= 1.05, JSON.stringify(estimate));
  });

  test("shuffling keeps every value", () => {
    const values = [1, 2, 3, 4, 5, 6];
    const orders = new Set(Array.from({ length: 50 }, (_, seed) => shuffled(values, new SeededRandom(seed)).join(" ")));
    assert.ok(orders.size > 30);
    for (const order of orders) assert.equal(order.split(" ").toSorted().join(" "), values.join(" "));
  });
});
