import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "./source.ts";

for (const { address, source } of [
  { address: "192.0.2.7", source: "192.0.2.7" },
  { address: "::ffff:192.0.2.7", source: "192.0.2.7" },
  { address: "2001:db8:1:2:3:4:5:6", source: "2001:db8:1:2::/64" },
  { address: "2001:0db8::9", source: "2001:db8:0:0::/64" },
  { address: "::1", source: "0:0:0:0::/64" },
  { address: "fe80::1%eth0", source: "fe80:0:0:0::/64" },
  { address: "2001:db8:1:2::", source: "2001:db8:1:2::/64" },
]) {
  test(`${address} counts as ${source}`, () => {
    assert.equal(sourceOf(address), source);
  });
}

test("an address that is gone already counts as one source", () => {
  assert.equal(sourceOf(undefined), "");
});
