import assert from "node:assert/strict";
import { test } from "node:test";
import { TakeoverTrail } from "./takeover-trail.ts";

const minute = 60_000;

test("three within ten minutes are no accident, and each after them is told", () => {
  const trail = new TakeoverTrail();
  const told = [0, 4, 9, 9.5, 30].map((at) => trail.isContested("box-one", at * minute));
  assert.deepEqual(told, [false, false, true, true, false]);
});

test("a line that changes now and then, and other boxes, are told apart", () => {
  const trail = new TakeoverTrail();
  assert.ok(![0, 6, 12, 18].some((at) => trail.isContested("box-one", at * minute)));
  assert.ok(!["box-two", "box-three", "box-four"].some((id) => trail.isContested(id, 18 * minute)));
});
