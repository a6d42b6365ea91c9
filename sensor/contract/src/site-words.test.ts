import assert from "node:assert/strict";
import { test } from "node:test";
import { hostFault, networkFault, siteNameFault } from "./site-words.ts";

for (const { what, fault, good, bad } of [
  {
    what: "name of a site",
    fault: siteNameFault,
    good: ["Harbour Office", "Zahnärzte am Markt / 2. OG", "東京", "👩‍💻", "-", "x".repeat(200), "😀".repeat(200)],
    bad: ["", "   ", "\u00a0", "two\nlines", "a\rb", "a\u001b[31mb", "a\u2028b", "a\u202eb", "\ud800", "x".repeat(201)],
  },
  {
    what: "host",
    fault: hostFault,
    good: ["cordon.example.net", "controller", "a-1.b", "xn--bcher-kva.example", "192.0.2.9", "2001:db8::1", "::1"],
    bad: ["", " ", "bad host/;", "a..b", ".a", "a.", "-a.b", "a-.b", "a_b", "bücher.example", "192.0.2.999", "1.2.3"]
      .concat(["http://a", "a:8883", "[::1]", "fe80::1%eth0", "0.0.0.0", "::", "0:0::0", `${"a".repeat(64)}.b`])
      .concat(["255.255.255.255", "224.0.0.1", "ff02::1", "fe80::1"])
      .concat([Array.from({ length: 64 }, () => "abc").join("."), "a\n", "1::2::3"]),
  },
  {
    what: "network",
    fault: networkFault,
    good: ["192.0.2.0/24", "10.1.2.3/8", "2001:db8::/64", "fe80::/10", "192.0.2.1/32", "::1/128", "::ffff:1.2.3.4/128"],
    bad: ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/99", "10.0.0.0/33", "2001:db8::/129", "10.0.0/8", "10.0.0.0/8/8"]
      .concat(["office", "/24", "10.0.0.0/-1", "10.0.0.0/08888", "0.0.0.0/0", "::/0", "010.0.0.0/8", "10.0.0.0/8\n"])
      .concat(["127.0.0.0/8", "127.0.0.1/32", "0.0.0.0/8", "224.0.0.0/4", "ff00::/8"]),
  },
]) {
  test(`what can be the ${what} passes, and nothing else`, () => {
    assert.deepEqual(
      good.filter((text) => fault(text) !== null),
      [],
    );
    assert.deepEqual(
      bad.filter((text) => fault(text) === null),
      [],
    );
  });
}
