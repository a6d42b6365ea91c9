import assert from "node:assert/strict";
import { test } from "node:test";
import { ChokedLine } from "./choked-line.ts";
import type { Numbered } from "./contact-store.ts";

const start = 10_000_000;
const worm = { number: 0 };

/** New targets at this rate from one second to another, and a look at the line in each. */
function call(line: ChokedLine<Numbered>, seconds: readonly [number, number], perSecond: number, silent: number): void {
  for (let second = seconds[0]; second < seconds[1]; second += 1) {
    for (let index = 0; index < perSecond; index += 1) {
      line.opened(worm, start + second * 1000 + Math.floor((index * 1000) / perSecond));
    }
    line.advance(start + second * 1000 + 999, silent);
  }
}

test("whoever fills the line while others get no answer chokes it, until a while after", () => {
  const line = new ChokedLine<Numbered>();
  call(line, [0, 5], 200, 3);
  assert.equal(line.choke?.owner, worm);
  assert.equal(line.choke.since, start + 2999);
  call(line, [5, 14], 1, 3);
  assert.equal(line.choke?.owner, worm);
  call(line, [14, 18], 1, 0);
  assert.equal(line.choke, null);
});

test("whoever goes on filling the line chokes it still while others happen to get through, for a minute and no longer", () => {
  const line = new ChokedLine<Numbered>();
  call(line, [0, 5], 200, 3);
  call(line, [5, 40], 200, 1);
  assert.deepEqual(line.choke, { owner: worm, since: start + 2999 });
  call(line, [40, 66], 200, 0);
  assert.equal(line.choke, null);
});

test("a scan that leaves room, a burst of a second, and a line on which others are answered are no choke", () => {
  for (const [seconds, rate, silent] of [
    [10, 60, 5],
    [1, 900, 5],
    [10, 200, 1],
  ] as const) {
    const line = new ChokedLine<Numbered>();
    call(line, [0, seconds], rate, silent);
    call(line, [seconds, seconds + 3], 1, silent);
    assert.equal(line.choke, null, `${rate} a second for ${seconds} s, ${silent} silent`);
  }
});

test("a machine that is forgotten chokes nothing", () => {
  const line = new ChokedLine<Numbered>();
  call(line, [0, 5], 200, 3);
  line.forget(worm);
  assert.equal(line.choke, null);
});
