import assert from "node:assert/strict";
import { test } from "node:test";
import { stepOf, type Level, type Mark, type Patience } from "./mark.ts";

const suspect: Level = { name: "suspect", rank: 1 };
const infected: Level = { name: "infected", rank: 2 };

/** Plays what is seen at which second; gives what was news, with its second. */
function play(seen: readonly (readonly [second: number, level: Level | null])[], patience: Patience): string[] {
  let mark: Mark | null = null;
  const told: string[] = [];
  for (const [second, level] of seen) {
    const step = stepOf(mark, level, second * 1000, patience);
    mark = step.mark;
    if (step.news !== null) told.push(`${second} ${step.news} ${step.mark?.told ?? ""}`.trim());
  }
  return told;
}

test("a machine is told once however its verdict flaps, and again when it is raised", () => {
  const patience = { holdMs: 0, calmMs: 100_000 };
  const seen = [suspect, null, suspect, infected, suspect, infected, null, infected];
  assert.deepEqual(
    play(
      seen.map((level, second) => [second, level]),
      patience,
    ),
    ["0 raised suspect", "3 raised infected"],
  );
});

test("after a calm of its length it is another incident, also where nobody looked in between", () => {
  const patience = { holdMs: 0, calmMs: 100_000 };
  assert.deepEqual(
    play(
      [
        [0, infected],
        [5, null],
        [105, null],
        [106, suspect],
      ],
      patience,
    ),
    ["0 raised infected", "105 ended", "106 raised suspect"],
  );
  assert.deepEqual(
    play(
      [
        [0, infected],
        [5, null],
        [200, infected],
      ],
      patience,
    ),
    ["0 raised infected", "200 raised infected"],
  );
});

test("what has to hold for a while is not told before, and its end not before it has lasted", () => {
  const dead: Level = { name: "dead", rank: 1 };
  const patience = { holdMs: 60_000, calmMs: 300_000 };
  assert.deepEqual(
    play(
      [
        [0, dead],
        [59, dead],
        [60, null],
        [61, dead],
        [120, dead],
      ],
      patience,
    ),
    [],
  );
  assert.deepEqual(
    play(
      [
        [0, dead],
        [60, dead],
        [70, null],
        [300, dead],
        [301, null],
        [600, null],
        [601, null],
      ],
      patience,
    ),
    ["60 raised dead", "601 ended"],
  );
});
