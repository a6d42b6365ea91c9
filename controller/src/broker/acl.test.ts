import assert from "node:assert/strict";
import { test } from "node:test";
import { maySubscribe, rulePublish } from "./acl.ts";

test("a sensor publishes on its own up channels only", () => {
  const cases: readonly [string, "accept" | "answer" | "ignore" | "refuse"][] = [
    ["v1/sensors/a/presence", "accept"],
    ["v1/sensors/a/hello", "accept"],
    ["v1/sensors/a/reported", "accept"],
    ["v1/sensors/a/notices", "accept"],
    ["v1/sensors/a/pulse", "accept"],
    ["v1/sensors/a/answers/7", "answer"],
    ["v1/sensors/a/answers/7/8", "ignore"],
    ["v1/sensors/a/answers/", "ignore"],
    ["v1/sensors/a/answers/+", "ignore"],
    ["v1/sensors/b/answers/7", "refuse"],
    ["v1/sensors/a/asks/7", "refuse"],
    ["v1/sensors/a/novelty", "ignore"],
    ["v1/sensors/a/", "ignore"],
    ["v1/sensors/a/desired", "refuse"],
    ["v1/sensors/a/stored", "refuse"],
    ["v1/sensors/b/notices", "refuse"],
    ["v1/sensors/ab/notices", "refuse"],
    ["v1/sensors/a", "refuse"],
    ["v2/sensors/a/notices", "refuse"],
    ["$SYS/a", "refuse"],
    ["", "refuse"],
  ];
  for (const [topic, ruling] of cases) assert.equal(rulePublish("a", topic).kind, ruling, topic);
});

test("a sensor subscribes to its own down channels by name, and to its own asks, only", () => {
  const cases: readonly [string, boolean][] = [
    ["v1/sensors/a/desired", true],
    ["v1/sensors/a/stored", true],
    ["v1/sensors/a/asks/+", true],
    ["v1/sensors/a/asks/#", false],
    ["v1/sensors/a/asks/7", false],
    ["v1/sensors/b/asks/+", false],
    ["v1/sensors/+/asks/+", false],
    ["v1/sensors/a/answers/+", false],
    ["v1/sensors/a/notices", false],
    ["v1/sensors/a/#", false],
    ["v1/sensors/a/+", false],
    ["v1/sensors/+/desired", false],
    ["v1/sensors/b/desired", false],
    ["#", false],
    ["$share/g/v1/sensors/a/desired", false],
    ["$SYS/#", false],
  ];
  for (const [filter, may] of cases) assert.equal(maySubscribe("a", filter), may, filter);
});
