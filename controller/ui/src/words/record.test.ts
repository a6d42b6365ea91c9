import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeEntry, NatLogEntry } from "../../../src/api/record-view.ts";
import { changeSubject, changeWord, lostWords, momentOf, natSubject, natWords, portOf } from "./record.ts";
import { timeWords } from "./time.ts";

const noon = Date.UTC(2026, 10, 20, 12, 0, 0);
const time = timeWords("UTC");

const change: ChangeEntry = {
  ...{ at: noon, id: "b-1", containmentId: "c1", scope: "host", host: "02:00:5e:10:00:07", name: "DESK-07" },
  ...{ change: "expired", text: "Its time was over." },
};

const entry: NatLogEntry = {
  ...{ host: "02:00:5e:10:00:07", name: "DESK-07", protocol: "tcp" },
  ...{ insideAddress: "10.213.77.20", insidePort: 50_000, outsideAddress: "192.0.2.2", outsidePort: 40_000 },
  ...{ remoteAddress: "198.51.100.9", remotePort: 25, beganAt: noon, endedAt: noon + 29_000 },
};

test("a change is told of a machine by its name, of a rule by what it shuts", () => {
  assert.deepEqual([changeSubject(change), changeWord(change)], ["DESK-07", "ended by itself"]);
  assert.equal(changeSubject({ ...change, name: null }), "02:00:5e:10:00:07");
  const rule = { ...change, host: null, name: null };
  assert.deepEqual(
    (["barrier", "area", "line"] as const).map((scope) => changeSubject({ ...rule, scope })),
    ["Way of spreading", "Area", "Line"],
  );
});

test("a translation is told with both ends and its times, and what was not told is said", () => {
  assert.equal(natSubject(entry), "DESK-07");
  assert.equal(natSubject({ ...entry, name: null, host: null }), "10.213.77.20");
  assert.equal(
    natWords(entry, time, noon),
    "10.213.77.20 port 50000 to 198.51.100.9 port 25 over tcp; from 12:00:00, until 12:00:29",
  );
  assert.match(natWords({ ...entry, beganAt: null, endedAt: null }, time, noon), /from not told, no end told$/);
  assert.equal(lostWords(0), null);
  assert.match(lostWords(3) ?? "", /^Of 3 connections around that time/);
});

test("ports and times are taken as people type them, and nothing else is", () => {
  assert.deepEqual(["443", " 65535 ", "0", "65536", "4e2", "", "-1", "12.5"].map(portOf), [
    ...[443, 65_535],
    ...Array<null>(6).fill(null),
  ]);
  assert.equal(momentOf("1970-01-02T00:00:01Z"), 86_401_000);
  assert.deepEqual([momentOf(""), momentOf("yesterday")], [null, null]);
});
