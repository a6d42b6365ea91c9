import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf } from "./keys.ts";

test("single keys are commands, others are not", () => {
  assert.deepEqual(commandOf("q", false), { command: "cut", opensG: false });
  assert.deepEqual(commandOf("w", false), { command: "walk", opensG: false });
  assert.deepEqual(commandOf("f", false), { command: null, opensG: false });
});

test("g waits for its second key, and a wrong one ends it", () => {
  assert.deepEqual(commandOf("g", false), { command: null, opensG: true });
  assert.deepEqual(commandOf("f", true), { command: "fleet", opensG: false });
  assert.deepEqual(commandOf("s", true), { command: "site", opensG: false });
  assert.deepEqual(commandOf("q", true), { command: null, opensG: false });
});
