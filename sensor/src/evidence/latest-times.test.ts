import assert from "node:assert/strict";
import { test } from "node:test";
import { LatestTimes } from "./latest-times.ts";

test("it counts the latest times since a moment, however many there were", () => {
  for (const most of [16, 64]) {
    const times = new LatestTimes(most);
    assert.equal(times.countSince(0), 0);
    for (let at = 1; at <= 200; at += 1) {
      times.note(at);
      assert.equal(times.countSince(0), Math.min(at, most));
      assert.equal(times.countSince(at - 5), Math.min(at, 5));
      assert.equal(times.latest(0), at);
      assert.equal(times.latest(Math.min(at, most) - 1), Math.max(1, at - most + 1));
    }
  }
});
