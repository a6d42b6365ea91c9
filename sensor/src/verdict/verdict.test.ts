import assert from "node:assert/strict";
import { test } from "node:test";
import { riskOf, verdictOf } from "./verdict.ts";

for (const [score, verdict] of [
  [-1, "clear"],
  [0.99, "clear"],
  [1, "watched"],
  [2.99, "watched"],
  [3, "suspect"],
  [5.99, "suspect"],
  [6, "infected"],
] as const) {
  test(`a score of ${score} is ${verdict}`, () => assert.equal(verdictOf(score), verdict));
}

test("the risk is the verdict times the role", () => {
  assert.equal(riskOf("clear", "server"), null);
  assert.equal(riskOf("watched", "unknown"), "low");
  assert.equal(riskOf("watched", "gateway"), "medium");
  assert.equal(riskOf("suspect", "unknown"), "medium");
  assert.equal(riskOf("suspect", "mail-server"), "high");
  assert.equal(riskOf("infected", "unknown"), "high");
});
