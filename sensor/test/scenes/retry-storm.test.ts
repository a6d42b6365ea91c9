import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyChange } from "../../src/evidence/policy-changes.ts";
import { hostKey, lineOf, stranger, type Scene } from "../../src/judge-scene.ts";
import { anOffice, assertLeftAlone, colleagues, ledger, startsAt } from "./office.ts";

/**
 * An incident of 2002: after a change of the firewall nine stations kept calling three outside hosts on port 80, each time
 * from the next source port, two of them hundreds of times; and the whole company was taken for infected.
 */

const stations = [20, 21, 22, 23, 24, 25, 26, 27, 28];
const tries = [400, 350, 60, 40, 30, 20, 20, 10, 5];
const whole = 600_000;

type Fate = "answered" | "refused" | "silent" | "forbidden" | "stopped";

/** Pauses between a fifth of a second and half a minute: whoever tried more did it faster. */
function keepCalling(scene: Scene, fate: Fate): void {
  for (const [index, host] of stations.entries()) {
    const count = tries[index] ?? 0;
    const pauseMs = Math.max(200, Math.min(30_000, 90_000 / count));
    for (let attempt = 0; attempt < count; attempt += 1) {
      const at = startsAt + 500 + Math.round(attempt * pauseMs) + index * 37;
      const call = { at, to: stranger(attempt % 3), port: 80, sourcePort: 1025 + attempt };
      if (fate === "stopped") scene.syn(host, { ...call, mark: "stopped" });
      else if (fate === "forbidden") {
        scene.syn(host, call);
        scene.icmpError(host, { at: at + 1, code: 13, to: call.to, port: 80 });
      } else scene.contact(host, { ...call, outcome: fate, afterMs: 1 });
    }
  }
}

/** What each of the nine ledgers says about it. */
function sentences(scene: Scene): string[] {
  return stations.map((host) => {
    const line = lineOf(scene.host(host), "retry-storm");
    assert.equal(line?.for, false, `${host}: ${ledger(scene.host(host))}`);
    return line?.text ?? "";
  });
}

const noWorm =
  /^Called the same (target|[23] targets) at least \d+ times\. The port that rises is the source port; the targets? never changes?: /;

for (const fate of ["answered", "refused", "silent", "forbidden"] as const) {
  test(`nine stations keep calling after somebody else's change, ${fate}: nobody accused, each ledger says why`, () => {
    const { scene } = anOffice(whole);
    keepCalling(scene, fate);
    scene.play(startsAt + whole);
    assertLeftAlone(scene, [...stations, ...colleagues]);
    for (const text of sentences(scene)) {
      assert.match(text, noWorm);
      assert.doesNotMatch(text, /a change of ours/);
    }
  });
}

for (const { name, fate, hosts, text } of [
  { name: "a barrier of the site", fate: "stopped", hosts: null, text: "Web to the Internet is stopped." },
  { name: "a barrier of an area", fate: "stopped", hosts: stations.map(hostKey), text: "Web of this area is stopped." },
  {
    name: "cuts with a page for the users",
    fate: "answered",
    hosts: stations.map(hostKey),
    text: "Cut off; a page says so.",
  },
] as const satisfies readonly { name: string; fate: Fate; hosts: PolicyChange["hosts"]; text: string }[]) {
  test(`nine stations keep calling after ${name}: each ledger names the change that it began with`, () => {
    const { scene } = anOffice(whole);
    for (const host of stations) {
      for (let target = 0; target < 3; target += 1) {
        scene.contact(host, {
          at: startsAt - 60_000,
          to: stranger(target),
          port: 80,
          sourcePort: 1000,
          outcome: "answered",
        });
      }
    }
    // The kernel held it a little before that was seen.
    scene.judge.policyChanged({ at: startsAt + 900, hosts, text });
    keepCalling(scene, fate);
    scene.play(startsAt + whole);
    assertLeftAlone(scene, [...stations, ...colleagues]);
    for (const sentence of sentences(scene)) {
      assert.match(sentence, noWorm);
      assert.ok(sentence.includes(`after a change of ours: ${text}`), sentence);
    }
  });
}

test("a change that concerned another machine, or was long ago, began nothing here", () => {
  const { scene } = anOffice(0);
  scene.play(startsAt);
  scene.judge.policyChanged({ at: startsAt - 900_000, hosts: null, text: "Long ago." });
  scene.judge.policyChanged({ at: startsAt, hosts: [hostKey(21)], text: "Somebody else." });
  for (let attempt = 0; attempt < 20; attempt += 1) {
    scene.syn(20, { at: startsAt + attempt * 4000, to: stranger(1), port: 80, sourcePort: 1025 + attempt });
  }
  scene.play(startsAt + 90_000);
  assert.match(lineOf(scene.host(20), "retry-storm")?.text ?? "", /a program that does not give up\.$/);
});

test("a machine among them that calls ever new targets is told from the nine", () => {
  const { scene } = anOffice(whole);
  keepCalling(scene, "silent");
  for (let index = 0; index < 100; index += 1) {
    scene.syn(66, { at: startsAt + index * 300, to: stranger(100 + index), port: 445, sourcePort: 1025 + index });
  }
  scene.play(startsAt + whole);
  assert.equal(scene.host(66).verdict, "infected", ledger(scene.host(66)));
  assert.equal(lineOf(scene.host(66), "retry-storm"), undefined);
  assertLeftAlone(scene, [...stations, ...colleagues]);
});

test("people's pages, a poll every half a minute and guessed passwords are no storm", () => {
  const { scene } = anOffice(whole);
  for (let round = 0; round < 20; round += 1) {
    scene.contact(30, { at: startsAt + round * 30_000, to: stranger(1), port: 443, outcome: "answered" });
    scene.contact(31, { at: startsAt + round * 2000, to: stranger(2), port: 22, outcome: "answered" });
  }
  scene.play(startsAt + whole);
  for (const host of [30, 31, ...colleagues.slice(0, 4)]) {
    assert.equal(lineOf(scene.host(host), "retry-storm"), undefined, `${host}: ${ledger(scene.host(host))}`);
  }
});
