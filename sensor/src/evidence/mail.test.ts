import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";

/** Looks up the mail server of firm `index` and calls it. */
function mailTo(
  scene: Scene,
  host: number,
  fields: { at: number; index: number; port?: number; outcome?: "answered" | "refused" | "silent"; name?: string },
): void {
  const to = stranger(700 + fields.index);
  const name = fields.name ?? `mx1.firm${fields.index}.example`;
  scene.lookUp(host, { at: fields.at - 50, name, addresses: [to] });
  scene.contact(host, { at: fields.at, to, port: fields.port ?? 25, outcome: fields.outcome ?? "answered" });
}

for (const outcome of ["answered", "refused", "silent"] as const) {
  test(`a mailer to three providers within two seconds is named where every server is ${outcome}`, () => {
    const scene = new Scene();
    for (let index = 0; index < 3; index += 1) mailTo(scene, 10, { at: monday + 100 + index * 500, index, outcome });
    scene.play();
    const host = scene.host(10);
    assert.equal(host.verdict, "infected");
    assert.equal(host.class, "mass-mailer");
    assert.equal(host.vector, "mail");
    assert.equal(host.contactsBeforeSuspect, 3);
    assert.equal(
      lineOf(host, "mail-fan-out")?.text,
      "Tried 3 mail servers, of 3 providers within 1 s. A person's program uses one or two.",
    );
  });
}

test("a slow mailer to five providers within ten minutes is named, to four it is not", () => {
  const scene = new Scene();
  for (let index = 0; index < 4; index += 1) mailTo(scene, 10, { at: monday + 1000 + index * 120_000, index });
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
  mailTo(scene, 10, { at: monday + 1000 + 4 * 120_000, index: 4 });
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
});

test("five providers over an hour are no fan-out", () => {
  const scene = new Scene();
  for (let index = 0; index < 6; index += 1) mailTo(scene, 10, { at: monday + 1000 + index * 700_000, index });
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("nameless servers in five networks convict, also when nothing answers", () => {
  const scene = new Scene();
  for (let index = 0; index < 5; index += 1)
    scene.syn(10, { at: monday + index * 1000, to: stranger(index), port: 25 });
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.match(lineOf(scene.host(10), "mail-fan-out")?.text ?? "", /5 networks that nobody had looked up/);
});

test("one provider's nameless pool of submission servers convicts nobody", () => {
  const scene = new Scene();
  for (let index = 0; index < 8; index += 1)
    scene.syn(10, { at: monday + index * 60_000, to: stranger(index), port: 587 });
  scene.play();
  assert.notEqual(scene.host(10).verdict, "infected");
  assert.equal(scene.host(10).suspectAt, null);
});

test("a bot without a single question for mail exchangers, whose every name has several addresses, is named by its providers", () => {
  const scene = new Scene();
  for (let index = 0; index < 9; index += 1) {
    mailTo(scene, 10, { at: monday + 100 + index * 10, index, name: `mx${index}.provider${index % 4}.example` });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.equal(lineOf(scene.host(10), "mx-lookups"), undefined);
});

test("a printer in direct send calls many addresses of one provider, and stays clear", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    mailTo(scene, 10, { at: monday + 100 + index * 200, index, name: `mx${index % 5}.mail.tenant.example` });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(lineOf(scene.host(10), "mail-addresses"), undefined);
});

test("many addresses of two providers are watched", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    mailTo(scene, 10, { at: monday + 100 + index * 200, index, name: `mx${index}.provider${index % 2}.example` });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "watched");
  assert.equal(scene.host(10).risk, "low");
  assert.equal(lineOf(scene.host(10), "mail-addresses")?.count, 12);
});

test("a mail program with three accounts is clear", () => {
  const scene = new Scene();
  for (let round = 0; round < 5; round += 1) {
    for (let index = 0; index < 3; index += 1) {
      const at = monday + 1000 + round * 300_000 + index * 100;
      mailTo(scene, 10, { at, index, port: index === 0 ? 465 : 587, name: `smtp.account${index}.example` });
    }
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("an account wizard that guesses names of one domain is clear", () => {
  const scene = new Scene();
  const guesses = ["smtp", "mail", "imap", "pop", "pop3"];
  for (const [index, guess] of guesses.entries()) {
    for (const port of [25, 465, 587]) {
      mailTo(scene, 10, {
        at: monday + 100 + index * 40,
        index: index % 2,
        port,
        name: `${guess}.firm.example`,
        outcome: "silent",
      });
    }
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("a mail server with a newsletter is clear once it is known to take mail from outside", () => {
  const scene = new Scene();
  scene.serves(10, { at: monday, client: stranger(1), port: 25 });
  for (let index = 0; index < 60; index += 1) {
    mailTo(scene, 10, { at: monday + 60_000 + index * 100, index, outcome: index % 30 === 0 ? "silent" : "answered" });
    scene.lookUpMx(10, {
      at: monday + 59_000 + index * 100,
      domain: `firm${index}.example`,
      exchange: `mx1.firm${index}.example`,
    });
    scene.says(10, { at: monday + 60_100 + index * 100, to: stranger(700 + index), line: "EHLO mail.office.example" });
  }
  scene.play(monday + 120_000);
  const host = scene.host(10);
  assert.equal(host.role.name, "mail-server");
  assert.equal(host.verdict, "clear");
  assert.equal(host.suspectAt, null);
  const defence = lineOf(host, "mail-server-role");
  assert.ok((defence?.weight ?? 0) < 0);
  assert.equal(host.score, 0);
});

test("a declared mail server is defended from the start, but not when it scans", () => {
  const scene = new Scene({ declared: [{ mac: "02:00:00:00:00:0A", role: "mail-server" }] });
  for (let index = 0; index < 30; index += 1) mailTo(scene, 10, { at: monday + 100 + index * 50, index });
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
  for (let index = 0; index < 10; index += 1)
    scene.syn(10, { at: monday + 5000 + index, to: stranger(index), port: 445 });
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.equal(scene.host(10).class, "scanner");
});

test("answering on port 25 to a neighbour only makes no mail server", () => {
  const scene = new Scene();
  scene.contact(11, { at: monday, to: "192.168.1.10", port: 25, outcome: "answered" });
  scene.play();
  assert.equal(scene.host(10).role.name, "unknown");
});

test("a host that asks for many domains' mail exchangers itself and calls one is watched for it", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    scene.lookUpMx(10, { at: monday + index * 300, domain: `firm${index}.example`, exchange: "mx.example" });
  }
  mailTo(scene, 10, { at: monday + 4000, index: 0 });
  scene.play();
  assert.equal(scene.host(10).verdict, "watched");
  assert.equal(lineOf(scene.host(10), "mx-lookups")?.count, 12);
});

test("a host that asks for many domains' mail exchangers and calls none asks for others", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    scene.lookUpMx(10, { at: monday + index * 300, domain: `firm${index}.example`, exchange: "mx.example" });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("three greetings by different names are a line of their own", () => {
  const scene = new Scene();
  const names = ["alpha.example", "beta.example", "gamma.example"];
  for (const [index, name] of names.entries()) {
    mailTo(scene, 10, { at: monday + 1000 + index * 200_000, index: 0 });
    scene.says(10, { at: monday + 2000 + index * 200_000, to: stranger(700), line: `HELO ${name}` });
    scene.says(10, { at: monday + 2100 + index * 200_000, to: stranger(700), line: "MAIL FROM:<a@office.example>" });
  }
  scene.play();
  assert.equal(lineOf(scene.host(10), "envelope-variety")?.count, 3);
  assert.equal(scene.host(10).verdict, "watched");
});

test("one greeting in many conversations says nothing", () => {
  const scene = new Scene();
  for (let index = 0; index < 30; index += 1) {
    scene.says(10, { at: monday + index * 100, to: stranger(700), line: "EHLO desk.office.example" });
    scene.says(10, { at: monday + index * 100 + 10, to: stranger(700), line: "MAIL FROM:<a@office.example>" });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("a newsletter from a desktop, with one greeting and one sender, stays suspect", () => {
  const scene = new Scene();
  for (let index = 0; index < 40; index += 1) {
    mailTo(scene, 10, { at: monday + 1000 + index * 500, index });
    scene.says(10, { at: monday + 1200 + index * 500, to: stranger(700 + index), line: "EHLO desk.office.example" });
    scene.says(10, {
      at: monday + 1300 + index * 500,
      to: stranger(700 + index),
      line: "MAIL FROM:<news@office.example>",
    });
  }
  scene.play();
  const host = scene.host(10);
  assert.equal(host.verdict, "suspect");
  assert.equal(lineOf(host, "constant-envelope")?.for, false);
});

test("a checkpoint holds no envelope in clear", () => {
  const scene = new Scene();
  for (let index = 0; index < 5; index += 1) {
    scene.says(10, { at: monday + index * 100, to: stranger(700), line: `HELO secret${index}.example` });
    scene.says(10, {
      at: monday + index * 100 + 1,
      to: stranger(700),
      line: `MAIL FROM:<boss@secret${index}.example>`,
    });
  }
  scene.play();
  assert.ok(!JSON.stringify(scene.judge.checkpoint()).includes("secret"));
});
