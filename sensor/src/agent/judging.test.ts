import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { HostSnapshot, LineState, Verdict } from "@cordon/contract";
import { linkTypes } from "../capture/frame.ts";
import { Judging, tickMs } from "./judging.ts";

function aJudging(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const state = {
    now: 10_000,
    advancedTo: [] as number[],
    observed: 0,
    line: null as LineState | null,
    hosts: [] as HostSnapshot[],
    changes: [] as { readonly isVerdict: boolean }[],
  };
  const judging = new Judging({
    judge: {
      observe: () => void state.observed++,
      advance: (at) => void state.advancedTo.push(at),
      takeChanged: () => state.hosts,
      takeLineChange: () => state.line,
    },
    now: () => state.now,
    onHost: () => undefined,
    onLine: () => undefined,
    onChange: (change) => void state.changes.push(change),
  });
  t.after(() => judging.close());
  judging.start();
  const tick = (lateMs = 0) => {
    state.now += tickMs + lateMs;
    t.mock.timers.tick(tickMs);
  };
  return { state, judging, tick };
}

test("time goes on without packets", (t) => {
  const { state, tick } = aJudging(t);
  tick();
  tick();
  assert.deepEqual(state.advancedTo, [10_250, 10_500]);
});

test("after a stall the packets that waited are judged before time goes on", (t) => {
  const { state, tick } = aJudging(t);
  tick(3000);
  assert.deepEqual(state.advancedTo, []);
  tick();
  assert.deepEqual(state.advancedTo, [state.now]);
});

test("under lasting overload time goes on all the same", (t) => {
  const { state, tick } = aJudging(t);
  for (let late = 0; late < 10; late++) tick(1000);
  assert.equal(state.advancedTo.length, 2);
});

test("only a change asks for a checkpoint", (t) => {
  const { state, tick } = aJudging(t);
  tick();
  assert.deepEqual(state.changes, []);
  state.line = { state: "dead", since: 1, text: "None of 6 machines gets an answer." };
  tick();
  assert.deepEqual(state.changes, [{ isVerdict: false }]);
});

test("an accusation, a graver one and an acquittal are verdicts; growth and a look are none", (t) => {
  const { state, tick } = aJudging(t);
  const courses: readonly Verdict[] = ["clear", "watched", "suspect", "suspect", "infected", "infected", "watched"];
  for (const verdict of courses) {
    state.hosts = [{ host: "02:00:00:00:00:01", verdict } as HostSnapshot];
    tick();
  }
  assert.deepEqual(
    state.changes.map(({ isVerdict }) => isVerdict),
    [false, false, true, false, true, false, true],
  );
});

test("a frame that makes no sense is counted and not judged", (t) => {
  const { state, judging } = aJudging(t);
  judging.observe({
    at: 1,
    linkType: linkTypes.ethernet,
    bytes: new Uint8Array(5),
    side: null,
    mark: "seen",
  });
  assert.deepEqual([state.observed, judging.frames], [0, 1]);
  assert.deepEqual(judging.weird, { "truncated-ethernet-header": 1 });
});
