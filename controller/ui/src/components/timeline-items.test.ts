import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineEntry } from "../../../src/api/timeline-view.ts";
import { indexOfRow, TimelineItems } from "./timeline-items.ts";

const noon = new Date(2026, 4, 4, 12).getTime();

function entry(id: string, secondsAgo: number, more: Partial<TimelineEntry> = {}): TimelineEntry {
  return {
    ...{ id, at: noon - secondsAgo * 1000, kind: "people", what: "flow-log-asked", host: null, name: null },
    ...{ person: "Tom", text: "", detail: {} },
    ...more,
  };
}

test("one deed again and again is one row, until another, somebody else's, or a pause comes between", () => {
  const items = new TimelineItems();
  const first = [entry("a", 0), entry("b", 20), entry("c", 40, { person: "Noor" }), entry("d", 60)];
  const shape = (entries: readonly TimelineEntry[]) =>
    items
      .of(entries)
      .map((item) => (item.kind === "row" ? [item.entry.id, ...item.again.map(({ id }) => id)] : item.kind));
  assert.deepEqual(shape(first), ["day", ["a", "b"], ["c"], ["d"]]);
  // Reading on goes on with the last row, and a pause ends it.
  const more = [...first, entry("e", 80), entry("f", 600), entry("g", 610, { detail: { text: "for the audit" } })];
  assert.deepEqual(shape(more), ["day", ["a", "b"], ["c"], ["d", "e"], "quiet", ["f"], ["g"]]);
  assert.deepEqual(
    ["b", "e", "g", "z"].map((id) => indexOfRow(items.of(more), id)),
    [1, 3, 6, -1],
  );
});
