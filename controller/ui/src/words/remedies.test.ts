import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultPortal, type RemediesWish } from "@cordon/contract";
import { aSite } from "../../../test/ui/samples.ts";
import { keepsWords, openFor, parseRemedies, remedyLines } from "./remedies.ts";

test("a list of remedies reads back as it was written", () => {
  const text = "helpdesk.example 8443\n192.0.2.9 443 445\n2001:db8::9\nupdates.example";
  const { names, addresses, wrong } = parseRemedies(text);
  assert.deepEqual(names, [{ name: "helpdesk.example", ports: [8443] }, { name: "updates.example" }]);
  assert.deepEqual(addresses, [{ address: "192.0.2.9", ports: [443, 445] }, { address: "2001:db8::9" }]);
  assert.deepEqual(wrong, []);
  const lines = remedyLines([...names, ...addresses]);
  assert.deepEqual(parseRemedies(lines), { names, addresses, wrong });
});

for (const line of [
  "com",
  "help desk.example",
  "helpdesk.example 0",
  "helpdesk.example 70000",
  "999.1.1.1",
  "-.example",
]) {
  test(`is no remedy: ${line}`, () => {
    assert.deepEqual(parseRemedies(line), { names: [], addresses: [], wrong: [line] });
  });
}

test("what a cut-off machine keeps is one sentence", () => {
  const keeps = (remedies: RemediesWish) => keepsWords({ keeps: { remedies, portal: defaultPortal, refused: [] } });
  const own = { names: [{ name: "helpdesk.example" }], addresses: [{ address: "192.0.2.9" }] };
  assert.equal(keeps({ shipped: true, names: [], addresses: [] }), "The shipped names of updates and virus scanners.");
  assert.match(keeps({ shipped: true, ...own }), /, and 2 entries of your own\.$/);
  assert.equal(keeps({ shipped: false, ...own }), "2 entries of your own, and no shipped ones.");
});

test("the remedies open for one machine are its own, the most used first", () => {
  const open = (host: string, packets: number) => ({
    ...{ host, name: "a.example", address: "192.0.2.1", ports: [443], until: 1, packets, alsoServes: [] },
  });
  const site = aSite({
    remedies: { resolvers: [], open: [open("a", 1), open("b", 5), open("a", 3)], pages: 0, refusal: null },
  });
  assert.deepEqual(
    openFor(site, { mac: "a" }).map(({ packets }) => packets),
    [3, 1],
  );
});
