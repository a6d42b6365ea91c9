import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseAddress } from "./address.ts";
import { NetSet, parseCidr } from "./net-set.ts";

function contains(nets: NetSet, address: string): boolean {
  const key = parseAddress(address);
  assert.ok(key !== null);
  return nets.contains(key);
}

test("without nets of its own a site has the private and link-local ranges", () => {
  const site = NetSet.ofSite([]);
  for (const inside of [
    "10.255.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.9.9",
    "169.254.1.1",
    "fe80::1",
    "febf::1",
    "fd12::1",
  ]) {
    assert.equal(contains(site, inside), true, inside);
  }
  for (const outside of [
    "172.32.0.1",
    "172.15.0.1",
    "8.8.8.8",
    "192.169.0.1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
  ]) {
    assert.equal(contains(site, outside), false, outside);
  }
});

test("the nets given replace them", () => {
  const site = NetSet.ofSite(["203.0.113.64/26", "2001:db8:1::/47"]);
  assert.equal(contains(site, "203.0.113.127"), true);
  assert.equal(contains(site, "203.0.113.128"), false);
  assert.equal(contains(site, "192.168.1.1"), false);
  assert.equal(contains(site, "2001:db8:0:ffff::1"), true);
  assert.equal(contains(site, "2001:db8:2::1"), false);
});

test("a net of no bits holds all of its family, one of all bits a single address", () => {
  assert.equal(contains(new NetSet(["0.0.0.0/0"]), "255.1.2.3"), true);
  assert.equal(contains(new NetSet(["0.0.0.0/0"]), "::1"), false);
  assert.equal(contains(new NetSet(["::/0"]), "ffff::1"), true);
  const one = new NetSet(["192.0.2.7"]);
  assert.deepEqual([contains(one, "192.0.2.7"), contains(one, "192.0.2.6")], [true, false]);
});

test("a net that is wider or narrower than the first byte holds what its bits say", () => {
  fc.assert(
    fc.property(
      fc.nat(255),
      fc.nat(255),
      fc.nat(255),
      fc.integer({ min: 0, max: 16 }),
      (first, second, other, bits) => {
        const nets = new NetSet([`${first}.${second}.0.0/${bits}`, "224.0.0.0/4"]);
        const base = first * 256 + second;
        const address = other * 256 + second;
        const isIn = base >> (16 - bits) === address >> (16 - bits) || other >> 4 === 14;
        assert.equal(contains(nets, `${other}.${second}.3.4`), isIn);
      },
    ),
  );
});

test("what is no net reads as null", () => {
  for (const text of ["", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "2001:db8::/129", "a/8", "192.0.2.0/24/1"]) {
    assert.equal(parseCidr(text), null, text);
  }
});
