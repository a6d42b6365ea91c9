import assert from "node:assert/strict";
import { test } from "node:test";
import { Compile } from "typebox/compile";
import { defaultRemedies, remediesInForce, type RemediesWish, RemedyName } from "./remedies.ts";
import { shippedNames } from "./remedy-catalogue.ts";

test("the shipped names are names that a wish could have, each once", () => {
  const isName = Compile(RemedyName);
  for (const { name } of shippedNames) assert.ok(isName.Check({ name }), name);
  assert.equal(new Set(shippedNames.map(({ name }) => name)).size, shippedNames.length);
});

test("a name has two labels at least, in lower case", () => {
  const isName = Compile(RemedyName);
  for (const name of ["com", "", "a..com", "-a.com", "A.com", "a.com.", ".com", "10.0.0.1x/", "*.a.com"]) {
    assert.ok(!isName.Check({ name }), name);
  }
  for (const name of ["a.com", "xn--bcher-kva.example", "_dmarc.a.b.example"]) assert.ok(isName.Check({ name }), name);
});

test("nobody's wish is the shipped names, and a wish can do without them", () => {
  const shipped = remediesInForce();
  assert.deepEqual(shipped, remediesInForce(defaultRemedies));
  assert.ok(shipped.names.some(({ name }) => name === "windowsupdate.com"));
  // What the page answers is no way out.
  assert.ok(!shipped.names.some(({ name }) => shipped.probes.includes(name)));
  const own = remediesInForce({ shipped: false, names: [{ name: "help.example" }], addresses: [] });
  assert.deepEqual(own.names, [{ name: "help.example", ports: [80, 443] }]);
  assert.deepEqual(own.probes, shipped.probes);
});

test("a remedy never has a port that worms spread by", () => {
  const wish: RemediesWish = {
    shipped: false,
    names: [
      { name: "files.example", ports: [445, 8443] },
      { name: "mail.example", ports: [25] },
    ],
    addresses: [{ address: "203.0.113.9", ports: [22, 443] }],
  };
  const { names, addresses, refused } = remediesInForce(wish);
  assert.deepEqual(names, [{ name: "files.example", ports: [8443] }]);
  assert.deepEqual(addresses, [{ address: "203.0.113.9", ports: [443] }]);
  assert.equal(refused.length, 3);
});
