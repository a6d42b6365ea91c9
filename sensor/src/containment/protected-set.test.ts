import assert from "node:assert/strict";
import { test } from "node:test";
import { ProtectedSet, type FdbEntry } from "./protected-set.ts";

const gateway = "02:00:00:00:00:01";
const host = "02:00:00:00:00:0a";
const box = "02:00:00:00:00:fe";
const hourMs = 3_600_000;

const learned = (mac: string, port: string): FdbEntry => ({ mac, port, isOwn: false });

function aSet(...entries: FdbEntry[]): ProtectedSet {
  const set = new ProtectedSet({ outsidePort: "out0" });
  set.learn([...entries, { mac: box, port: "in0", isOwn: true }], 0);
  return set;
}

const cases: readonly { readonly name: string; readonly mac: string; readonly reason: RegExp | null }[] = [
  { name: "a host on the inside may be contained", mac: host, reason: null },
  { name: "a host never seen may be contained", mac: "02:00:00:00:00:77", reason: null },
  { name: "the gateway may not", mac: gateway, reason: /outside port/ },
  { name: "the box may not", mac: box, reason: /box itself/ },
  { name: "broadcast may not", mac: "ff:ff:ff:ff:ff:ff", reason: /multicast or broadcast/ },
  { name: "multicast may not", mac: "33:33:00:00:00:01", reason: /multicast or broadcast/ },
  { name: "zero may not", mac: "00:00:00:00:00:00", reason: /zero address/ },
];

for (const { name, mac, reason } of cases) {
  test(name, () => {
    const refusal = aSet(learned(gateway, "out0"), learned(host, "in0")).refusalOf(mac);
    if (reason === null) assert.equal(refusal, null);
    else assert.match(refusal ?? "", reason);
  });
}

test("a gateway that the bridge has forgotten stays protected for a day", () => {
  const set = aSet(learned(gateway, "out0"));
  set.learn([], 23 * hourMs);
  assert.match(set.refusalOf(gateway) ?? "", /outside port/);
  set.learn([], 25 * hourMs);
  assert.equal(set.refusalOf(gateway), null);
});

const minuteMs = 60_000;

test("a machine that moved to the inside is no longer protected ten minutes after it was last heard outside", () => {
  const set = aSet(learned(host, "out0"));
  assert.notEqual(set.refusalOf(host), null);
  set.learn([learned(host, "in0")], 1);
  set.learn([learned(host, "in0")], 9 * minuteMs);
  assert.notEqual(set.refusalOf(host), null);
  set.learn([learned(host, "in0")], 11 * minuteMs);
  assert.equal(set.refusalOf(host), null);
  assert.deepEqual(set.claimed(), []);
});

test("a machine inside that sends in the gateway's name neither unprotects it nor goes unnoticed", () => {
  const set = aSet(learned(gateway, "out0"));
  for (let minute = 1; minute < 30; minute++) {
    set.learn([learned(gateway, minute % 2 === 1 ? "in0" : "out0")], minute * minuteMs);
    assert.match(set.refusalOf(gateway) ?? "", /outside port/);
    assert.deepEqual(set.claimed(), minute === 1 ? [] : [gateway]);
  }
  set.learn([learned(gateway, "out0")], 41 * minuteMs);
  assert.deepEqual(set.claimed(), []);
});

test("who moved inside is refused with how long that is so", () => {
  const set = aSet(learned(host, "out0"));
  set.learn([learned(host, "in0")], 1);
  assert.match(set.refusalOf(host) ?? "", /less than ten minutes before .* after these it may be contained/);
});

test("whom the judge names is refused with its reason, until it names others; what the set knows of itself stays", () => {
  const set = aSet(learned(gateway, "out0"));
  set.tell([{ mac: host, reason: "it is a resolver" }]);
  assert.equal(set.refusalOf(host), "it is a resolver");
  set.tell([]);
  assert.equal(set.refusalOf(host), null);
  assert.match(set.refusalOf(gateway) ?? "", /outside port/);
});

test("a flood of addresses on the outside is forgotten, the oldest first", () => {
  const set = aSet(learned(gateway, "out0"));
  for (let round = 0; round < 50; round++) {
    const flood = Array.from({ length: 100 }, (_, index) =>
      learned(`02:01:00:00:${round.toString(16).padStart(2, "0")}:${index.toString(16).padStart(2, "0")}`, "out0"),
    );
    set.learn([...flood, learned(gateway, "out0")], round);
  }
  assert.equal(set.refusalOf("02:01:00:00:00:00"), null);
  assert.notEqual(set.refusalOf(gateway), null);
});
