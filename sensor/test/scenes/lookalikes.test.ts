import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, monday, stranger } from "../../src/judge-scene.ts";
import { anOffice, anywhere, assertLeftAlone, ledger, startsAt } from "./office.ts";

/** Single programs of people whose traffic has one trait of a worm's or a mailer's. Names are only known after an hour. */

const laterMs = 2 * 3_600_000;
const at0 = startsAt + laterMs;
const person = 30;

test("a mail program's wizard that guesses servers and ports: clear", () => {
  const { scene } = anOffice(60_000);
  for (const [index, guess] of ["imap", "pop", "pop3", "smtp", "mail"].entries()) {
    const name = `${guess}.firm.example`;
    if (index % 2 === 1) {
      scene.missName(person, { at: startsAt + index * 20, name });
      continue;
    }
    scene.lookUp(person, { at: startsAt + index * 20, name, addresses: [stranger(700)] });
    for (const [step, port] of [993, 143, 995, 110, 465, 587, 25].entries()) {
      const outcome = port === 993 || port === 465 ? "answered" : "silent";
      scene.contact(person, { at: startsAt + 300 + index * 40 + step, to: stranger(700), port, outcome });
    }
  }
  scene.play(startsAt + 60_000);
  assert.equal(scene.host(person).verdict, "clear", ledger(scene.host(person)));
});

test("a printer's installer that asks the whole own network on two ports: watched at most for its asking", () => {
  const { scene } = anOffice(60_000);
  for (let number = 1; number < 255; number += 1) {
    const at = startsAt + number * 120;
    scene.arpRequest(person, { at, target: hostAddress(number) });
    // Who is not there is never sent a packet; of the few that are, the printer answers.
    if (number % 25 !== 0) continue;
    for (const port of [9100, 80]) {
      scene.contact(person, {
        at: at + 1,
        to: hostAddress(number),
        port,
        outcome: number === 100 ? "answered" : "refused",
      });
    }
  }
  scene.play(startsAt + 90_000);
  assertLeftAlone(scene, [person]);
});

for (const [name, targets, ports, silentShare] of [
  ["an anonymity network whose directories are all blocked", 14, [443, 9001, 9030, 80], 1],
  ["a wallet with a list of servers, half of them dead", 15, [50_001, 50_002, 8333], 0.5],
  ["a remote maintenance tool whose relays are mostly dead", 12, [5938, 443, 80], 0.7],
] as const) {
  test(`${name}: watched at most`, () => {
    const { scene, random } = anOffice(0);
    scene.page(person, { at: startsAt, site: 1 });
    for (let index = 0; index < 40; index += 1) scene.page(person, { at: at0 + index * 3000, site: index });
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < targets; index += 1) {
        const at = at0 + round * 20_000 + index * 400 + random.below(1500);
        const outcome = index < silentShare * targets ? "silent" : "answered";
        scene.contact(person, { at, to: stranger(800 + index), port: ports[index % ports.length] ?? 443, outcome });
      }
    }
    scene.play(at0 + 180_000);
    assertLeftAlone(scene, [person]);
  });
}

for (const areNamesSeen of [true, false]) {
  test(`QUIC that a firewall swallows, a call by TCP after each, names ${areNamesSeen ? "seen" : "hidden"}: clear`, () => {
    const { scene } = anOffice(0);
    scene.page(person, { at: startsAt, site: 1 });
    for (let index = 0; index < 200; index += 1) {
      const at = at0 + index * 700;
      const to = stranger(5000 + index);
      if (areNamesSeen) scene.lookUp(person, { at, name: `www.site${index}.example`, addresses: [to] });
      scene.datagram(person, { at: at + 30, to, port: 443, sourcePort: 30_000 + index });
      scene.contact(person, { at: at + 250, to, port: 443, outcome: "answered" });
    }
    scene.play(at0 + 180_000);
    assert.equal(scene.host(person).verdict, "clear", ledger(scene.host(person)));
  });
}

test("a spray whose targets answer by nothing else stays one, however many pages load beside it", () => {
  const { scene, random } = anOffice(0);
  for (let index = 0; index < 100; index += 1) {
    scene.page(person, { at: at0 + index * 500, site: index });
    scene.datagram(person, {
      at: at0 + index * 500 + 100,
      to: anywhere(random),
      port: 443,
      sourcePort: 30_000 + index,
    });
  }
  scene.play(at0 + 120_000);
  assert.equal(scene.host(person).verdict, "suspect", ledger(scene.host(person)));
});

test("a telephone that a hub sends out untranslated, answered by nobody: watched at most", () => {
  const { scene, random } = anOffice(300_000);
  scene.dhcp(person, { at: monday, name: "hub" });
  for (let index = 0; index < 100; index += 1) {
    const source = `100.64.7.${1 + (index % 2)}`;
    scene.syn(person, {
      at: startsAt + index * 2500,
      source,
      to: anywhere(random),
      port: index % 3 === 0 ? 5228 : 443,
    });
  }
  scene.play(startsAt + 300_000);
  for (const host of scene.judge.hosts()) {
    assert.ok(["clear", "watched"].includes(host.verdict), `${host.host} is ${host.verdict}: ${ledger(host)}`);
  }
});

test("a filter of spam that asks block lists and calls senders' servers back: clear on the mail server that it is", () => {
  const { scene } = anOffice(600_000);
  const server = 40;
  for (let mail = 0; mail < 100; mail += 1) {
    const at = startsAt + mail * 6000;
    scene.serves(server, { at, client: stranger(1000 + mail), port: 25 });
    for (let zone = 0; zone < 8; zone += 1) {
      const name = `${mail}.113.0.203.list${zone}.blocks.example`;
      if ((mail + zone) % 5 === 0) scene.lookUp(server, { at: at + 50 + zone, name, addresses: ["127.0.0.2"] });
      else scene.missName(server, { at: at + 50 + zone, name });
    }
    if (mail % 5 !== 0) continue;
    const to = stranger(3000 + mail);
    scene.lookUpMx(server, { at: at + 100, domain: `from${mail}.example`, exchange: `mx.from${mail}.example` });
    scene.lookUp(server, { at: at + 150, name: `mx.from${mail}.example`, addresses: [to] });
    scene.contact(server, { at: at + 200, to, port: 25, outcome: "answered" });
    scene.says(server, { at: at + 300, to, line: "EHLO mail.office.example" });
    scene.says(server, { at: at + 320, to, line: "MAIL FROM:<>" });
    scene.says(server, { at: at + 340, to, line: `RCPT TO:<a@from${mail}.example>` });
  }
  scene.play(startsAt + 620_000);
  assert.equal(scene.host(server).verdict, "clear", ledger(scene.host(server)));
  assert.equal(scene.host(server).suspectAt, null);
});
