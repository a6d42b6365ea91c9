import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNoException } from "./barrier.ts";
import {
  areaSentence,
  barrierSentence,
  honestAreaLevel,
  honestBarrierLevel,
  honestLineLevel,
  lineSentence,
  type AreaFacts,
  type BarrierFacts,
} from "./site-level.ts";
import type { Placement } from "./words.ts";

function aBarrier(
  wish: Partial<BarrierFacts["wish"]>,
  placement: Placement = "lan",
  enforcement: BarrierFacts["enforcement"] = "in-force",
): BarrierFacts {
  return { wish: { way: "mail", mode: "enforce", area: null, ...wish }, placement, enforcement };
}

const barriers = [
  { name: "the whole site in lan", facts: aBarrier({}), level: "stopped" },
  { name: "the whole site in gateway", facts: aBarrier({}, "gateway"), level: "stopped" },
  { name: "the whole site in wan", facts: aBarrier({}, "wan"), level: "stopped" },
  { name: "a mirror", facts: aBarrier({}, "mirror"), level: "none" },
  { name: "a dry run", facts: aBarrier({ mode: "dry" }), level: "counted" },
  { name: "a dry run at a mirror", facts: aBarrier({ mode: "dry" }, "mirror"), level: "none" },
  { name: "an area in wan", facts: aBarrier({ area: "floor" }, "wan"), level: "none" },
  { name: "forged sources in wan", facts: aBarrier({ way: "spoofed" }, "wan"), level: "none" },
  { name: "name questions in wan", facts: aBarrier({ way: "dns" }, "wan"), level: "partly-stopped" },
  { name: "name questions in lan", facts: aBarrier({ way: "dns" }), level: "partly-stopped" },
  { name: "name questions of an area in lan", facts: aBarrier({ way: "dns", area: "floor" }), level: "partly-stopped" },
  { name: "name questions in gateway", facts: aBarrier({ way: "dns" }, "gateway"), level: "stopped" },
  { name: "forged sources in lan", facts: aBarrier({ way: "spoofed" }), level: "partly-stopped" },
  { name: "forged sources in gateway", facts: aBarrier({ way: "spoofed" }, "gateway"), level: "stopped" },
  { name: "what the kernel does not hold", facts: aBarrier({}, "lan", "absent"), level: "none" },
  { name: "no answer", facts: aBarrier({}, "mirror", "unknown"), level: "unconfirmed" },
  { name: "a capture file", facts: aBarrier({}, "lan", "simulated"), level: "simulated" },
] as const;

for (const { name, facts, level } of barriers) {
  test(`a barrier, ${name}: ${level}`, () => {
    assert.equal(honestBarrierLevel(facts), level);
    const claims = / stopped(?:,| for)/.test(barrierSentence(facts));
    assert.equal(claims, level === "stopped" || level === "partly-stopped", barrierSentence(facts));
  });
}

test("an area's cut says how many of its machines are cut, and never that neighbours are", () => {
  const area = (fields: Partial<AreaFacts> = {}): AreaFacts => ({
    ...{ wish: { from: "internet" }, placement: "lan", enforcement: "in-force", hosts: 3, cut: 3, silent: 0 },
    ...fields,
  });
  const levels = [area(), area({ cut: 1 }), area({ cut: 0 }), area({ placement: "wan" })].map(honestAreaLevel);
  assert.deepEqual(levels, ["internet-cut", "partly-cut", "none", "none"]);
  assert.match(areaSentence(area({ cut: 1 })), /1 of 3 machines.*neighbours/);
  for (const placement of ["lan", "wan", "gateway", "mirror"] as const) {
    const byHand = area({ wish: { from: "neighbours" }, placement, silent: 2 });
    assert.equal(honestAreaLevel(byHand), "by-hand");
    assert.match(areaSentence(byHand), /2 of 3 machines have gone silent/);
  }
});

test("the line is cut in every placement but a mirror", () => {
  for (const placement of ["lan", "wan", "gateway"] as const) {
    assert.equal(honestLineLevel({ placement, enforcement: "in-force" }), "line-cut");
  }
  assert.equal(honestLineLevel({ placement: "mirror", enforcement: "in-force" }), "none");
  assert.match(lineSentence({ placement: "mirror", enforcement: "in-force" }), /By hand/);
  assert.equal(honestLineLevel({ placement: "lan", enforcement: "absent" }), "none");
});

test("an infected host is no exception", () => {
  assert.match(whyNoException({ verdict: "infected" }) ?? "", /would open the way/);
  for (const verdict of ["clear", "watched", "suspect"] as const) assert.equal(whyNoException({ verdict }), null);
});
