import assert from "node:assert/strict";
import { test } from "node:test";
import { HealthBoard } from "./health-board.ts";

test("a trouble keeps its time since when while its words change, and begins anew after it was gone", () => {
  let now = 1;
  const health = new HealthBoard(() => now);
  health.raise("capture-down", "error", "Nothing is seen.");
  now = 2;
  health.raise("capture-down", "error", "Nothing is seen: the port is down.");
  assert.deepEqual(health.list(), [
    { code: "capture-down", severity: "error", since: 1, text: "Nothing is seen: the port is down." },
  ]);
  health.clear("capture-down");
  assert.deepEqual(health.list(), []);
  health.raise("capture-down", "error", "Nothing is seen.");
  assert.equal(health.list()[0]?.since, 2);
});

test("the worst comes first", () => {
  const health = new HealthBoard(() => 1);
  health.raise("a", "info", "A.");
  health.raise("b", "error", "B.");
  health.raise("c", "warning", "C.");
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["b", "c", "a"],
  );
});
