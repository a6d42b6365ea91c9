import assert from "node:assert/strict";
import { test } from "node:test";
import { falseAlarmsOf } from "./false-alarms.ts";

test("as many contacts as a bound has misses reach it by misses alone", () => {
  assert.ok(Math.abs(falseAlarmsOf(0.4, 5).suspect - 0.4 ** 5) < 1e-12);
  assert.ok(Math.abs(falseAlarmsOf(0.4, 10).infected - 0.4 ** 10) < 1e-12);
  assert.equal(falseAlarmsOf(0.4, 9).infected, 0);
});

test("the chain agrees with walks that are played", () => {
  let state = 1;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const days = 20_000;
  let alarms = 0;
  for (let day = 0; day < days; day += 1) {
    let walk = 0;
    for (let contact = 0; contact < 100; contact += 1) {
      walk = random() < 0.3 ? walk + 1 : Math.max(-4, walk - 1);
      if (walk < 5) continue;
      alarms += 1;
      break;
    }
  }
  const { suspect } = falseAlarmsOf(0.3, 100);
  assert.ok(Math.abs(alarms / days - suspect) < 0.02, `${alarms / days} played, ${suspect} computed`);
});

test("the more fail and the more there are, the more alarms", () => {
  assert.ok(falseAlarmsOf(0.1, 100).infected < falseAlarmsOf(0.2, 100).infected);
  assert.ok(falseAlarmsOf(0.2, 10).suspect < falseAlarmsOf(0.2, 100).suspect);
});
