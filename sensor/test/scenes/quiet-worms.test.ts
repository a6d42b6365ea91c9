import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, stranger } from "../../src/judge-scene.ts";
import { anOffice, anywhere, assertInfected, assertLeftAlone, ledger, shuffledNetwork, startsAt } from "./office.ts";

/** Malicious programs that hide among their like, or do not look for strangers on ports of worms at all. */

const guilty = 66;

test("a worm that goes through its own network and calls whom it knows: suspect, for a person to ask", () => {
  const { scene, random } = anOffice(120_000);
  for (const [index, number] of shuffledNetwork(random).entries()) {
    scene.arpRequest(guilty, { at: startsAt + index * 30, target: hostAddress(number) });
  }
  for (let index = 0; index < 12; index += 1) {
    for (const port of [445, 139]) {
      scene.contact(guilty, {
        at: startsAt + 9000 + index * 300,
        to: hostAddress(10 + index),
        port,
        outcome: "answered",
      });
    }
  }
  scene.play(startsAt + 120_000);
  const host = scene.host(guilty);
  assert.ok(["suspect", "infected"].includes(host.verdict), ledger(host));
  assert.match(lineOf(host, "arp-sweep")?.text ?? "", /own network/);
  assertLeftAlone(scene);
});

test("a bot that draws up names and asks peers of which hardly one answers: peer-to-peer does not acquit it", () => {
  const { scene, random } = anOffice(600_000);
  for (let index = 0; index < 25; index += 1) {
    scene.missName(guilty, {
      at: startsAt + index * 20_000,
      name: `${"qwzrtpxk".slice(index % 5)}${index * 7919}.example`,
    });
  }
  for (let index = 0; index < 400; index += 1) {
    const outcome = index % 50 === 0 ? "answered" : "silent";
    const port = 1024 + random.below(60_000);
    scene.datagram(guilty, { at: startsAt + 60_000 + index * 100, to: anywhere(random), port, outcome });
  }
  scene.play(startsAt + 620_000);
  const host = scene.host(guilty);
  assert.ok(["suspect", "infected"].includes(host.verdict), ledger(host));
  assert.ok(lineOf(host, "udp-spray") !== undefined, ledger(host));
  assertLeftAlone(scene);
});

test("a mailer that asks root servers itself: infected by its mail", () => {
  const { scene } = anOffice(60_000);
  for (let index = 0; index < 40; index += 1) {
    const at = startsAt + index * 250;
    const name = `mx.firm${index}.example`;
    scene.lookUp(guilty, { at, name, addresses: [stranger(700 + index)], resolver: stranger(50 + (index % 13)) });
    scene.contact(guilty, {
      at: at + 60,
      to: stranger(700 + index),
      port: 25,
      outcome: index % 3 === 0 ? "silent" : "answered",
    });
  }
  scene.play(startsAt + 60_000);
  assertInfected(scene.host(guilty), "mail", startsAt, 2000);
  assertLeftAlone(scene);
});

test("a bot that reaches its master evenly, on a port that nobody knows: suspect", () => {
  const { scene } = anOffice(300_000);
  for (let index = 0; index < 20; index += 1) {
    scene.contact(guilty, { at: startsAt + index * 10_000, to: stranger(900), port: 8081, outcome: "answered" });
  }
  scene.play(startsAt + 300_000);
  assert.equal(scene.host(guilty).verdict, "suspect", ledger(scene.host(guilty)));
  assertLeftAlone(scene);
});
