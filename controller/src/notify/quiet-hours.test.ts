import assert from "node:assert/strict";
import { test } from "node:test";
import { isQuiet, isTimeZone } from "./quiet-hours.ts";

const at = (text: string) => Date.parse(text);

test("quiet hours go by the clock of their place, across midnight and with its summer time", () => {
  const night = { from: "22:00", to: "07:00", timeZone: "Europe/Berlin" };
  for (const [time, quiet] of [
    ["2026-01-10T20:59:59Z", false],
    ["2026-01-10T21:00:00Z", true],
    ["2026-01-11T05:59:59Z", true],
    ["2026-01-11T06:00:00Z", false],
    ["2026-07-10T20:00:00Z", true],
    ["2026-07-11T05:00:00Z", false],
  ] as const) {
    assert.equal(isQuiet(night, at(time)), quiet, time);
  }
});

test("hours within a day are quiet between them, none where both are the same, and never where there are none", () => {
  const noon = { from: "12:00", to: "13:00", timeZone: "UTC" };
  assert.equal(isQuiet(noon, at("2026-01-10T12:30:00Z")), true);
  assert.equal(isQuiet(noon, at("2026-01-10T13:00:00Z")), false);
  assert.equal(isQuiet({ ...noon, to: "12:00" }, at("2026-01-10T12:00:00Z")), false);
  assert.equal(isQuiet(null, 0), false);
});

test("a time zone is known or not", () => {
  assert.equal(isTimeZone("Europe/Berlin"), true);
  assert.equal(isTimeZone("Middle/Earth"), false);
});
