import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, formatMac, isGroupMac, parseAddress, parseMac } from "./address.ts";

// The recommendations of RFC 5952 sections 4 and 5, with the text to read and the one to write.
for (const [read, written] of [
  ["192.0.2.1", "192.0.2.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["2001:0db8::0001", "2001:db8::1"],
  ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:DB8::ABCD", "2001:db8::abcd"],
  ["::", "::"],
  ["::1", "::1"],
  ["fe80::", "fe80::"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"],
] as const) {
  test(`${read} is written ${written}`, () => {
    const key = parseAddress(read);
    assert.notEqual(key, null);
    assert.equal(formatAddress(key ?? 0), written);
  });
}

for (const text of [
  "",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4.5",
  "::1::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4::5:6:7:8",
  "12345::",
  "g::",
  "fe80::1%eth0",
  "1.2.3.4::",
  ":1:2:3:4:5:6:7",
]) {
  test(`"${text}" is no address`, () => assert.equal(parseAddress(text), null));
}

test("a MAC is read in both forms and written with colons", () => {
  const mac = parseMac("02-1A-2b-00-00-Ff");
  assert.equal(formatMac(mac ?? 0), "02:1a:2b:00:00:ff");
  assert.equal(parseMac("02:1a:2b:00:00"), null);
});

test("the group bit tells multicast and broadcast", () => {
  assert.equal(isGroupMac(0xffff_ffff_ffff), true);
  assert.equal(isGroupMac(0x0100_5e00_0001), true);
  assert.equal(isGroupMac(0x0200_0000_0001), false);
  assert.equal(isGroupMac(-1), false);
});
