import assert from "node:assert/strict";
import { test } from "node:test";
import { RemedyElements } from "./remedy-elements.ts";
import type { RemedyChange } from "./remedy-protocol.ts";
import type { TimedElement } from "./timed-elements.ts";

const mac = "02:00:00:00:00:11";
const key = `${mac} . 203.0.113.1 . 443`;
const change: RemedyChange = {
  resolvers: ["192.168.1.1"],
  addresses: [{ address: "203.0.113.9", port: 443 }],
  remedies: [{ mac, address: "203.0.113.1", ports: [443], seconds: 300 }],
  portals: [{ mac, address: "2001:db8::1", seconds: 60 }],
};
const anElement = (name: string, secondsLeft: number | null = null): TimedElement => ({
  ...{ key: name, secondsLeft, timeoutSeconds: secondsLeft, limit: null },
});
/** What the kernel holds so long after that change. */
const heldAfter = (seconds: number) =>
  new Map([
    ["resolvers_4", [anElement("192.168.1.1")]],
    ["remedy_all_4", [anElement("203.0.113.9 . 443")]],
    ["remedy_4", [anElement(key, 300 - seconds)]],
    ["portal_6", [anElement(`${mac} . 2001:db8::1`, 60 - seconds)]],
  ]);

function opened() {
  const elements = new RemedyElements();
  elements.text(change, () => true, 0);
  return elements;
}

test("what stands as it was opened is left alone, and so is what ends a little later than here", () => {
  for (const seconds of [0, 30, 59]) {
    assert.deepEqual(opened().mend(heldAfter(seconds), seconds * 1000).texts, []);
  }
  assert.deepEqual(opened().mend(heldAfter(55), 65_000).texts, [], "the machine was busy");
});

test("what nobody opened is taken out of each set", () => {
  for (const set of [
    "resolvers_4",
    "resolvers_6",
    "remedy_4",
    "remedy_6",
    "remedy_all_4",
    "remedy_all_6",
    "portal_4",
    "portal_6",
  ]) {
    const held = new Map(heldAfter(0)).set(set, [...(heldAfter(0).get(set) ?? []), anElement("foreign", 200)]);
    const { texts, foreignIn, missingIn } = opened().mend(held, 0);
    assert.deepEqual(texts, [
      `add element bridge cordon ${set} { foreign }\ndelete element bridge cordon ${set} { foreign }\n`,
    ]);
    assert.deepEqual([foreignIn, missingIn], [[set], []]);
  }
});

test("what a hand took out is put back for the rest of its time, and what is about to end is not", () => {
  const { texts, foreignIn, missingIn } = opened().mend(new Map(), 59_000);
  assert.deepEqual(texts, [
    "add element bridge cordon resolvers_4 { 192.168.1.1 }\n",
    "add element bridge cordon remedy_all_4 { 203.0.113.9 . 443 }\n",
    `add element bridge cordon remedy_4 { ${key} timeout 241s }\n`,
  ]);
  assert.deepEqual([foreignIn, missingIn], [[], ["resolvers_4", "remedy_all_4", "remedy_4"]]);
});

test("what a hand gave another time has its own again", () => {
  for (const secondsLeft of [null, 100, 86_400]) {
    const held = heldAfter(0).set("remedy_4", [anElement(key, secondsLeft)]);
    assert.deepEqual(opened().mend(held, 0).texts, [
      `add element bridge cordon remedy_4 { ${key} }\ndelete element bridge cordon remedy_4 { ${key} }\n`,
      `add element bridge cordon remedy_4 { ${key} timeout 300s }\n`,
    ]);
  }
});

test("what was open before this process stays until it ends, but for what nobody here asks for", () => {
  const elements = new RemedyElements();
  const held = heldAfter(0).set("portal_4", [
    anElement(`${mac} . 203.0.113.7`),
    anElement(`${mac} . 203.0.113.8`, 86_400),
  ]);
  elements.adopt(held, 0);
  const { texts, foreignIn } = elements.mend(held, 0);
  assert.deepEqual(foreignIn, ["portal_4"]);
  assert.equal(texts.length, 1);
  assert.deepEqual(elements.mend(heldAfter(30), 30_000).texts, []);
});
