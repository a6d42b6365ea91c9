import assert from "node:assert/strict";
import { test } from "node:test";
import { CostlyAnswers } from "./costly-answers.ts";

function aClock() {
  let now = 0;
  return { now: () => now, pass: (ms: number) => void (now += ms) };
}

test("what took long stands for twenty times as long, by its question, and what was quick does not", async () => {
  const clock = aClock();
  const answers = new CostlyAnswers<number>(clock);
  let made = 0;
  const taking = (ms: number) => () => {
    clock.pass(ms);
    return Promise.resolve((made += 1));
  };
  assert.equal(await answers.of("quick", taking(19)), 1);
  assert.equal(await answers.of("quick", taking(19)), 2);
  assert.equal(await answers.of("long", taking(500)), 3);
  clock.pass(9_999);
  assert.equal(await answers.of("long", taking(500)), 3);
  assert.equal(await answers.of("other", taking(500)), 4);
  clock.pass(1);
  assert.equal(await answers.of("long", taking(500)), 5);
});

test("questions at once are one, and a failure is nobody's answer afterwards", async () => {
  const answers = new CostlyAnswers<string>(aClock());
  let made = 0;
  const fails = async (): Promise<string> => {
    made += 1;
    await new Promise(setImmediate);
    throw new TypeError("no store");
  };
  const both = await Promise.allSettled([answers.of("one", fails), answers.of("one", fails)]);
  assert.deepEqual([made, ...both.map(({ status }) => status)], [1, "rejected", "rejected"]);
  assert.equal(await answers.of("one", () => Promise.resolve("answer")), "answer");
});
