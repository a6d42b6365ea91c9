import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../ambient.ts";
import { IssuePace } from "./issue-pace.ts";

test("of one key so many are made within the window, and again once they are older", () => {
  const time = { now: 0 };
  const pace = new IssuePace({ ...systemClock, now: () => time.now }, { perKey: 2, windowMs: 100 });
  for (const now of [10, 50]) {
    time.now = now;
    assert.equal(pace.mayIssue("one"), true);
    pace.issued("one");
  }
  assert.deepEqual([pace.mayIssue("one"), pace.mayIssue("other")], [false, true]);
  time.now = 110;
  assert.equal(pace.mayIssue("one"), true);
});
