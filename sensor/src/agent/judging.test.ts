import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { LineState } from "@cordon/contract";
import { linkTypes } from "../capture/frame.ts";
import { Judging, tickMs } from "./judging.ts";

function aJudging(t: TestContext) {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const state = { now: 10_000, advancedTo: [] as number[], observed: 0, line: null as LineState | null, changes: 0 };
  const judging = new Judging({
    judge: {
      observe: () => void state.observed++,
      advance: (at) => void state.advancedTo.push(at),
      takeChanged: () => [],
      takeLineChange: () => state.line,
    },
    now: () => state.now,
    onHost: () => assert.fail("no host changed"),
    onLine: () => undefined,
    onChange: () => void state.changes++,
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
  assert.equal(state.changes, 0);
  state.line = { state: "dead", since: 1, text: "None of 6 machines gets an answer." };
  tick();
  assert.equal(state.changes, 1);
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
