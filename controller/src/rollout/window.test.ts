import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { windowAt } from "./window.ts";

const at = (text: string) => Date.parse(text);

for (const { name, hours, now, from, to } of [
  {
    ...{ name: "the night to come", hours: ["02:00", "05:00", "Europe/Berlin"], now: "2026-11-30T12:00:00Z" },
    ...{ from: "2026-12-01T01:00:00Z", to: "2026-12-01T04:00:00Z" },
  },
  {
    ...{ name: "the window that is open", hours: ["22:00", "05:00", "UTC"], now: "2026-11-30T01:30:20Z" },
    ...{ from: "2026-11-29T22:00:00Z", to: "2026-11-30T05:00:00Z" },
  },
  {
    ...{ name: "its last minute is over", hours: ["02:00", "05:00", "UTC"], now: "2026-11-30T05:00:00Z" },
    ...{ from: "2026-12-01T02:00:00Z", to: "2026-12-01T05:00:00Z" },
  },
  {
    ...{
      name: "clocks are set back before it",
      hours: ["04:00", "06:00", "Europe/Berlin"],
      now: "2026-10-24T20:00:00Z",
    },
    ...{ from: "2026-10-25T03:00:00Z", to: "2026-10-25T05:00:00Z" },
  },
  {
    ...{
      name: "clocks are set forward within it",
      hours: ["01:00", "05:00", "Europe/Berlin"],
      now: "2026-03-28T20:00:00Z",
    },
    ...{ from: "2026-03-29T00:00:00Z", to: "2026-03-29T03:00:00Z" },
  },
] as const) {
  test(`the window: ${name}`, () => {
    const [start = "", end = "", timeZone = ""] = hours;
    const found = windowAt({ from: start, to: end, timeZone }, at(now));
    assert.deepEqual(
      [found.notBefore, found.notAfter].map((one) => new Date(one).toISOString()),
      [from.replace("Z", ".000Z"), to.replace("Z", ".000Z")],
    );
  });
}

test("a window is never over, and comes within a day and an hour", () => {
  const dayTime = fc
    .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"));
  const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu");
  const times = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2028-01-01T00:00:00Z") });
  fc.assert(
    fc.property(dayTime, dayTime, zones, times, (from, to, timeZone, now) => {
      const { notBefore, notAfter } = windowAt({ from, to, timeZone }, now);
      assert.ok(notAfter > now && notAfter > notBefore);
      assert.ok(notBefore <= now + 26 * 3_600_000);
      assert.ok(notAfter - notBefore <= 26 * 3_600_000);
    }),
    { numRuns: 300 },
  );
});
