import assert from "node:assert/strict";
import { test } from "node:test";
import { BootTrail } from "./boot-trail.ts";

const heard = (trail: BootTrail, boots: string) => [...boots].map((boot) => trail.isBack("box-one", boot));

test("a box that starts anew, and connects as often as it likes, is one box", () => {
  assert.deepEqual(heard(new BootTrail(), "aaabbc"), [false, false, false, false, false, false]);
});

test("a boot that comes back after another is a second box", () => {
  assert.deepEqual(heard(new BootTrail(), "abab"), [false, false, true, true]);
});

test("sensors are told apart, and only so many boots are remembered", () => {
  const trail = new BootTrail();
  assert.equal(trail.isBack("box-one", "a"), false);
  assert.equal(trail.isBack("box-two", "b"), false);
  assert.equal(trail.isBack("box-two", "a"), false);
  assert.deepEqual(heard(trail, "bcdefghia").at(-1), false);
});
