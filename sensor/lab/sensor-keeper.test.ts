import { equal } from "node:assert/strict";
import { test } from "node:test";
import { roleOf } from "./sensor-keeper.ts";

const cases: readonly { readonly name: string; readonly line: string; readonly role: string | null }[] = [
  { name: "the first process", line: "/node /box/sensor.mjs run --state /tmp/reader", role: "main" },
  { name: "a sub-command", line: "/node /box/sensor.mjs judge --run /tmp/x", role: "judge" },
  {
    name: "behind a program that sheds rights",
    line: "setpriv --clear /node /box/sensor.mjs executor",
    role: "executor",
  },
  { name: "a process of somebody else", line: "/node /elsewhere/sensor.mjs judge", role: null },
];

for (const { name, line, role } of cases) {
  test(`tells ${name} by its command line`, () => equal(roleOf(line.split(" "), "/box/sensor.mjs"), role));
}
