import assert from "node:assert/strict";
import { test } from "node:test";
import { renderShortcut } from "./selection-nft.ts";
import { selection, type SelectionRule } from "./selection.ts";

const bare: SelectionRule = {
  name: "bare-ack",
  match: { kind: "tcp", mask: 0x3f, value: 0x10 },
  key: ["source"],
  perMinute: 6,
  burst: 5,
  snapLength: 96,
};

test("segments of standing connections take a short way, but for those whose beginning is looked at", () => {
  assert.deepEqual(renderShortcut(selection), [
    "tcp flags & (fin | syn | rst | ack) == ack tcp dport != { 25, 465, 587, 2525 } accept",
  ]);
  assert.deepEqual(renderShortcut(selection.filter(({ match }) => match.kind !== "tcp-payload")), [
    "tcp flags & (fin | syn | rst | ack) == ack accept",
  ]);
});

test("flags that no stack sends never take the short way, for they lack ACK", () => {
  const odd = selection.find(({ name }) => name === "odd-flags");
  assert.ok(odd?.match.kind === "tcp" && (odd.match.mask & 0x10) !== 0 && odd.match.value === 0);
});

test("there is no short way past a rule that may want such segments", () => {
  assert.deepEqual(renderShortcut([...selection, bare]), []);
});
