import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, hostKey, lineOf, officeAtWork, stranger } from "../../src/judge-scene.ts";
import { parseAddress } from "../../src/packet/address.ts";
import {
  anOffice,
  anywhere,
  assertInfected,
  assertLeftAlone,
  byChance,
  colleagues,
  ledger,
  shuffledNetwork,
  startsAt,
} from "./office.ts";

const guilty = 66;

test("a worm of file shares goes through its own network and draws strangers: infected in 2 s, by 10 contacts", () => {
  const { scene, random } = anOffice(30_000);
  scene.lookUp(guilty, { at: startsAt, name: "www.a-name-that-stops-it.example", addresses: null });
  for (const [index, number] of shuffledNetwork(random).entries()) {
    scene.arpRequest(guilty, { at: startsAt + 1000 + index * 100, target: hostAddress(number) });
  }
  for (let index = 0; index < 125; index += 1) {
    scene.syn(guilty, { at: startsAt + 1000 + index * 40, to: anywhere(random), port: 445 });
  }
  for (let index = 0; index < 1000; index += 1) {
    scene.contact(guilty, {
      at: startsAt + 6000 + index * 10,
      to: anywhere(random),
      port: 445,
      outcome: byChance(random),
    });
  }
  scene.play(startsAt + 30_000);
  const host = scene.host(guilty);
  assertInfected(host, "smb", startsAt + 1000, 2000);
  assert.ok((host.contactsBeforeSuspect ?? 99) <= 5);
  for (const kind of ["address-scan", "arp-sweep"]) assert.ok(lineOf(host, kind) !== undefined, kind);
  assertLeftAlone(scene);
});

test("a bot of telnet with packets made by hand: infected at once, and its flood is told", () => {
  const { scene, random } = anOffice(90_000);
  for (let burst = 0; burst < 60; burst += 1) {
    for (let index = 0; index < 20; index += 1) {
      const to = anywhere(random);
      const port = random.below(10) === 0 ? 2323 : 23;
      const at = startsAt + burst * 1000 + index;
      scene.contact(guilty, { at, to, port, sequence: Number(parseAddress(to)), outcome: byChance(random) });
    }
  }
  for (let at = startsAt + 60_000; at < startsAt + 80_000; at += 5000) {
    scene.datagram(guilty, { at, to: stranger(7), port: 80, mark: "flooded" });
  }
  scene.play(startsAt + 90_000);
  assertInfected(scene.host(guilty), "telnet", startsAt, 200);
  for (const kind of ["address-scan", "hand-made-packets", "outbound-flood"]) {
    assert.ok(lineOf(scene.host(guilty), kind) !== undefined, kind);
  }
  assertLeftAlone(scene);
});

test("a slow worm on six ports that shares files beside it: infected within 5 minutes and 14 contacts", () => {
  const { scene, random } = anOffice(600_000);
  const ports = [22, 445, 1433, 3389, 6379, 8088];
  let contacts = 0;
  for (let index = 0; index < 40; index += 1) {
    const at = startsAt + index * 15_000 + random.below(5000);
    if (random.below(10) < 4) {
      scene.arpRequest(guilty, { at, target: hostAddress(1 + random.below(254)) });
      continue;
    }
    const to = anywhere(random);
    const port = ports[index % ports.length] ?? 22;
    // A system repeats its SYN by itself.
    for (const afterMs of [0, 1000, 3000, 7000])
      scene.syn(guilty, { at: at + afterMs, to, port, sourcePort: 30_000 + index });
    contacts += 1;
  }
  for (let index = 0; index < 600; index += 1) {
    const outcome = random.below(100) < 45 ? "answered" : "silent";
    scene.datagram(guilty, {
      at: startsAt + index * 333,
      to: stranger(index % 120),
      port: 20_000 + (index % 120),
      outcome,
    });
  }
  scene.play(startsAt + 620_000);
  assert.ok(contacts >= 14);
  assert.equal(scene.host(guilty).verdict, "infected", ledger(scene.host(guilty)));
  assertInfected(scene.host(guilty), scene.host(guilty).vector, startsAt, 420_000);
  assertLeftAlone(scene);
});

for (const [name, sent] of [
  ["to one port", { portOf: () => 1434, sourcePortOf: (index: number) => 1024 + index }],
  ["from one port to any", { portOf: (index: number) => 1024 + ((index * 7919) % 60_000), sourcePortOf: () => 4000 }],
] as const) {
  test(`a worm of single datagrams ${name} chokes the line: named, and not pardoned as an outage`, () => {
    const { scene, random } = anOffice(0);
    for (let index = 0; index < 4000; index += 1) {
      const fields = { port: sent.portOf(index), sourcePort: sent.sourcePortOf(index) };
      scene.datagram(guilty, { at: startsAt + index * 5, to: anywhere(random), ...fields, outcome: "silent" });
    }
    // Of everybody else hardly anything gets through meanwhile.
    officeAtWork(scene, colleagues, startsAt, startsAt + 20_000, "silent");
    scene.play(startsAt + 15_000);
    const line = scene.judge.line();
    assert.deepEqual([line.state, line.trouble?.kind, line.trouble?.host], ["degraded", "choked", hostKey(guilty)]);
    scene.play(startsAt + 60_000);
    assert.equal(scene.judge.line().trouble, undefined);
    const host = scene.host(guilty);
    assert.equal(host.verdict, "infected", ledger(host));
    assert.ok((host.infectedAt ?? 0) - startsAt <= 2000, ledger(host));
    assertLeftAlone(scene);
  });
}

test("a bot that looks for remote desktops, hardly any of which answers: infected by 10 contacts", () => {
  const { scene, random } = anOffice(20_000);
  for (let index = 0; index < 200; index += 1) {
    const outcome = random.below(100) < 5 ? "answered" : "silent";
    scene.contact(guilty, { at: startsAt + index * 67, to: anywhere(random), port: 3389, outcome });
  }
  scene.play(startsAt + 20_000);
  assertInfected(scene.host(guilty), "rdp", startsAt, 2000);
  assertLeftAlone(scene);
});

test("a bot with a list of remote desktops that all answer, one try each: suspect by 25 targets, infected by 60", () => {
  const { scene, random } = anOffice(120_000);
  for (let index = 0; index < 150; index += 1) {
    const outcome = random.below(100) < 97 ? "answered" : "silent";
    scene.contact(guilty, { at: startsAt + index * 500, to: anywhere(random), port: 3389, outcome });
  }
  scene.play(startsAt + 120_000);
  const host = scene.host(guilty);
  assertInfected(host, "rdp", startsAt, 60 * 500 + 1000);
  assert.ok((host.suspectAt ?? 0) - startsAt <= 25 * 500 + 1000);
  assertLeftAlone(scene);
});

test("a scan of one target a minute is found", () => {
  const { scene, random } = anOffice(0);
  for (let index = 0; index < 30; index += 1) {
    scene.syn(guilty, { at: startsAt + index * 60_000, to: anywhere(random), port: 445 });
  }
  scene.play(startsAt + 1_800_000);
  assert.equal(scene.host(guilty).verdict, "infected", ledger(scene.host(guilty)));
  assertLeftAlone(scene);
});

test("half of the site infected at once: all of them named, nobody else, and the line is not taken for dead", () => {
  const { scene, random } = anOffice(60_000);
  const infected = [60, 61, 62, 63, 64, 65, 66, 67];
  for (const [index, host] of infected.entries()) {
    for (let target = 0; target < 300; target += 1) {
      const at = startsAt + index * 13 + target * 150;
      scene.contact(host, { at, to: anywhere(random), port: 445, outcome: byChance(random) });
    }
  }
  const states = new Set<string>();
  for (let at = startsAt; at <= startsAt + 60_000; at += 5000) states.add(scene.play(at).judge.line().state);
  assert.ok(!states.has("dead"));
  for (const host of infected) assertInfected(scene.host(host), "smb", startsAt, 3000);
  assertLeftAlone(scene);
});
