import assert from "node:assert/strict";
import { test } from "node:test";
import { SeveralSigns } from "./several.ts";

const day = 24 * 3_600_000;

test("one machine with whatever system shows no sign", () => {
  for (const left of [64, 128]) {
    const signs = new SeveralSigns();
    for (let index = 0; index < 1000; index += 1) signs.hops(left, index);
    assert.equal(signs.text(1000), null);
  }
});

test("packets that have lost a hop come from behind a router", () => {
  const signs = new SeveralSigns();
  for (let index = 0; index < 5; index += 1) signs.hops(63, index);
  assert.match(signs.text(5) ?? "", /^Several machines seem to speak through this one: .* passed a router before\.$/);
});

test("traces of a path and hand-made packets are no sign", () => {
  const signs = new SeveralSigns();
  for (let left = 1; left <= 30; left += 1) signs.hops(left, left);
  for (let index = 0; index < 100; index += 1) signs.hops(index % 2 === 0 ? 255 : 64, index);
  for (let left = 37; left < 60; left += 1) signs.hops(left, left);
  assert.equal(signs.text(100), null);
});

test("two kinds of system by turns are two machines; one after the other may be one", () => {
  const signs = new SeveralSigns();
  for (let index = 0; index < 50; index += 1) signs.hops(64, index);
  for (let index = 50; index < 100; index += 1) signs.hops(128, index);
  assert.equal(signs.text(100), null);
  for (let index = 100; index < 106; index += 1) signs.hops(index % 2 === 0 ? 64 : 128, index);
  assert.match(signs.text(106) ?? "", /two kinds of system/);
});

test("a card that carries other cards' requests is a repeater's", () => {
  const signs = new SeveralSigns();
  assert.equal(signs.carriedFor(1), false);
  assert.equal(signs.carriedFor(2), true);
  assert.match(signs.text(3) ?? "", /requests for addresses/);
});

test("a new name is a new name, names by turns are two machines", () => {
  const signs = new SeveralSigns();
  for (const name of ["desk", "desk", "reception"]) signs.named(name, 1);
  assert.equal(signs.text(1), null);
  for (const name of ["desk", "reception"]) signs.named(name, 2);
  assert.match(signs.text(2) ?? "", /by turns as desk and reception/);
});

test("signs are forgotten a day after the last, also those of before a restart", () => {
  const signs = new SeveralSigns();
  for (let index = 0; index < 5; index += 1) signs.hops(127, index);
  assert.notEqual(signs.text(day), null);
  assert.equal(signs.text(day + 5), null);
  const restored = new SeveralSigns();
  restored.restore(signs.text(4), 100);
  assert.notEqual(restored.text(day), null);
  assert.equal(restored.text(day + 101), null);
});
