import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, hostKey, lineOf, stranger, type Scene } from "../../src/judge-scene.ts";
import { anOffice, anywhere, assertInfected, assertLeftAlone, ledger, startsAt } from "./office.ts";

/** What a person can say of a machine's work, with it and without. */

const worker = 40;
const said = (duty: string) => ({ duties: [{ mac: hostKey(worker), duty }] });

/** Looks who is there, then knocks at sixty ports of twenty machines and tries passwords where they are asked for. */
function lookForWeakSpots(scene: Scene, from = startsAt): void {
  for (let number = 1; number < 255; number += 1) {
    scene.arpRequest(worker, { at: from + number * 10, target: hostAddress(number) });
    scene.ping(worker, { at: from + 3000 + number * 16, to: hostAddress(number) });
    scene.syn(worker, { at: from + 8000 + number * 7, to: `192.168.7.${number}`, port: 445 });
  }
  for (let index = 0; index < 20; index += 1) {
    const to = hostAddress(100 + index);
    for (let port = 1; port <= 60; port += 1) {
      const outcome = port % 20 === 0 ? "answered" : "refused";
      const at = from + 12_000 + port * 200 + index * 7;
      scene.contact(worker, { at, to, port: port * 13, outcome, afterMs: 1 });
    }
    for (let attempt = 0; attempt < 10; attempt += 1) {
      scene.contact(worker, { at: from + 30_000 + attempt * 500 + index, to, port: 22, outcome: "answered" });
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
  {
    duty: "scanner",
    does: (scene: Scene) => lookForWeakSpots(scene),
    untilMs: 60_000,
    undeclared: ["suspect", "infected"],
  },
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

/** What a person says while the box runs, as the document carries it. */
const declare = (scene: Scene, ...duties: string[]) =>
  scene.judge.declareDuties(duties.map((duty) => ({ mac: hostKey(worker), duty })));

test("a person says what an accused machine is for: its ledger begins anew, by what he said", () => {
  const { scene } = anOffice(0);
  lookForWeakSpots(scene);
  scene.play(startsAt + 60_000);
  assert.ok(["suspect", "infected"].includes(scene.host(worker).verdict), ledger(scene.host(worker)));
  declare(scene, "scanner");
  const told = scene.host(worker);
  assert.deepEqual([told.verdict, told.suspectAt, told.role.name], ["clear", null, "scanner"]);
  assert.ok(scene.judge.takeChanged().some(({ host, verdict }) => host === hostKey(worker) && verdict === "clear"));
  // The same word again changes nothing.
  for (let index = 0; index < 40; index += 1) {
    scene.syn(worker, { at: startsAt + 61_000 + index * 100, to: `10.9.${index}.7`, port: 445 });
  }
  scene.play(startsAt + 70_000);
  declare(scene, "scanner");
  assertLeftAlone(scene);
});

test("what was said is taken back: the machine is weighed like any other from then on", () => {
  const { scene } = anOffice(0);
  scene.arpRequest(worker, { at: startsAt - 1000, target: hostAddress(1) });
  scene.play(startsAt);
  declare(scene, "scanner");
  lookForWeakSpots(scene);
  scene.play(startsAt + 60_000);
  assert.equal(scene.host(worker).verdict, "clear", ledger(scene.host(worker)));
  declare(scene);
  lookForWeakSpots(scene, startsAt + 60_000);
  scene.play(startsAt + 120_000);
  assert.ok(["suspect", "infected"].includes(scene.host(worker).verdict), ledger(scene.host(worker)));
  assert.notEqual(scene.host(worker).role.name, "scanner");
});

test("a word said while the box runs goes before the profile's, and what it lacks is the profile's", () => {
  const { scene } = anOffice(60_000, said("backup"));
  scene.arpRequest(worker, { at: startsAt, target: hostAddress(1) });
  declare(scene, "scanner");
  scene.play(startsAt + 1000);
  assert.equal(scene.host(worker).role.name, "scanner");
  declare(scene);
  assert.equal(scene.host(worker).role.name, "backup");
});

test("a worm that was found before is found again after a word, and one weighed under it keeps its ledger over a restart", () => {
  const { scene, random } = anOffice(0);
  const knock = (at: number, judged: Scene): void => {
    for (let index = 0; index < 40; index += 1) {
      judged.syn(worker, { at: at + index * 100, to: anywhere(random), port: 445 });
    }
    judged.play(at + 10_000);
  };
  knock(startsAt, scene);
  assert.equal(scene.host(worker).verdict, "infected");
  declare(scene, "backup");
  assert.equal(scene.host(worker).verdict, "clear");
  knock(startsAt + 20_000, scene);
  assertInfected(scene.host(worker), "smb", startsAt + 20_000, 2000);
  const { scene: next } = anOffice(0);
  next.judge.restore(scene.judge.checkpoint());
  next.judge.declareDuties([{ mac: hostKey(worker), duty: "backup" }], { keepsPast: true });
  assert.equal(next.host(worker).verdict, "infected", ledger(next.host(worker)));
});

test("a machine declared for mail may call many providers, and does nothing else with impunity", () => {
  for (const isSaid of [false, true]) {
    const { scene, random } = anOffice(0);
    scene.arpRequest(worker, { at: startsAt, target: hostAddress(1) });
    scene.play(startsAt + 500);
    if (isSaid) declare(scene, "mail");
    for (let index = 0; index < 30; index += 1) {
      const at = startsAt + 1000 + index * 200;
      const to = stranger(300 + index);
      scene.lookUp(worker, { at, name: `mx.provider${index}.example`, addresses: [to] });
      scene.contact(worker, { at: at + 20, to, port: 25, outcome: "answered" });
    }
    scene.play(startsAt + 20_000);
    assert.equal(scene.host(worker).verdict, isSaid ? "clear" : "infected", ledger(scene.host(worker)));
    if (!isSaid) continue;
    assert.deepEqual([scene.host(worker).role.name, scene.host(worker).role.declared], ["mail-server", undefined]);
    assert.match(lineOf(scene.host(worker), "mail-server-role")?.text ?? "", /^A person declared it a mail server\./);
    for (let index = 0; index < 40; index += 1) {
      scene.syn(worker, { at: startsAt + 21_000 + index * 100, to: anywhere(random), port: 445 });
    }
    scene.play(startsAt + 40_000);
    assertInfected(scene.host(worker), "smb", startsAt + 21_000, 2000);
  }
});
