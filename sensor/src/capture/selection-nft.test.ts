import assert from "node:assert/strict";
import { test } from "node:test";
import { renderShortcut } from "./selection-nft.ts";
import { selection, type SelectionRule } from "./selection.ts";

const odd: SelectionRule = {
  name: "no-flags",
  match: { kind: "tcp", mask: 0x3f, value: 0 },
  key: ["source"],
  perMinute: 6,
  burst: 5,
  snapLength: 96,
};

test("segments of standing connections take a short way, but for those whose beginning is looked at", () => {
  assert.deepEqual(renderShortcut(selection), [
    "tcp flags & (fin | syn | rst) == 0x0 tcp dport != { 25, 465, 587, 2525 } accept",
  ]);
  assert.deepEqual(renderShortcut(selection.filter(({ match }) => match.kind !== "tcp-payload")), [
    "tcp flags & (fin | syn | rst) == 0x0 accept",
  ]);
});

test("there is no short way past a rule that may want such segments", () => {
  assert.deepEqual(renderShortcut([...selection, odd]), []);
});
