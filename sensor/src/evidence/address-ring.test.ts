import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AddressRing } from "./address-ring.ts";

interface Box {
  isHeld: boolean;
}

function aRing() {
  return new AddressRing<Box>(
    3,
    () => ({ isHeld: false }),
    (box) => !box.isHeld,
  );
}

test("the oldest makes room, and its object is used again", () => {
  const ring = aRing();
  const [first] = [ring.add(1), ring.add("two"), ring.add(3)];
  assert.equal(ring.add(4), first);
  assert.equal(ring.find(1), undefined);
  assert.equal(ring.find(4), first);
  assert.ok(ring.find("two") !== undefined);
});

test("what is held stays while there is another, and is nobody else's when it goes", () => {
  const ring = aRing();
  const held = [ring.add(1), ring.add(2)];
  for (const box of held) box.isHeld = true;
  for (let key = 3; key < 10; key += 1) ring.add(key);
  assert.deepEqual([ring.find(1), ring.find(2), ring.find(8)], [...held, undefined]);
  const last = ring.find(9);
  if (last !== undefined) last.isHeld = true;
  assert.ok(![...held, last].includes(ring.add(10)));
});

test("whatever is sought and added, it finds the newest keys, as a list would", () => {
  const key = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom("a", "b", "two"));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
      const ring = new AddressRing<{ key: unknown }>(
        8,
        () => ({ key: null }),
        () => true,
      );
      const newest: unknown[] = [];
      for (const each of keys) {
        assert.equal(ring.find(each) !== undefined, newest.includes(each));
        if (newest.includes(each)) continue;
        ring.add(each).key = each;
        newest.push(each);
        if (newest.length > 8) newest.shift();
        for (const known of newest) assert.equal(ring.find(known as typeof each)?.key, known);
      }
    }),
  );
});
