import assert from "node:assert/strict";
import { test } from "node:test";
import { threeWay } from "./three-way.ts";

interface Item {
  readonly way: string;
  readonly id: string;
}

const list = (...ids: readonly string[]): Item[] => ids.map((id) => ({ way: id.charAt(0), id }));

// A letter is what it is for.
const cases = [
  { name: "what theirs has added comes", ours: ["a"], base: ["a"], theirs: ["a", "b"], is: ["a", "b"] },
  { name: "what theirs has ended goes", ours: ["a", "b"], base: ["a", "b"], theirs: ["a"], is: ["a"] },
  { name: "what theirs has changed is as theirs has it", ours: ["a"], base: ["a"], theirs: ["a+"], is: ["a+"] },
  { name: "what was added here stays", ours: ["a", "b"], base: ["a"], theirs: ["a"], is: ["a", "b"] },
  { name: "what was ended here stays so", ours: ["a"], base: ["a", "b"], theirs: ["a", "b"], is: ["a"] },
  { name: "what was changed here stays so", ours: ["a-"], base: ["a"], theirs: ["a+"], is: ["a-"] },
  { name: "what was changed here and ended there stays", ours: ["a-"], base: ["a"], theirs: [], is: ["a-"] },
  {
    name: "without a base all of theirs comes, and nothing goes",
    ours: ["a", "b"],
    base: null,
    theirs: ["c"],
    is: "abc",
  },
] as const;

for (const { name, ours, base, theirs, is } of cases) {
  test(`of two lists that went on from one: ${name}`, () => {
    const mine = list(...ours);
    const { taken, ended } = threeWay(mine, base && list(...base), list(...theirs), ({ way }) => way);
    const result = new Set(mine.map(({ id }) => id));
    for (const { id } of taken) result.add(id);
    for (const { id } of ended) result.delete(id);
    assert.deepEqual([...result].toSorted(), [...is]);
  });
}
