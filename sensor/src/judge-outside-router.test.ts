import assert from "node:assert/strict";
import { test } from "node:test";
import { ethernet } from "./packet/frame-builder.ts";
import { hostAddress, lineOf, monday, officeAtWork, Scene, stranger } from "./judge-scene.ts";

/** The router's address on the provider's side, whoever behind it speaks. */
const office = 10;
const key = hostAddress(office);

test("outside the router somebody behind it is infected, and the ledger says how to find out who", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 120_000, "answered");
  for (let index = 0; index < 30; index += 1) {
    scene.syn(office, {
      at: monday + 60_000 + index * 500,
      to: stranger(index),
      port: 445,
      sourcePort: 40_000 + index,
    });
  }
  scene.play(monday + 121_000);
  const host = scene.hostByKey(key);
  assert.deepEqual([host.verdict, host.class, host.vector], ["infected", "scanner", "smb"]);
  assert.deepEqual([host.mac, host.name], [null, "Somebody behind the router"]);
  const line = lineOf(host, "behind-router");
  assert.equal(line?.weight, 0);
  assert.match(
    line?.text ?? "",
    /cannot be told from here.*Last on port 445: from source port 40029 to [\d.]+ at 2024-01-08 08:01:14 UTC.*router's log/,
  );
  assert.equal(scene.judge.hosts().length, 1, "nobody else is listed");
  assert.equal(scene.judge.line().state, "healthy");
});

test("outside the router an outage convicts nobody, and is told from the silence of all servers", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 120_000, "answered");
  officeAtWork(scene, [office], monday + 120_000, monday + 300_000, "silent");
  scene.play(monday + 300_000);
  assert.equal(scene.judge.line().state, "dead");
  assert.match(scene.judge.line().text, /servers that were asked gave no answer at all/);
  assert.equal(scene.hostByKey(key).verdict, "clear");
  officeAtWork(scene, [office], monday + 300_000, monday + 360_000, "answered");
  scene.play(monday + 360_000);
  assert.equal(scene.judge.line().state, "healthy");
});

/** The router looks for a provider by PPPoE, or a provider gives it a session. */
function dials(scene: Scene, at: number, code: 0x09 | 0x65 = 0x09): void {
  const bytes = ethernet(0x8863, [0x11, code, 0, code === 0x65 ? 7 : 0, 0, 0]);
  scene.frame(at, bytes, code === 0x65 ? "outside" : "inside");
}

test("a router that dials in vain says that the line is dead, though nobody asks anything any more", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 60_000, "answered");
  for (let at = monday + 61_000; at < monday + 90_000; at += 5000) dials(scene, at);
  scene.play(monday + 90_000);
  const dead = scene.judge.line();
  assert.deepEqual([dead.state, dead.since], ["dead", monday + 61_000]);
  assert.match(dead.text, /the router dials by PPPoE, and no provider gives it a session/);
  const provider = scene.judge.lineChecks().find(({ kind }) => kind === "provider");
  assert.deepEqual([provider?.state, provider?.silentSince], ["silent", monday + 61_000]);
  dials(scene, monday + 91_000, 0x65);
  officeAtWork(scene, [office], monday + 92_000, monday + 120_000, "answered");
  scene.play(monday + 120_000);
  assert.equal(scene.judge.line().state, "healthy");
});

test("a router that is given a session time after time and dials anew says that it is not let in, however long it is tried", () => {
  const dialling = (attempts: number): Scene => {
    const scene = new Scene({ isOutsideRouter: true });
    officeAtWork(scene, [office], monday, monday + 60_000, "answered");
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const at = monday + 61_000 + attempt * 10_000;
      dials(scene, at);
      dials(scene, at + 20, 0x65);
    }
    scene.play(monday + 125_000);
    return scene;
  };
  assert.notEqual(dialling(2).judge.line().state, "dead", "one session that is lost may be an outage's");
  const scene = dialling(6);
  const dead = scene.judge.line();
  assert.deepEqual([dead.state, dead.since], ["dead", monday + 61_000]);
  assert.match(dead.text, /refuses its login, or has closed the line/);
  dials(scene, monday + 130_000);
  dials(scene, monday + 130_100, 0x65);
  officeAtWork(scene, [office], monday + 131_000, monday + 160_000, "answered");
  scene.play(monday + 160_000);
  assert.equal(scene.judge.line().state, "healthy");
});

test("a session that carries is none that was refused, however often the router hangs up", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 60_000, "answered");
  for (let hangUp = 0; hangUp < 6; hangUp += 1) {
    const at = monday + 61_000 + hangUp * 20_000;
    dials(scene, at);
    dials(scene, at + 20, 0x65);
    officeAtWork(scene, [office], at + 500, at + 18_000, "answered");
  }
  scene.play(monday + 180_000);
  assert.equal(scene.judge.line().state, "healthy");
});

test("a confirmation without a session is a provider's refusal", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 60_000, "answered");
  for (let at = monday + 61_000; at < monday + 90_000; at += 5000) {
    dials(scene, at);
    scene.frame(at + 20, ethernet(0x8863, [0x11, 0x65, 0, 0, 0, 0]), "outside");
  }
  scene.play(monday + 90_000);
  assert.match(scene.judge.line().text, /no provider gives it a session/);
});

test("a router that dials and is given a session, or another customer's that is heard, says nothing of the line", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 60_000, "answered");
  dials(scene, monday + 61_000);
  dials(scene, monday + 61_500);
  dials(scene, monday + 61_600, 0x65);
  for (let at = monday + 62_000; at < monday + 90_000; at += 5000) {
    scene.frame(at, ethernet(0x8863, [0x11, 0x09, 0, 0, 0, 0]), "outside");
  }
  scene.play(monday + 90_000);
  assert.equal(scene.judge.line().state, "healthy");
  // What is answered shows that there is a session, whoever else dials.
  officeAtWork(scene, [office], monday + 90_000, monday + 120_000, "answered");
  for (let at = monday + 90_500; at < monday + 120_000; at += 2000) dials(scene, at);
  scene.play(monday + 120_000);
  assert.equal(scene.judge.line().state, "healthy");
});

test("who calls many servers in vain does not make the line look dead while others are answered", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 120_000, "answered");
  for (let index = 0; index < 100; index += 1) {
    const at = monday + 30_000 + index * 300;
    // Looked up before, as a machine does that knows the names of servers which are long gone.
    scene.lookUp(office, { at, name: `gone${index}.example`, addresses: [stranger(7000 + index)] });
    scene.contact(office, { at: at + 40, to: stranger(7000 + index), port: 443 });
  }
  scene.play(monday + 61_000);
  assert.notEqual(scene.judge.line().state, "dead");
});

test("a mail server behind the router is excused by its one name, but no mailer beside it", () => {
  for (const isBesideMailer of [false, true]) {
    const scene = new Scene({ isOutsideRouter: true });
    scene.serves(office, { at: monday, client: stranger(900), port: 25 });
    for (let index = 0; index < 40; index += 1) {
      const at = monday + 2000 + index * 100;
      const exchange = `mx1.firm${index}.example`;
      scene.lookUpMx(office, { at, domain: `firm${index}.example`, exchange });
      scene.lookUp(office, { at: at + 1, name: exchange, addresses: [stranger(700 + index)] });
      scene.contact(office, { at: at + 20, to: stranger(700 + index), port: 25, outcome: "answered" });
      scene.says(office, { at: at + 50, to: stranger(700 + index), line: "EHLO mail.office.example" });
    }
    if (isBesideMailer) scene.says(office, { at: monday + 4000, to: stranger(720), line: "EHLO friend" });
    scene.play(monday + 10_000);
    const host = scene.hostByKey(key);
    assert.equal(host.role.name, "unknown");
    assert.equal(host.verdict === "infected" || host.verdict === "suspect", isBesideMailer, host.verdict);
    assert.equal(host.suspectAt !== null, isBesideMailer);
    assert.equal(lineOf(host, "mail-server-role") === undefined, isBesideMailer);
  }
});

test("a mail server behind the router excuses nobody who calls many servers and greets none", () => {
  const scene = new Scene({ isOutsideRouter: true });
  scene.serves(office, { at: monday, client: stranger(900), port: 25 });
  for (let index = 0; index < 30; index += 1) {
    scene.contact(office, { at: monday + 2000 + index * 100, to: stranger(700 + index), port: 25, outcome: "silent" });
  }
  scene.play(monday + 10_000);
  assert.equal(scene.hostByKey(key).verdict, "infected");
});

test("an IPv6 address is a machine of its own, and what the router says on the link is none", () => {
  const scene = new Scene({ isOutsideRouter: true });
  scene.dhcp(office, { at: monday, name: "router" });
  for (let index = 0; index < 12; index += 1) {
    scene.syn6({
      at: monday + index * 500,
      from: "2001:db8:77::a",
      to: `2001:db8:${(index + 1).toString(16)}::1`,
      port: 445,
    });
    scene.syn6({
      at: monday + index * 500 + 1,
      from: "fe80::1",
      to: `2001:db8:${(index + 1).toString(16)}::1`,
      port: 445,
    });
  }
  scene.play(monday + 30_000);
  assert.deepEqual(
    scene.judge.hosts().map(({ host, name }) => [host, name]),
    [["2001:db8:77::a", null]],
  );
  assert.equal(scene.hostByKey("2001:db8:77::a").verdict, "infected");
  assert.equal(lineOf(scene.hostByKey("2001:db8:77::a"), "behind-router"), undefined);
});

test("a restart takes up that the address stands for many", () => {
  const scene = new Scene({ isOutsideRouter: true });
  officeAtWork(scene, [office], monday, monday + 10_000, "answered");
  scene.play(monday + 10_000);
  const after = new Scene({ isOutsideRouter: true });
  after.judge.restore(scene.judge.checkpoint());
  for (let index = 0; index < 12; index += 1) {
    after.syn(office, { at: monday + 20_000 + index * 500, to: stranger(index), port: 445 });
  }
  after.play(monday + 40_000);
  assert.ok(lineOf(after.hostByKey(key), "behind-router") !== undefined);
});
