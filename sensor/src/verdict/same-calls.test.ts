import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../evidence/detector.ts";
import { toldOnce } from "./same-calls.ts";

function found(kind: string, strength: number): Finding {
  return { kind, for: true, subject: "propagation", strength, count: 1, firstAt: 0, lastAt: 0, text: () => kind };
}

test("of two searches by the same calls the stronger stands, beside what else was found", () => {
  const [spray, search, other] = [found("web-spray", 3), found("service-search", 5), found("beacon", 2)];
  assert.deepEqual(toldOnce([spray, other, search]), [other, search]);
  assert.deepEqual(toldOnce([spray, other]), [spray, other]);
  assert.deepEqual(toldOnce([]), []);
});
