import assert from "node:assert/strict";
import { test } from "node:test";
import { displayFilter, ringSentence } from "./packets.ts";
import { timeWords } from "./time.ts";

const now = Date.UTC(2026, 10, 30, 12);
const scope = { kind: "site" } as const;
const wish = { authorisations: [], ring: { scope } };

test("what is recorded is said as the box reports it, and not as it was wished", () => {
  const say = (view: Parameters<typeof ringSentence>[0]) => ringSentence(view, timeWords("UTC"), now);
  assert.match(say({ wish: null, record: null }), /^No packets are recorded/);
  assert.match(say({ wish, record: null }), /has not said yet/);
  const ring = { state: "refused", authorisationId: null, scope, since: null, sizeBytes: 0, text: "" } as const;
  const record = { packets: ring };
  assert.equal(say({ wish, record }), "The box refuses: no authorisation covers it. Nothing is held yet.");
});

test("the display filter is of one machine", () => {
  assert.equal(displayFilter("02:00:5E:00:00:01"), "eth.addr == 02:00:5e:00:00:01");
});
