import assert from "node:assert/strict";
import { test } from "node:test";
import { AdoptionPace, handBackPaces } from "./adoption-bounds.ts";

const day = 86_400_000;

/** How many of a box that tells as often as it may are taken up in so long. */
function takenIn(pace: AdoptionPace, clock: { at: number }, forMs: number): number {
  const until = clock.at + forMs;
  for (let taken = 0; ; taken += 1) {
    clock.at += pace.turnInMs("box-1");
    if (clock.at >= until) return taken;
    pace.taken("box-1");
  }
}

test("what a person does at a box is taken up click by click, and what a program does leaves some hundred lines a day", () => {
  const clock = { at: 1_800_000_000_000 };
  const pace = new AdoptionPace({ now: () => clock.at }, handBackPaces);
  assert.equal(takenIn(pace, clock, 60_000), 65);
  // One in ten seconds, until those of a day are used up.
  assert.equal(takenIn(pace, clock, 3_600_000), 351);
  const [first, second] = [takenIn(pace, clock, day), takenIn(pace, clock, day)];
  assert.deepEqual([first, second], [400, 400]);
  assert.equal(new AdoptionPace({ now: () => clock.at }, handBackPaces).turnInMs("box-2"), 0);
});
