import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import { placeOf } from "./place.ts";

const nets = NetSet.ofSite([]);

for (const [source, target, place] of [
  ["192.168.1.10", "192.168.1.200", "neighbour"],
  ["192.168.1.10", "192.168.2.10", "inside"],
  ["192.168.1.10", "198.51.100.7", "outside"],
  ["203.0.113.5", "203.0.113.6", "outside"],
  ["2001:db8:1:2::10", "2001:db8:1:2::20", "neighbour"],
  ["2001:db8:1:2::10", "2001:db8:1:3::20", "outside"],
  ["fd00:1::10", "fd00:2::10", "inside"],
] as const) {
  test(`seen from ${source}, ${target} is ${place}`, () => {
    assert.equal(placeOf(parseAddress(source) ?? 0, parseAddress(target) ?? 0, nets), place);
  });
}
