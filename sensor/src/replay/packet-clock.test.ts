import assert from "node:assert/strict";
import { test } from "node:test";
import { WeirdCounter } from "../packet/weird.ts";
import { PacketClock } from "./packet-clock.ts";

function times(stamps: readonly number[]): { times: number[]; weird: object } {
  const weird = new WeirdCounter();
  const clock = new PacketClock(weird);
  return { times: stamps.map((stamp) => clock.timeOf(stamp)), weird: weird.counts() };
}

for (const { name, stamps, expected, weird } of [
  { name: "time in order stays as it is", stamps: [5, 6.5, 900], expected: [5, 6.5, 900], weird: {} },
  {
    name: "frames slightly out of order get the newest time",
    stamps: [1e6, 995_000, 1e6 + 1],
    expected: [1e6, 1e6, 1e6 + 1],
    weird: {},
  },
  {
    name: "after a clock was set back time goes on at its own pace",
    stamps: [1e9, 5e8, 5e8 + 100, 5e8 + 200],
    expected: [1e9, 1e9, 1e9 + 100, 1e9 + 200],
    weird: { "time-went-backwards": 1 },
  },
  { name: "a jump of years forward is a jump of years", stamps: [0, 1e12], expected: [0, 1e12], weird: {} },
  {
    name: "stamps that are no date get the time before them",
    stamps: [7, Number.NaN, 1e300, -1, 8],
    expected: [7, 7, 7, 7, 8],
    weird: { "absurd-timestamp": 3 },
  },
]) {
  test(name, () => assert.deepEqual(times(stamps), { times: expected, weird }));
}
