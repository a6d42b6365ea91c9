import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, stranger, type Scene } from "../../src/judge-scene.ts";
import { anOffice, assertInfected, assertLeftAlone, ledger, startsAt } from "./office.ts";

const guilty = 66;

/** Nine servers of four providers, as a captured bot looked them up. */
const servers = ["a", "a", "a", "b", "b", "c", "c", "d", "d"].map((provider, index) => ({
  name: `mx${index}.mail.provider-${provider}.example`,
  address: stranger(700 + index),
}));

function mail(scene: Scene, host: number, from: number): void {
  for (let round = 0; round < 2; round += 1) {
    for (const [index, { name, address }] of servers.entries()) {
      scene.lookUp(host, { at: from + round * 1000 + index * 11, name, addresses: [address] });
    }
  }
  for (let index = 0; index < 12; index += 1) {
    const to = servers[index % servers.length]?.address ?? "";
    const outcome = index === 5 ? "silent" : "answered";
    scene.contact(host, { at: from + 1200 + index * 9, to, port: 25, outcome });
    scene.says(host, { at: from + 1500 + index * 9, to, line: `HELO ws${index * 7919}` });
  }
}

test("a mailer without questions for exchangers, all of whose calls succeed: infected in 2 s, watched at most before", () => {
  const { scene } = anOffice(600_000);
  for (const at of [26_000, 523_000]) {
    for (const port of [443, 2525, 25]) {
      scene.contact(guilty, { at: startsAt + at, to: stranger(900), port, outcome: "answered" });
    }
  }
  mail(scene, guilty, startsAt + 480_000);
  scene.play(startsAt + 600_000);
  assertInfected(scene.host(guilty), "mail", startsAt + 481_200, 2000);
  assert.ok((scene.host(guilty).suspectAt ?? 0) > startsAt + 480_000);
  assertLeftAlone(scene);
});

/** A newsletter: many domains, few providers, one name, one sender. */
function newsletter(scene: Scene, host: number, from: number): void {
  for (let index = 0; index < 900; index += 1) {
    const provider = index % 3 === 0 ? index : index % 5;
    const name = `mx.provider-${provider}.example`;
    const to = stranger(2000 + provider);
    const at = from + index * 300;
    scene.lookUp(host, { at, name, addresses: [to] });
    scene.contact(host, { at: at + 50, to, port: 25, outcome: index % 33 === 0 ? "silent" : "answered" });
    scene.says(host, { at: at + 120, to, line: "EHLO mail.office.example" });
    scene.says(host, { at: at + 140, to, line: "MAIL FROM:<news@office.example>" });
  }
}

test("a mail server that was one before sends a newsletter: clear", () => {
  const { scene } = anOffice(60_000);
  for (let index = 0; index < 5; index += 1) {
    scene.serves(40, { at: monday + 1000 + index * 9000, client: stranger(300 + index), port: 25 });
  }
  newsletter(scene, 40, startsAt);
  scene.play(startsAt + 300_000);
  assert.equal(scene.host(40).verdict, "clear", ledger(scene.host(40)));
  assertLeftAlone(scene);
});

test("the same from a desktop that served nobody: suspect at most, by its mail alone", () => {
  const { scene } = anOffice(60_000);
  newsletter(scene, 40, startsAt);
  scene.play(startsAt + 300_000);
  const host = scene.host(40);
  assert.ok(["watched", "suspect"].includes(host.verdict), ledger(host));
  assert.equal(host.vector, "mail");
  assert.ok(lineOf(host, "constant-envelope") !== undefined);
});

test("a printer that mails to one provider's many addresses stays clear or is watched, however often", () => {
  const { scene } = anOffice(60_000);
  for (let index = 0; index < 40; index += 1) {
    const to = stranger(500 + (index % 12));
    scene.lookUp(41, { at: startsAt + index * 30_000, name: "office-example.mail.provider.example", addresses: [to] });
    scene.contact(41, { at: startsAt + index * 30_000 + 50, to, port: 25, outcome: "answered" });
  }
  scene.play(startsAt + 1_300_000);
  assertLeftAlone(scene, [41]);
});
