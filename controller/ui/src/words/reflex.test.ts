import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultReflex, type ReflexWish } from "@cordon/contract";
import { aReflex } from "../../../test/ui/samples.ts";
import { beyondWords, budgetWords, changedWish, isExempt, reflexWords } from "./reflex.ts";

const online = { state: "online" } as const;
const reported = { mode: "dry", budget: "usual", passed: 0, stopped: 0, hosts: [], refusal: null } as const;
const enforce: ReflexWish = { ...defaultReflex, mode: "enforce" };

const standings = [
  { name: "a dry run", view: aReflex(), box: online, tag: "dry run", isOn: false },
  {
    name: "asked, not confirmed",
    view: aReflex({ wish: enforce }),
    box: online,
    tag: "asked",
    isOn: false,
  },
  {
    name: "in force",
    view: aReflex({ wish: enforce, reported: { ...reported, mode: "enforce", hosts: [] } }),
    box: online,
    tag: "stops",
    isOn: true,
  },
  {
    name: "in force when last heard",
    view: aReflex({ wish: enforce, reported: { ...reported, mode: "enforce", hosts: [] } }),
    box: { state: "silent" } as const,
    tag: "stops when last heard",
    isOn: false,
  },
  {
    name: "refused",
    view: aReflex({ wish: enforce, reported: { ...reported, hosts: [], refusal: "only counted here" } }),
    box: online,
    tag: "dry run",
    isOn: false,
  },
  { name: "never heard of", view: aReflex({ reported: null }), box: online, tag: "not in force", isOn: false },
];

for (const { name, view, box, tag, isOn } of standings) {
  test(`the reflex is said to be what the box says: ${name}`, () => {
    const words = reflexWords(view, box);
    assert.deepEqual([words.tag, words.isOn], [tag, isOn]);
    if (view.reported?.refusal != null) assert.match(words.text, /Only counted here\.$/);
  });
}

test("a budget is said in full", () => {
  assert.equal(
    budgetWords({ budget: "usual" }),
    "Each machine has 30 new targets at once and 5 a second on the ways worms spread, of which 4 may be unanswered. " +
      "Beyond that it has none until it has left off for 1 minute.",
  );
  assert.doesNotMatch(budgetWords({ budget: "wide" }), /unanswered/);
});

test("what a machine did beyond its budget is told apart by what became of it", () => {
  const hosts = [
    { host: "a", passed: 1, stopped: 0 },
    { host: "b", passed: 2, stopped: 1200 },
    { host: "c", passed: 0, stopped: 0 },
  ];
  const view = aReflex({ reported: { ...reported, hosts } });
  assert.deepEqual(
    ["a", "b", "c", "d"].map((host) => beyondWords(view, host)),
    ["1 packet let pass", "1,200 packets stopped, 2 let pass", null, null],
  );
});

test("a change touches nothing else of the wish", () => {
  const one = changedWish(enforce, { kind: "exemption", host: "a", isExempt: true });
  const two = changedWish(one, { kind: "exemption", host: "b", isExempt: true });
  assert.deepEqual(
    [two.mode, isExempt(two, "a"), isExempt(two, "b"), isExempt(two, "c")],
    ["enforce", true, true, false],
  );
  assert.deepEqual(changedWish(two, { kind: "exemption", host: "b", isExempt: false }), one);
  assert.deepEqual(changedWish(one, { kind: "mode", mode: "dry" }), { ...one, mode: "dry" });
});
