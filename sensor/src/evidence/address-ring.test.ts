import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AddressRing, noPlace } from "./address-ring.ts";

test("the oldest makes room, and its place is used again", () => {
  const ring = new AddressRing(3);
  const [first, second] = [ring.add(1), ring.add("two"), ring.add(3)];
  assert.equal(ring.add(4), first);
  assert.equal(ring.find(1), noPlace);
  assert.equal(ring.find(4), first);
  assert.equal(ring.find("two"), second);
});

test("what is held stays while there is another", () => {
  const ring = new AddressRing(3);
  const held = [ring.add(1), ring.add(2)];
  for (const place of held) ring.hold(place);
  for (let key = 3; key < 10; key += 1) ring.add(key);
  assert.deepEqual([ring.find(1), ring.find(2), ring.find(8)], [...held, noPlace]);
  ring.hold(ring.find(9));
  ring.add(10);
  assert.ok(ring.find(10) !== noPlace);
});

test("whoever gets the place of one that was held holds nothing, and what is released may go", () => {
  const ring = new AddressRing(2);
  for (const key of [1, 2]) ring.hold(ring.add(key));
  const taken = ring.add(3);
  assert.equal(ring.find(1), noPlace);
  assert.equal(ring.add(4), taken);
  ring.release(ring.find(2));
  ring.add(5);
  assert.equal(ring.find(2), noPlace);
});

test("whatever is sought and added, it finds the newest keys, as a list would", () => {
  const key = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom("a", "b", "two"));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
      const ring = new AddressRing(8);
      const keyByPlace: unknown[] = [];
      const newest: unknown[] = [];
      for (const each of keys) {
        assert.equal(ring.find(each) !== noPlace, newest.includes(each));
        if (newest.includes(each)) continue;
        keyByPlace[ring.add(each)] = each;
        newest.push(each);
        if (newest.length > 8) newest.shift();
        for (const known of newest) assert.equal(keyByPlace[ring.find(known as typeof each)], known);
      }
    }),
  );
});
