import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, hostKey, lineOf, stranger, type Scene } from "../../src/judge-scene.ts";
import { anOffice, anywhere, assertInfected, assertLeftAlone, ledger, startsAt } from "./office.ts";

/** What a person can say of a machine's work, with it and without. */

const worker = 40;
const said = (duty: string) => ({ duties: [{ mac: hostKey(worker), duty }] });

/** Looks who is there, then knocks at sixty ports of twenty machines and tries passwords where they are asked for. */
function lookForWeakSpots(scene: Scene): void {
  for (let number = 1; number < 255; number += 1) {
    scene.arpRequest(worker, { at: startsAt + number * 10, target: hostAddress(number) });
    scene.ping(worker, { at: startsAt + 3000 + number * 16, to: hostAddress(number) });
    scene.syn(worker, { at: startsAt + 8000 + number * 7, to: `192.168.7.${number}`, port: 445 });
  }
  for (let index = 0; index < 20; index += 1) {
    const to = hostAddress(100 + index);
    for (let port = 1; port <= 60; port += 1) {
      const outcome = port % 20 === 0 ? "answered" : "refused";
      const at = startsAt + 12_000 + port * 200 + index * 7;
      scene.contact(worker, { at, to, port: port * 13, outcome, afterMs: 1 });
    }
    for (let attempt = 0; attempt < 10; attempt += 1) {
      scene.contact(worker, { at: startsAt + 30_000 + attempt * 500 + index, to, port: 22, outcome: "answered" });
    }
  }
}

/** Fetches from a list of machines, half of which are switched off; their names are asked for out of sight. */
function fetchBackups(scene: Scene): void {
  for (let index = 0; index < 40; index += 1) {
    for (const port of [445, 135]) {
      const outcome = index % 2 === 0 ? "silent" : "answered";
      scene.contact(worker, { at: startsAt + index * 900, to: `192.168.7.${10 + index}`, port, outcome, afterMs: 2 });
    }
  }
}

/** Pings, and calls services by address each minute, to the moment; some have been dead for long. */
function watchOthers(scene: Scene): void {
  for (let round = 0; round < 10; round += 1) {
    const at = startsAt + round * 60_000;
    for (let index = 0; index < 30; index += 1) {
      const to = index < 15 ? hostAddress(100 + index) : stranger(700 + index);
      const isThere = index % 3 !== 0;
      scene.ping(worker, { at: at + index * 20, to, ...(isThere ? { outcome: "answered" } : {}) });
      const outcome = isThere ? "answered" : "silent";
      scene.contact(worker, { at: at + 2000 + index * 20, to, port: 3000 + (index % 5), outcome });
    }
  }
}

for (const { duty, does, untilMs, undeclared } of [
  { duty: "scanner", does: lookForWeakSpots, untilMs: 60_000, undeclared: ["suspect", "infected"] },
  { duty: "backup", does: fetchBackups, untilMs: 60_000, undeclared: ["watched", "suspect", "infected"] },
  { duty: "monitoring", does: watchOthers, untilMs: 600_000, undeclared: ["watched", "suspect"] },
] as const) {
  test(`work of ${duty} that nobody declared is ${undeclared.join(" or ")}`, () => {
    const { scene } = anOffice(untilMs);
    does(scene);
    scene.play(startsAt + untilMs + 30_000);
    const host = scene.host(worker);
    assert.ok((undeclared as readonly string[]).includes(host.verdict), `${host.verdict}: ${ledger(host)}`);
    assertLeftAlone(scene);
  });

  test(`work of ${duty} that a person declared is clear, and the ledger says whose word that is`, () => {
    const { scene } = anOffice(untilMs, said(duty));
    does(scene);
    scene.play(startsAt + untilMs + 30_000);
    const host = scene.host(worker);
    assert.equal(host.verdict, "clear", ledger(host));
    assert.equal(host.suspectAt, null);
    assert.deepEqual([host.role.name, host.role.declared], [duty, undefined]);
    assert.match(
      lineOf(host, "declared-duty")?.text ?? "",
      /^A person declared that it .*: \d+ calls .* weigh nothing\./,
    );
    assertLeftAlone(scene);
  });

  test(`a worm on a machine declared for ${duty} is found by the strangers that it calls`, () => {
    const { scene, random } = anOffice(untilMs, said(duty));
    does(scene);
    const wormAt = startsAt + untilMs;
    for (let index = 0; index < 40; index += 1) {
      scene.syn(worker, { at: wormAt + index * 100, to: anywhere(random), port: 445 });
    }
    scene.play(wormAt + 30_000);
    assertInfected(scene.host(worker), "smb", wormAt, 2000);
  });
}

test("a word for a duty that is not known here says nothing", () => {
  const { scene } = anOffice(60_000, said("gardening"));
  lookForWeakSpots(scene);
  scene.play(startsAt + 90_000);
  assert.notEqual(scene.host(worker).verdict, "clear");
  assert.equal(lineOf(scene.host(worker), "declared-duty"), undefined);
});

test("a duty that is no longer declared is forgotten over a restart, with the role", () => {
  const { scene } = anOffice(60_000, said("backup"));
  fetchBackups(scene);
  scene.play(startsAt + 60_000);
  const { scene: next } = anOffice(0);
  next.judge.restore(scene.judge.checkpoint());
  assert.equal(next.host(worker).role.name, "unknown");
});
