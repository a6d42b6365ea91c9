import assert from "node:assert/strict";
import { test } from "node:test";
import { LineHealth } from "./line-health.ts";

const start = 10_000_000;
const hosts = ["a", "b", "c"].map((name) => ({ name }));
const worm = { name: "worm" };
const [first, second, third] = hosts as [object, object, object];

/** Lets every host ask twice a second apart; true where it is answered. */
function ask(line: LineHealth<object>, at: number, isAnswered: boolean): void {
  for (const host of hosts) {
    line.contacted(host, at);
    line.asked(host, "contact", 1, at);
    if (isAnswered) line.answered(host, at + 30, "server");
    else line.asked(host, "contact", 2, at + 100);
  }
}

function run(line: LineHealth<object>, from: number, to: number, isAnswered: boolean): number | null {
  const before = line.state.state;
  for (let at = from; at < to; at += 1000) {
    ask(line, at, isAnswered);
    line.advance(at + 500, 1000);
    if (line.state.state !== before) return at + 500;
  }
  return null;
}

test("nothing is known of a line that nobody used", () => {
  const line = new LineHealth<object>();
  line.advance(start, 1000);
  assert.equal(line.state.state, "unknown");
});

test("dead within twenty seconds of a cut, healthy within thirty of its end", () => {
  const line = new LineHealth<object>();
  run(line, start, start + 2000, true);
  assert.equal(line.state.state, "healthy");
  const deadAt = run(line, start + 60_000, start + 90_000, false);
  assert.equal(line.state.state, "dead");
  assert.ok(deadAt !== null && deadAt <= start + 80_000);
  assert.equal(line.deadSince, start + 60_000);
  assert.match(line.state.text, /2 of 2 computers that asked got no answer at all/);
  const backAt = run(line, start + 200_000, start + 240_000, true);
  assert.equal(line.state.state, "healthy");
  assert.ok(backAt !== null && backAt <= start + 230_000);
});

test("the busiest host has no vote, whatever it does", () => {
  const line = new LineHealth<object>();
  for (let at = start; at < start + 60_000; at += 100) {
    line.contacted(worm, at);
    line.asked(worm, "contact", at, at);
    line.asked(worm, "name", at, at);
    if (at % 2000 === 0) {
      line.contacted(first, at);
      line.asked(first, "contact", 1, at);
      line.answered(first, at + 40, "server");
    }
    line.advance(at, 1000);
    assert.notEqual(line.state.state, "dead");
  }
  assert.equal(line.state.state, "healthy");
});

test("two silent machines beside three that are answered do not make a dead line", () => {
  const line = new LineHealth<object>();
  for (let at = start; at < start + 30_000; at += 1000) {
    for (const host of [first, second, third]) {
      line.contacted(host, at);
      line.contacted(host, at);
      line.answered(host, at, "server");
    }
    for (const host of [worm, hosts]) {
      line.contacted(host, at);
      line.asked(host, "contact", at, at);
    }
    line.advance(at + 500, 1000);
  }
  assert.notEqual(line.state.state, "dead");
});

test("a cache on the site that answers names does not hide a dead line", () => {
  const line = new LineHealth<object>();
  run(line, start, start + 2000, true);
  for (let at = start + 10_000; at < start + 30_000; at += 1000) {
    for (const host of hosts) {
      line.asked(host, "name", 53, at);
      line.answeredOnSite(host, at + 5);
    }
    ask(line, at, false);
    line.advance(at + 500, 1000);
  }
  assert.equal(line.state.state, "dead");
});

test("one question repeated within a second is one question", () => {
  const line = new LineHealth<object>();
  for (const host of hosts) {
    line.contacted(host, start);
    line.asked(host, "contact", 1, start);
    line.asked(host, "contact", 1, start + 300);
  }
  line.advance(start + 10_000, 1000);
  assert.equal(line.state.state, "unknown");
});

test("a dead line stays dead while nobody asks", () => {
  const line = new LineHealth<object>();
  run(line, start, start + 2000, true);
  run(line, start + 60_000, start + 90_000, false);
  for (let at = start + 90_000; at < start + 900_000; at += 1000) line.advance(at, 1000);
  assert.equal(line.state.state, "dead");
});
