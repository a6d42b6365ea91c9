import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Scene, stranger } from "../judge-scene.ts";
import { TrustedTime } from "./trusted-time.ts";

const true0 = 1_800_000_000_000;
const yearMs = 31_536_000_000;
const hourMs = 3_600_000;

function aBox(savedAt: number | null, clockOffMs: number) {
  const world = { elapsedMs: 0, clockOffMs };
  const time = new TrustedTime({
    now: () => true0 + world.elapsedMs + world.clockOffMs,
    monotonic: () => world.elapsedMs + 77,
    savedAt,
  });
  return { world, time, clock: () => true0 + world.elapsedMs + world.clockOffMs };
}

for (const [name, offMs] of [
  ["years back", -3 * yearMs],
  ["right", 0],
  ["years ahead", 3 * yearMs],
] as const) {
  test(`after a start with a clock that is ${name} time goes on from what was saved`, () => {
    const { world, time } = aBox(true0 - hourMs, offMs);
    assert.equal(time.now(), true0 - hourMs);
    world.elapsedMs = hourMs;
    assert.equal(time.now(), true0);
  });

  test(`a clock that jumps to ${name} while running changes nothing`, () => {
    const { world, time } = aBox(null, 0);
    time.signed(true0, true);
    world.clockOffMs = offMs;
    world.elapsedMs = hourMs;
    assert.equal(time.now(), true0 + hourMs);
    assert.equal(time.trouble()?.startsWith("The box's clock is wrong: ") ?? false, offMs !== 0);
  });
}

test("a document that comes now and agrees confirms the clock, a stored one is a time that has passed", () => {
  const fresh = aBox(true0 - yearMs, 0);
  fresh.time.signed(true0 - 1000, true);
  assert.equal(fresh.time.now(), true0);
  const stored = aBox(true0 - yearMs, 0);
  stored.time.signed(true0 - 1000, false);
  assert.equal(stored.time.now(), true0 - 1000);
  const old = aBox(true0 - hourMs, 3 * yearMs);
  old.time.signed(true0 - 2 * hourMs, true);
  assert.equal(old.time.now(), true0 - hourMs, "an old retained document says nothing of the clock");
});

test("a moment is over where both clocks have reached it, and where no time is known by the box's alone", () => {
  assert.equal(aBox(true0 - hourMs, 3 * yearMs).time.earliest(), true0 - hourMs, "a clock that is years ahead");
  assert.equal(aBox(true0 + yearMs, 0).time.earliest(), true0, "a known time that was signed years ahead");
  assert.equal(aBox(true0 - hourMs, -3 * yearMs).time.earliest(), true0 - 3 * yearMs, "a clock that is years back");
  assert.equal(aBox(null, 0).time.earliest(), true0, "a box that knows nothing else");
});

test("what speaks against a machine lasts as long as it does in truth, wherever the clock goes", () => {
  for (const offMs of [-20 * yearMs, -2 * hourMs, 2 * hourMs, 10 * yearMs]) {
    const { world, time } = aBox(null, 0);
    time.signed(true0, true);
    const scene = new Scene();
    for (let index = 0; index < 40; index += 1) {
      scene.syn(10, { at: true0 + index * 100, to: stranger(index), port: 445 });
    }
    world.elapsedMs = 10_000;
    scene.play(time.likely());
    assert.equal(scene.host(10).verdict, "infected");
    world.clockOffMs = offMs;
    world.elapsedMs += 23 * hourMs;
    scene.play(time.likely());
    assert.equal(scene.host(10).verdict, "infected", `${offMs} ms off`);
    world.elapsedMs += 7 * 24 * hourMs;
    scene.play(time.likely());
    assert.equal(scene.host(10).verdict, "clear", `${offMs} ms off`);
  }
});

test("packets are judged by the box's clock where it is right, or where nobody knows better", () => {
  assert.equal(aBox(null, 3 * yearMs).time.likely(), true0 + 3 * yearMs);
  const { world, time, clock } = aBox(null, 0);
  time.signed(true0, true);
  world.clockOffMs = hourMs / 2;
  assert.equal(time.likely(), clock());
});

test("the time service confirms once for each time it set the clock", () => {
  const { world, time, clock } = aBox(true0 - yearMs, 0);
  time.synchronised(null, hourMs);
  assert.equal(time.now(), true0 - yearMs);
  const syncAt = clock() - 1000;
  time.synchronised(syncAt, hourMs);
  assert.equal(time.now(), true0);
  world.clockOffMs = yearMs;
  time.synchronised(syncAt, hourMs);
  assert.equal(time.now(), true0, "a jump after it is not covered by it");
});

test("a time service's moment before this start, in the future, or long ago confirms nothing", () => {
  for (const ageMs of [-hourMs, hourMs, 3 * hourMs]) {
    const { time, clock } = aBox(true0 - yearMs, 0);
    time.synchronised(clock() - ageMs, ageMs === hourMs ? hourMs / 2 : 9 * hourMs);
    assert.equal(time.now(), true0 - yearMs);
  }
});

test("a clock set to before a signed document is not taken over, whoever set it", () => {
  const { time, clock } = aBox(null, -yearMs);
  time.signed(true0, false);
  time.synchronised(clock(), hourMs);
  assert.equal(time.now(), true0);
});

test("a time that was confirmed too far ahead is taken back by the next confirmation", () => {
  const { time, clock } = aBox(true0 + yearMs, 0);
  assert.match(time.trouble() ?? "", /^The box's clock is wrong: /);
  time.synchronised(clock(), hourMs);
  assert.equal(time.now(), true0);
  assert.equal(time.trouble(), null);
});

test("a clock far ahead of what was saved is said not to be confirmed", () => {
  assert.match(aBox(true0 - yearMs, 0).time.trouble() ?? "", /^The box's clock is not confirmed: /);
  assert.equal(aBox(true0 - hourMs, 0).time.trouble(), null);
  assert.equal(aBox(null, 0).time.trouble(), null);
});

test("over reboots and jumps it is ahead of the truth by no more than a confirmation may be off, and stands still or goes back by a confirmation only", () => {
  const step = fc.record({
    runMs: fc.integer({ min: 0, max: yearMs }),
    offMs: fc.option(fc.integer({ min: 0, max: yearMs })),
    clockOffMs: fc.integer({ min: -30 * yearMs, max: 30 * yearMs }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let at = true0;
      let clockOffMs = 0;
      let monotonic = 0;
      const start = (savedAt: number) =>
        new TrustedTime({ now: () => at + clockOffMs, monotonic: () => monotonic, savedAt });
      let time = start(at);
      for (const { runMs, offMs, ...jump } of steps) {
        clockOffMs = jump.clockOffMs;
        const before = time.now();
        at += runMs;
        monotonic += runMs;
        time.signed(true0, true);
        assert.ok(time.now() <= at + 300_000);
        const isConfirmed = Math.abs(at + clockOffMs - true0) <= 300_000;
        assert.ok(time.now() >= before + runMs || isConfirmed);
        if (offMs === null) continue;
        at += offMs;
        monotonic = 0;
        time = start(time.now());
      }
    }),
    {
      examples: [
        // A clock that was a little ahead when a document confirmed it, and was wrong later.
        [
          [
            { runMs: 0, offMs: null, clockOffMs: 1 },
            { runMs: 0, offMs: null, clockOffMs: -300_001 },
          ],
        ],
        // A document that lay with the broker for an hour, and a clock that is behind by as much.
        [[{ runMs: hourMs, offMs: null, clockOffMs: -hourMs }]],
      ],
    },
  );
});
