import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimelineEntry, TimelinePage } from "../../../src/api/timeline-view.ts";
import type { TimelinePlace } from "../api/timeline-api.ts";
import { TimelineFeed } from "./timeline-feed.ts";

const entry = (at: number): TimelineEntry => ({
  ...{ id: `row-${at}`, at, kind: "evidence", what: "evidence", host: null, name: null, person: null },
  ...{ text: "", detail: {} },
});

/** A controller's rows, of which any number is asked for. */
function aFeed(rows: number[]) {
  const page = (place: TimelinePlace): Promise<TimelinePage> => {
    const all = rows.toSorted((a, b) => b - a);
    const before = "before" in place ? Number(place.before) : Infinity;
    const size = "newest" in place ? Math.min(place.newest, 5) : 5;
    const found = all.filter((at) => at < before).slice(0, size);
    const last = found.at(-1);
    const hasOlder = last !== undefined && all.some((at) => at < last);
    return Promise.resolve({
      entries: found.map(entry),
      ...{ older: hasOlder ? String(last) : null, newer: String(found[0] ?? 0), hasNewer: false },
    });
  };
  return new TimelineFeed({ page, onChange: () => undefined });
}

const times = (feed: TimelineFeed): number[] => feed.entries.map(({ at }) => at);

test("rows stand once and in order: read on, come new, and come late among those that were read", async () => {
  const rows = [10, 20, 30, 40, 50, 60, 70];
  const feed = aFeed(rows);
  await feed.start(null);
  await feed.more();
  assert.deepEqual(times(feed), [70, 60, 50, 40, 30, 20, 10]);
  assert.equal(feed.hasOlder, false);
  rows.push(80, 65);
  await feed.glance(false);
  assert.equal(feed.held, 2);
  assert.deepEqual(times(feed), [70, 60, 50, 40, 30, 20, 10]);
  await feed.glance(false);
  assert.equal(feed.held, 2, "what waits already is not new again");
  await feed.showNewer();
  assert.deepEqual(times(feed), [80, 70, 65, 60, 50, 40, 30, 20, 10]);
  rows.push(90);
  await feed.glance(true);
  assert.deepEqual(times(feed), [90, 80, 70, 65, 60, 50, 40, 30, 20, 10]);
});
