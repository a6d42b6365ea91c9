import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Live, retryDelayMs } from "./live.ts";

test("retries double up to eight seconds, spread by a quarter", () => {
  const middle = [0, 1, 2, 3, 4, 5, 50].map((attempt) => retryDelayMs(attempt, () => 0.5));
  assert.deepEqual(middle, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
  assert.deepEqual([retryDelayMs(0, () => 0), retryDelayMs(0, () => 1)], [375, 625]);
});

/** An EventSource that is driven by hand. */
class FakeSource extends EventTarget {
  isClosed = false;
  close(): void {
    this.isClosed = true;
  }
}

test("opens a new stream after a loss behind what came last, and passes on only changes it understands", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const sources: FakeSource[] = [];
  const heard: string[] = [];
  const urls: string[] = [];
  const live = new Live(
    {
      connect: (url) => {
        urls.push(url);
        const source = new FakeSource();
        sources.push(source);
        return source as unknown as EventSource;
      },
      random: () => 0.5,
    },
    {
      onOpen: () => heard.push("open"),
      onReset: () => heard.push("reset"),
      onLost: () => heard.push("lost"),
      onChange: (change) => heard.push(change.siteId),
      onWalk: (change) => heard.push(`walk ${change.siteId}`),
    },
  );
  let lastEventId = "r.all.0";
  const change = (data: string): MessageEvent => new MessageEvent("site-changed", { data, lastEventId });
  live.start();
  sources[0]?.dispatchEvent(new Event("open"));
  sources[0]?.dispatchEvent(new MessageEvent("reset", { data: "{}", lastEventId }));
  lastEventId = "r.all.7";
  sources[0]?.dispatchEvent(change('{"siteId":"s1","at":1}'));
  sources[0]?.dispatchEvent(change("not JSON"));
  sources[0]?.dispatchEvent(new MessageEvent("walk-changed", { data: '{"siteId":"s2","at":1}' }));
  sources[0]?.dispatchEvent(change('{"siteId":7}'));
  sources[0]?.dispatchEvent(new Event("error"));
  assert.equal(sources[0]?.isClosed, true);
  mock.timers.tick(500);
  sources[1]?.dispatchEvent(new Event("open"));
  assert.deepEqual(heard, ["open", "reset", "s1", "walk s2", "lost", "open"]);
  assert.deepEqual(urls, ["/api/v1/events", "/api/v1/events?lastEventId=r.all.7"]);
  live.close();
  mock.timers.tick(60_000);
  assert.equal(sources.length, 2);
});
