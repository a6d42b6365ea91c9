import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFailed, isSettled, nextStep, stagesOf, type BoxPhase, type PlannedBox } from "./rollout-plan.ts";

const aBox = (sensorId: string, stage: number, phase: BoxPhase, silentSince: number | null = null): PlannedBox => ({
  ...{ sensorId, stage, phase, silentSince },
});
const patienceMs = 1000;

test("one box, its site, every tenth of the others, the rest", () => {
  const boxes = Array.from({ length: 25 }, (_, index) => ({
    sensorId: `b${index}`,
    siteId: index < 3 ? "s" : `s${index}`,
  }));
  const stages = stagesOf(boxes, "b1");
  const at = (stage: number) => boxes.map(({ sensorId }) => sensorId).filter((id) => stages.get(id) === stage);
  assert.deepEqual([at(0), at(1), at(2)], [["b1"], ["b0", "b2"], ["b3", "b13", "b23"]]);
  assert.equal(at(3).length, 19);
});

for (const { name, stage = 0, boxes, now = 0, step } of [
  {
    name: "the first box alone is ordered first",
    boxes: [aBox("a", 0, "listed"), aBox("b", 3, "listed")],
    step: { kind: "order", sensorIds: ["a"] },
  },
  {
    name: "the next stage begins when the one before is good",
    boxes: [aBox("a", 0, "good"), aBox("b", 3, "listed")],
    step: { kind: "advance", stage: 3 },
  },
  {
    name: "a box that fell back halts, whatever else there is",
    stage: 3,
    boxes: [aBox("a", 0, "good"), aBox("b", 3, "fell-back"), aBox("c", 3, "listed")],
    step: { kind: "halt", sensorId: "b" },
  },
  {
    name: "a refusal halts too",
    boxes: [aBox("a", 0, "refused"), aBox("b", 3, "listed")],
    step: { kind: "halt", sensorId: "a" },
  },
  {
    name: "a box that runs it already needs no order",
    boxes: [aBox("a", 0, "same"), aBox("b", 2, "listed")],
    step: { kind: "advance", stage: 2 },
  },
  {
    name: "the first box is waited for, however long it is silent",
    now: 1e9,
    boxes: [aBox("a", 0, "ordered", 0), aBox("b", 3, "listed")],
    step: { kind: "wait" },
  },
  {
    name: "a silent one is waited for",
    stage: 2,
    now: 999,
    boxes: [aBox("a", 0, "good"), aBox("b", 2, "ordered", 0), aBox("c", 3, "listed")],
    step: { kind: "wait" },
  },
  {
    name: "a silent one is not waited for without end",
    stage: 2,
    now: 1000,
    boxes: [aBox("a", 0, "good"), aBox("b", 2, "ordered", 0), aBox("c", 3, "listed")],
    step: { kind: "advance", stage: 3 },
  },
  {
    name: "one that is heard is waited for without end",
    stage: 2,
    now: 1e9,
    boxes: [aBox("a", 0, "good"), aBox("b", 2, "installed"), aBox("c", 3, "listed")],
    step: { kind: "wait" },
  },
  {
    name: "it does not end while a silent one has not got it",
    stage: 3,
    now: 1e9,
    boxes: [aBox("a", 0, "good"), aBox("b", 3, "ordered", 0)],
    step: { kind: "wait" },
  },
  { name: "all have it", stage: 3, boxes: [aBox("a", 0, "good"), aBox("b", 3, "left")], step: { kind: "end" } },
] satisfies { name: string; stage?: number; boxes: PlannedBox[]; now?: number; step: object }[]) {
  test(name, () => assert.deepEqual(nextStep({ stage, stageSince: 0, patienceMs }, boxes, now), step));
}

test("no box is ordered before every stage before its own is settled or silent beyond patience, nor after a failure; it ends", () => {
  const fate = fc.constantFrom<"good" | "fell-back" | "silent">("good", "good", "good", "good", "fell-back", "silent");
  const fates = fc.array(fc.record({ fate, site: fc.integer({ min: 0, max: 4 }) }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(fates, (given) => {
      const ids = given.map(({ site }, index) => ({ sensorId: `b${index}`, siteId: `s${site}` }));
      const stages = stagesOf(ids, "b0");
      let boxes = ids.map(({ sensorId }) => aBox(sensorId, stages.get(sensorId) ?? 0, "listed"));
      let [stage, stageSince, now] = [0, 0, 0];
      const isQuiet = (box: PlannedBox) => box.silentSince !== null && now - box.silentSince >= patienceMs;
      for (let round = 0; round < 100; round += 1) {
        const step = nextStep({ stage, stageSince, patienceMs }, boxes, now);
        if (step.kind === "halt") return assert.ok(boxes.some(({ phase }) => isFailed(phase)));
        if (step.kind === "end") return assert.ok(boxes.every(({ phase }) => isSettled(phase)));
        if (step.kind === "advance") {
          assert.ok(step.stage > stage);
          [stage, stageSince] = [step.stage, now];
        } else if (step.kind === "order") {
          assert.ok(!boxes.some(({ phase }) => isFailed(phase)));
          for (const id of step.sensorIds) {
            const own = stages.get(id) ?? 0;
            const before = boxes.filter((box) => box.stage < own);
            assert.ok(
              before.every((box) => isSettled(box.phase) || (isQuiet(box) && box.stage > 0)),
              id,
            );
          }
          boxes = boxes.map((box) => {
            if (!step.sensorIds.includes(box.sensorId)) return box;
            const outcome = given[Number(box.sensorId.slice(1))]?.fate ?? "good";
            return outcome === "silent" ? { ...box, phase: "ordered", silentSince: now } : { ...box, phase: outcome };
          });
        } else {
          const isStuck = boxes.some((box) => box.silentSince !== null);
          assert.ok(isStuck, "it waits for nobody");
          if (now > patienceMs * 10) return undefined;
          now += patienceMs;
        }
      }
      return assert.fail("it does not come to an end");
    }),
    { numRuns: 300 },
  );
});
