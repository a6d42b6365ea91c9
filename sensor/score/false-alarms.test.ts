import assert from "node:assert/strict";
import { test } from "node:test";
import { falseAlarmsOf } from "./false-alarms.ts";

test("as many contacts as a bound has misses reach it by misses alone", () => {
  assert.ok(Math.abs(falseAlarmsOf(0.4, 10).infectedAtOnce - 0.4 ** 10) < 1e-12);
  assert.equal(falseAlarmsOf(0.4, 9).infectedAtOnce, 0);
  // Ten in a working day are forgotten before they add up.
  assert.equal(falseAlarmsOf(1, 10).infected, 0);
});

test("the chain agrees with walks that are played", () => {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const days = 20_000;
  let alarms = 0;
  for (let day = 0; day < days; day += 1) {
    let walk = 0;
    for (let contact = 0; contact < 100; contact += 1) {
      // 100 contacts in 8 hours: each finds 0.16 of a miss forgotten.
      walk = walk > 0 ? Math.max(0, walk - 0.16) : Math.min(0, walk + 0.16);
      walk = random() < 0.4 ? walk + 1 : Math.max(-3 / 0.602, walk - 2);
      if (walk < 5 - 1e-9) continue;
      alarms += 1;
      break;
    }
  }
  const { suspect } = falseAlarmsOf(0.4, 100);
  assert.ok(Math.abs(alarms / days - suspect) < 0.02, `${alarms / days} played, ${suspect} computed`);
});

test("the more fail and the more there are, the more alarms", () => {
  assert.ok(falseAlarmsOf(0.1, 100).infected < falseAlarmsOf(0.2, 100).infected);
  assert.ok(falseAlarmsOf(0.2, 10).infectedAtOnce < falseAlarmsOf(0.2, 100).infectedAtOnce);
});
