import { equal } from "node:assert/strict";
import { test } from "node:test";
import { roleOf } from "./sensor-keeper.ts";

const cases: readonly { readonly name: string; readonly line: string; readonly role: string | null }[] = [
  { name: "the first process", line: "/node /box/src/main.ts run --state /tmp/reader", role: "main" },
  { name: "a sub-command", line: "/node /box/src/main.ts judge --run /tmp/x", role: "judge" },
  { name: "a program of its own", line: "/node /box/src/capture/reader-main.ts /tmp/x", role: "reader" },
  {
    name: "behind a program that sheds rights",
    line: "setpriv --clear /node /box/src/main.ts executor",
    role: "executor",
  },
  { name: "a process of somebody else", line: "/node /elsewhere/src/main.ts judge", role: null },
];

for (const { name, line, role } of cases) {
  test(`tells ${name} by its command line`, () => equal(roleOf(line.split(" "), "/box/src"), role));
}
