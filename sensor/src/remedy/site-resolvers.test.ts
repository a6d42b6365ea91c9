import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, parseAddress } from "../packet/address.ts";
import { NetSet } from "../packet/net-set.ts";
import { SiteResolvers } from "./site-resolvers.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const router = "192.168.1.1";
const accomplice = "192.168.1.66";
const far = "203.0.113.53";
const other = "203.0.113.54";

function someResolvers() {
  const local = NetSet.ofSite([]);
  const resolvers = new SiteResolvers((address) => local.contains(address));
  const key = (address: string) => {
    const parsed = parseAddress(address);
    assert.ok(parsed !== null);
    return parsed;
  };
  const answered = (address: string, macs: readonly number[], at: number) => {
    for (const mac of macs) resolvers.answered(key(address), mac, at);
  };
  /** The same, for as long as it takes to count. */
  const used = (address: string, macs: readonly number[], from = 0) => {
    answered(address, macs, from);
    answered(address, macs, from + 10 * minute);
  };
  const weighed = (established: readonly number[], at = 10 * minute) => {
    resolvers.weigh(new Set(established), at);
    return resolvers.list().map(formatAddress);
  };
  return { resolvers, key, answered, used, weighed };
}

test("one of the site's networks is one with its first answer while no established machine has asked anybody", () => {
  const { resolvers, answered, weighed } = someResolvers();
  answered(router, [1], 0);
  assert.deepEqual(resolvers.list().map(formatAddress), [router]);
  assert.deepEqual(weighed([7]), [router], "nor one that asks nobody");
});

test("one of the site's networks that answers nobody but accomplices is none", () => {
  const { resolvers, answered, weighed } = someResolvers();
  answered(accomplice, [66], 0);
  answered(router, [1], 0);
  assert.deepEqual(weighed([1]), [router]);
  answered(accomplice, [66, 67, 68], minute);
  assert.deepEqual(resolvers.list().map(formatAddress), [router]);
  answered(accomplice, [1], 2 * minute);
  assert.deepEqual(weighed([1]), [accomplice, router], "until an established machine asks it");
});

test("one of the site's networks stays one when whoever asked it is accused, for as long as it answers", () => {
  const { answered, weighed } = someResolvers();
  answered(router, [1], 0);
  assert.deepEqual(weighed([1]), [router]);
  assert.deepEqual(weighed([]), [router]);
  answered(accomplice, [66], day);
  assert.deepEqual(weighed([], day), [router]);
  answered(accomplice, [66], day + 1);
  assert.deepEqual(weighed([], day + 1), []);
});

test("one beyond the site that enough established machines have asked for long is one", () => {
  const { used, weighed } = someResolvers();
  used(far, [1, 2, 3]);
  assert.deepEqual(weighed([1, 2, 3]), [far]);
});

test("one beyond the site is none for machines that do not count, however many they are", () => {
  const { used, weighed } = someResolvers();
  const madeUp = Array.from({ length: 500 }, (_, index) => 1000 + index);
  used(far, madeUp);
  assert.deepEqual(weighed([1, 2, 3]), []);
  used(far, [1, 2]);
  assert.deepEqual(weighed([1, 2, 3]), [], "two are not enough");
});

test("one beyond the site is none where most established machines that ask at all ask others", () => {
  const { used, weighed } = someResolvers();
  used(far, [1, 2, 3]);
  used(router, [4, 5, 6, 7]);
  const established = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  assert.deepEqual(weighed(established), [router]);
  used(far, [4]);
  assert.deepEqual(weighed(established), [router, far], "half of them, whatever else they ask and whoever asks nobody");
});

test("a use counts that has gone on for ten minutes, and is forgotten after a day", () => {
  const { answered, weighed } = someResolvers();
  answered(far, [1, 2, 3], 0);
  assert.deepEqual(weighed([1, 2, 3]), []);
  answered(far, [1, 2, 3], 9 * minute);
  assert.deepEqual(weighed([1, 2, 3]), []);
  answered(far, [1, 2, 3], 10 * minute);
  assert.deepEqual(weighed([1, 2, 3]), [far]);
  assert.deepEqual(weighed([1, 2, 3], 10 * minute + day), [far]);
  assert.deepEqual(weighed([1, 2, 3], 10 * minute + day + 1), []);
});

test("who is accused takes back what it has said", () => {
  const { used, weighed } = someResolvers();
  used(far, [1, 2, 3]);
  used(router, [4]);
  assert.deepEqual(weighed([1, 2, 3, 4]), [router, far]);
  assert.deepEqual(weighed([2, 3, 4]), [router]);
});

test("those that were named stand first, need nobody to ask them, and end with their naming", () => {
  const { resolvers, key, used, weighed } = someResolvers();
  used(far, [1, 2, 3]);
  used(router, [1]);
  resolvers.name([key(other)]);
  assert.deepEqual(weighed([1, 2, 3]), [other, router, far]);
  resolvers.name([]);
  assert.deepEqual(weighed([1, 2, 3]), [router, far]);
});

test("made-up machines and many resolvers fill nothing: what does not fit is forgotten, oldest first", () => {
  const { used, weighed } = someResolvers();
  used(far, [1, 2, 3]);
  for (let index = 0; index < 20; index += 1) used(`198.51.100.${index}`, [1]);
  assert.deepEqual(weighed([1, 2, 3]), [], "one has asked so many others that this one is forgotten");
  used(far, [1]);
  assert.deepEqual(weighed([1, 2, 3]), [far]);
  used(
    other,
    Array.from({ length: 4096 }, (_, index) => 1000 + index),
  );
  assert.deepEqual(weighed([1, 2, 3]), []);
});
