import assert from "node:assert/strict";
import { test } from "node:test";
import { aContainment, aHost, anAskedContainment, aSensor } from "../../../test/ui/samples.ts";
import { canCut, cutFailed, deedOf, expectedLevel, lineOf, needsCut, portWords, standingOf } from "./containment.ts";

const online = aSensor();
const silent = aSensor({ state: "silent" });

const standings = [
  { name: "nothing was reported yet", held: anAskedContainment(), box: online, standing: "asked" },
  { name: "the kernel holds it", held: aContainment(), box: online, standing: "in-force" },
  { name: "its end is asked for", held: aContainment({ releasing: true }), box: online, standing: "releasing" },
  {
    name: "its end is asked for before it was in force",
    held: anAskedContainment({ releasing: true }),
    box: online,
    standing: "asked",
  },
  {
    name: "the box gave a reason against it",
    held: anAskedContainment({ level: "none", refusal: "it is the gateway" }),
    box: online,
    standing: "refused",
  },
  {
    name: "the box answered and stops nothing",
    held: anAskedContainment({ level: "none", reportedAt: 1 }),
    box: online,
    standing: "not-stopped",
  },
  { name: "a capture is judged", held: anAskedContainment({ level: "simulated" }), box: online, standing: "simulated" },
  {
    name: "it was in force and the box fell silent",
    held: aContainment({ level: "unconfirmed" }),
    box: silent,
    standing: "stale",
  },
  { name: "the box is silent and never confirmed", held: anAskedContainment(), box: silent, standing: "asked" },
  {
    name: "an earlier report is not vouched for now",
    held: aContainment({ level: "unconfirmed" }),
    box: online,
    standing: "asked",
  },
] as const;

for (const { name, held, box, standing } of standings) {
  test(`a containment is ${standing} where ${name}`, () => {
    assert.equal(standingOf(held, box), standing);
  });
}

test("a machine that is cut off with others is not in service, and its own cut goes first", () => {
  const text = (host: Parameters<typeof aHost>[0], box = online) => lineOf(aHost(host), box).text;
  assert.equal(text({ cutWith: "area" }), "Area cut off");
  assert.equal(text({ cutWith: "line" }), "The line is cut");
  assert.equal(text({ cutWith: "area" }, aSensor({ state: "silent" })), "Area cut off when last heard");
  const slowed = aContainment({ kind: "throttle", level: "throttled" });
  assert.equal(text({ cutWith: "area", containments: [slowed] }), "Area cut off");
  assert.equal(text({ cutWith: "area", containments: [aContainment()] }), "Cut off");
});

test("only what the box confirms is shown as its doing", () => {
  const lines = standings.map(({ held, box }) => lineOf(aHost({ containments: [held] }), box).tone);
  const confirmed = standings.map(({ standing }) => standing === "in-force" || standing === "releasing");
  assert.deepEqual(
    lines.map((tone) => tone === "on"),
    confirmed,
  );
});

test("a line shows what holds before what is asked, and a cut before a vector", () => {
  const vector = aContainment({ id: "v", kind: "vector", vector: "mail", level: "vector-stopped" });
  const line = (...containments: ReturnType<typeof aContainment>[]) => lineOf(aHost({ containments }), online).text;
  assert.equal(line(), "In service");
  assert.equal(line(vector), "Mail stopped");
  assert.equal(line(vector, anAskedContainment()), "Mail stopped");
  assert.equal(line(vector, aContainment()), "Cut off");
  const slowed = aContainment({ id: "t", kind: "throttle", level: "throttled" });
  assert.equal(line(slowed), "Slowed down");
  assert.equal(line({ ...slowed, vector: "mail" }), "Mail slowed down");
  assert.equal(line(anAskedContainment({ level: "none", refusal: "no" })), "In service; refused");
});

test("a machine needs the cut until one is asked for; a stopped vector is none", () => {
  assert.equal(needsCut(aHost()), true);
  assert.equal(needsCut(aHost({ containments: [anAskedContainment()] })), false);
  const vector = aContainment({ kind: "vector", vector: "mail", level: "vector-stopped" });
  assert.equal(needsCut(aHost({ containments: [vector] })), true);
});

test("a refused cut has failed and is not asked for again by itself", () => {
  const refused = aHost({ containments: [anAskedContainment({ refusal: "no" })] });
  assert.equal(cutFailed(refused, online), true);
  assert.equal(needsCut(refused), false);
  assert.equal(cutFailed(aHost({ containments: [anAskedContainment()] }), online), false);
});

test("a cut is offered only where the placement reaches one machine", () => {
  const offered = (["lan", "gateway", "wan", "mirror"] as const).map((placement) => canCut(aSensor({ placement })));
  assert.deepEqual(offered, [true, true, false, false]);
  assert.equal(canCut(aSensor({ placement: null })), false);
});

test("the expected level names the result at this placement", () => {
  const cut = { kind: "quarantine", vector: null } as const;
  assert.match(expectedLevel(cut, "lan", true), /^Cut from the Internet but for remedies; its neighbours/);
  assert.match(expectedLevel(cut, "mirror", true), /^Cannot be cut from here/);
  assert.match(expectedLevel(cut, "lan", false), /^Simulated: .* nothing is stopped\.$/);
  assert.match(expectedLevel({ kind: "vector", vector: "mail" }, "lan", true), /^Its mail to the Internet is stopped/);
});

test("what has no ports has words in their place", () => {
  assert.equal(portWords("ping"), "echo requests");
  assert.match(portWords("arp"), /^at most 5 machines unheard of, then 6 a minute/);
  assert.equal(deedOf({ kind: "vector", vector: "ping" }), "Pinging stopped");
  assert.equal(deedOf({ kind: "vector", vector: "arp" }), "Search for machines limited");
});
