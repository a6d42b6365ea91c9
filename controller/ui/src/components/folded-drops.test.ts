import assert from "node:assert/strict";
import { test } from "node:test";
import { aHost } from "../../../test/ui/samples.ts";
import { foldedDrops } from "./folded-drops.ts";

const many = (infected: number, clear: number) => [
  ...Array.from({ length: infected }, () => aHost()),
  ...Array.from({ length: clear }, () => aHost({ verdict: "clear" })),
];
const counted = (infected: number, clear: number) => {
  const { shown, words } = foldedDrops(many(infected, clear));
  return { infected: shown.filter((h) => h.verdict === "infected").length, shown: shown.length, words };
};

test("each machine has its own drop while they fit", () => {
  assert.deepEqual(counted(2, 46), { infected: 2, shown: 48, words: "" });
});

test("only clear machines share a drop", () => {
  assert.deepEqual(counted(3, 157), { infected: 3, shown: 43, words: "a clear drop stands for 4" });
});

test("an outbreak too large to draw is folded and says so", () => {
  assert.deepEqual(counted(100, 20), { infected: 34, shown: 40, words: "a drop stands for 3" });
});
