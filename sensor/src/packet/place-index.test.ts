import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PlaceIndex } from "./place-index.ts";

function placesOf(index: PlaceIndex, hash: number): number[] {
  const places: number[] = [];
  for (let slot = index.first(hash); slot !== -1; slot = index.after(slot, hash)) places.push(index.placeAt(slot));
  return places.toSorted((one, other) => one - other);
}

test("whatever is added and removed, all places of a hash are found and no others, however full it is", () => {
  // Few hashes, some of which share a slot and some of which wrap around the end.
  const hash = fc.constantFrom(0, 1, 2, 16, 17, 15, 31, -1, -17);
  fc.assert(
    fc.property(fc.array(fc.tuple(hash, fc.nat({ max: 7 })), { maxLength: 100 }), (steps) => {
      const index = new PlaceIndex(8);
      const hashByPlace = new Map<number, number>();
      for (const [each, place] of steps) {
        const known = hashByPlace.get(place);
        if (known === undefined) {
          index.add(each, place);
          hashByPlace.set(place, each);
        } else {
          index.remove(known, place);
          hashByPlace.delete(place);
        }
        for (const sought of [0, 1, 2, 16, 17, 15, 31, -1, -17]) {
          const places = [...hashByPlace].filter(([, its]) => its === sought).map(([its]) => its);
          assert.deepEqual(
            placesOf(index, sought),
            places.toSorted((one, other) => one - other),
          );
        }
      }
    }),
  );
});
