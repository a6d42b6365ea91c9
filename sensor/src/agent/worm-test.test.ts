import assert from "node:assert/strict";
import { test } from "node:test";
import { wormTest } from "./worm-test.ts";

test("the worm that a box plays to itself is named, and who works beside it is not", () => {
  assert.equal(wormTest(), "");
});
