import assert from "node:assert/strict";
import { test } from "node:test";
import { stormText } from "./storm-text.ts";

const sent = (packets: number) => ({ packets, bytes: 0 });

test("names those with the most, and how many there are beside them", () => {
  const senders = new Map([1, 4, 2, 3].map((n) => [`02:00:00:00:00:0${n}`, sent(n)]));
  const text = stormText(12, senders);
  assert.match(text, / by 02:00:00:00:00:04, 02:00:00:00:00:03, 02:00:00:00:00:02 and 1 more; 12 frames were stopped/);
  assert.ok(text.length <= 400);
  assert.doesNotMatch(stormText(3, new Map()), / by |more;/);
});
