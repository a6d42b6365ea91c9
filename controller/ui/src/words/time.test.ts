import assert from "node:assert/strict";
import { test } from "node:test";
import { noon } from "../../../test/ui/samples.ts";
import { ago, delay, iso, span, timeWords, utc } from "./time.ts";

const hour = 3_600_000;
const berlin = timeWords("Europe/Berlin");

test("a time of day is said to the second, in the given zone", () => {
  assert.equal(berlin.clock(noon), "15:12:40");
  assert.equal(timeWords("UTC").clockWithZone(noon), "14:12:40 UTC");
  assert.equal(berlin.clockWithZone(noon), "15:12:40 CET");
  assert.equal(timeWords("UTC").clock(Date.UTC(2026, 0, 1)), "00:00:00");
});

test("a moment names its day only where it is another", () => {
  assert.equal(berlin.moment(noon - hour, noon), "14:12:40");
  assert.equal(berlin.moment(noon - 24 * hour, noon), "Thu 15:12:40");
  assert.equal(berlin.moment(noon - 7 * 24 * hour, noon), "13 Nov 15:12:40");
});

test("the day changes at midnight of the zone, not of UTC", () => {
  const lateEvening = Date.UTC(2026, 10, 20, 22, 30);
  assert.equal(berlin.until(lateEvening + hour, lateEvening), "Sat 00:30");
  assert.equal(timeWords("UTC").until(lateEvening + hour, lateEvening), "23:30");
});

test("an end is said to the minute", () => {
  assert.equal(berlin.until(noon + hour, noon), "16:12");
  assert.equal(berlin.until(noon + 24 * hour, noon), "Sat 15:12");
  assert.equal(berlin.until(noon + 30 * 24 * hour, noon), "20 Dec 15:12");
});

test("UTC carries its date", () => {
  assert.equal(utc(noon), "2026-11-20 14:12:40 UTC");
});

test("a time that no date can name is said to be none, and stops no page", () => {
  for (const at of [1e300, 8.64e15 + 1]) {
    const said = [berlin.clock(at), berlin.moment(at, noon), berlin.until(at, noon), berlin.clockWithZone(at), utc(at)];
    assert.deepEqual(new Set(said), new Set(["an unknown time"]));
    assert.deepEqual([iso(at), ago(at, noon)], ["", "just now"]);
  }
});

test("a span is said in its two largest units", () => {
  const cases = [
    [-5, "0 s"],
    [3_999, "3 s"],
    [59_999, "59 s"],
    [60_000, "1 min 00 s"],
    [489_000, "8 min 09 s"],
    [3 * hour + 12 * 60_000, "3 h 12 min"],
    [24 * hour, "1 day 0 h"],
    [98 * hour, "4 days 2 h"],
  ] as const;
  for (const [lengthMs, words] of cases) assert.equal(span(lengthMs), words);
});

test("what is less than a second old, or ahead of our clock, is just now", () => {
  assert.equal(ago(noon - 999, noon), "just now");
  assert.equal(ago(noon + 5_000, noon), "just now");
  assert.equal(ago(noon - 3_000, noon), "3 s ago");
});

test("a short delay keeps its tenths", () => {
  assert.equal(delay(812), "0.8 s");
  assert.equal(delay(-40), "0.0 s");
  assert.equal(delay(75_000), "1 min 15 s");
});
