import assert from "node:assert/strict";
import { test } from "node:test";
import { aContact } from "../connection/a-contact.ts";
import { addressScan, contactRowOf, contactRows, contactWeight, networkSweep, thresholds } from "./likelihoods.ts";

test("five misses of the classic row are suspect and ten infected, four and nine are not", () => {
  const { miss } = contactRows.propagationStranger;
  assert.ok(5 * miss >= thresholds.suspect && 4 * miss < thresholds.suspect);
  assert.ok(10 * miss >= thresholds.infected && 9 * miss < thresholds.infected);
});

test("failed contacts on ordinary ports alone stay below suspect, and below watched where names are unknown", () => {
  assert.ok(addressScan.otherCap < thresholds.suspect);
  assert.ok(addressScan.unknownCap < thresholds.watched);
  assert.ok(networkSweep.own < thresholds.infected);
});

for (const [name, fields, row] of [
  ["a nameless stranger on a worm's port", {}, "propagationStranger"],
  ["the same while names cannot be seen", { resolution: "unknown" }, "propagationStranger"],
  ["a looked-up server on a worm's port", { resolution: "resolved" }, "propagationResolved"],
  ["a neighbour's file share", { resolution: "unknown", place: "neighbour" }, "propagationNeighbour"],
  ["a nameless stranger's secure shell", { port: 22 }, "propagationListed"],
  ["a neighbour's telnet", { resolution: "unknown", place: "neighbour", port: 23 }, "propagationListed"],
  ["another branch's domain controller", { resolution: "unknown", place: "inside" }, "propagationBranch"],
  ["a web site", { resolution: "resolved", port: 443 }, "otherResolved"],
  ["a nameless web server", { port: 443 }, "otherUnresolved"],
  ["a web server while names cannot be seen", { resolution: "unknown", port: 443 }, "otherUnknown"],
] as const) {
  test(`${name} is of the row ${row}`, () => assert.equal(contactRowOf(aContact(fields)), contactRows[row]));
}

test("only a worm's ports count before grace is over, and only there a dead line's silence counts, for less", () => {
  const share = aContact({ place: "neighbour", resolution: "unknown" });
  for (const [contact, pending, lineDown] of [
    [aContact(), 0.602, 0.241],
    [share, 0, 0.241],
    [aContact({ port: 443 }), 0, 0],
  ] as const) {
    assert.equal(contactWeight(contact, "pending"), pending);
    assert.ok(Math.abs(contactWeight(contact, "line-down") - lineDown) < 0.001);
  }
});

test("a neighbour that refuses is there, and weighs less than one that is not", () => {
  const neighbour = aContact({ place: "neighbour", port: 23 });
  assert.ok(12 * contactWeight(neighbour, "refused") < thresholds.suspect);
  assert.equal(contactWeight(neighbour, "silent"), contactWeight(aContact(), "refused"));
});

test("ten silent domain controllers of other branches make nobody suspect", () => {
  const branch = aContact({ place: "inside", resolution: "unknown" });
  assert.ok(10 * contactWeight(branch, "silent") < thresholds.suspect);
});

test("a person's dozen remote desktops that reconnect on a dead line make him no suspect", () => {
  assert.ok(12 * contactWeight(aContact({ port: 3389 }), "line-down") < thresholds.suspect);
});

test("what we or the gateway refuse weighs nothing on any port", () => {
  for (const port of [22, 23, 80, 443, 445, 40_000]) {
    assert.equal(contactWeight(aContact({ port }), "refused-by-us"), 0);
    assert.equal(contactWeight(aContact({ port }), "refused-by-gateway"), 0);
  }
});
