import assert from "node:assert/strict";
import { test } from "node:test";
import {
  hostAddress,
  hostKey,
  hostMac,
  lineOf,
  monday,
  officeAtWork,
  providerResolver,
  Scene,
  stranger,
} from "./judge-scene.ts";

test("five unanswered strangers on port 445 make a suspect, ten an infected scanner", () => {
  const scene = new Scene();
  for (let index = 0; index < 5; index += 1)
    scene.syn(10, { at: monday + index * 100, to: stranger(index), port: 445 });
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.equal(scene.host(10).contactsBeforeSuspect, 5);
  for (let index = 5; index < 10; index += 1)
    scene.syn(10, { at: monday + index * 100, to: stranger(index), port: 445 });
  scene.play();
  const host = scene.host(10);
  assert.equal(host.verdict, "infected");
  assert.equal(host.class, "scanner");
  assert.equal(host.vector, "smb");
  assert.equal(host.risk, "high");
  assert.equal(host.suspectAt, monday + 400);
  assert.equal(host.infectedAt, monday + 900);
  assert.match(
    lineOf(host, "address-scan")?.text ?? "",
    /^Tried 10 addresses for Windows file sharing within 1 s; none answered\./,
  );
});

test("ports are counted over the set: seven services, two strangers each", () => {
  const scene = new Scene();
  const ports = [22, 445, 1433, 3389, 6379, 8088, 23];
  for (let index = 0; index < 14; index += 1) {
    scene.syn(10, { at: monday + index * 15_000, to: stranger(index), port: ports[index % ports.length] ?? 445 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
});

test("repeats of a SYN to one target are one contact", () => {
  const scene = new Scene();
  for (const afterMs of [0, 1000, 3000, 7000, 15_000]) {
    scene.syn(10, { at: monday + afterMs, to: stranger(1), port: 445, sourcePort: 50_000 });
  }
  scene.play();
  assert.equal(scene.host(10).contacts, 1);
  assert.equal(scene.host(10).verdict, "clear");
});

test("an answer that comes late credits the contact until the decision stands", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    scene.contact(10, { at: monday + index, to: stranger(index), port: 3389, outcome: "answered", afterMs: 700 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
  assert.notEqual(scene.host(10).infectedAt, null);
});

test("a decision that ripened is not bought back by answers", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1)
    scene.syn(10, { at: monday + index * 50, to: stranger(index), port: 445 });
  scene.play(monday + 10_000);
  for (let index = 0; index < 40; index += 1) {
    scene.contact(10, {
      at: monday + 20_000 + index * 2000,
      to: stranger(100 + index),
      port: 445,
      outcome: "answered",
    });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
});

test("a list on which everything answers is known by its length", () => {
  const scene = new Scene();
  for (let index = 0; index < 60; index += 1) {
    scene.contact(10, { at: monday + index * 500, to: stranger(index), port: 3389, outcome: "answered" });
    if (index === 24) {
      scene.play();
      assert.equal(scene.host(10).verdict, "suspect");
    }
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.equal(scene.host(10).vector, "rdp");
});

test("a page that loads from fifty hosts is clear", () => {
  const scene = new Scene();
  for (let site = 0; site < 50; site += 1) scene.page(10, { at: monday + site * 60, site });
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(scene.host(10).class, null);
  assert.ok((lineOf(scene.host(10), "answered-contacts")?.count ?? 0) >= 40);
});

test("a backup of twenty machines of which six are off is no scan", () => {
  const scene = new Scene();
  for (let index = 0; index < 20; index += 1) {
    const to = hostAddress(100 + index);
    const outcome = index % 3 === 2 ? "silent" : "answered";
    scene.contact(10, { at: monday + index * 5, to, port: 445, outcome, afterMs: 40 });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(scene.host(10).suspectAt, null);
});

test("a backup that knows its machines by name is clear", () => {
  const scene = new Scene();
  for (let index = 0; index < 20; index += 1) {
    const to = `192.168.7.${100 + index}`;
    scene.lookUp(10, {
      at: monday + index * 5,
      name: `pc${index}.office.example`,
      addresses: [to],
      resolver: hostAddress(5),
    });
    scene.contact(10, { at: monday + 1000 + index * 5, to, port: 445, outcome: index < 6 ? "silent" : "answered" });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("a storm of retries at three targets is explained, not accused", () => {
  const scene = new Scene();
  const tries = [400, 350, 60, 40, 30, 20, 20, 10, 5];
  for (const [index, count] of tries.entries()) {
    for (let attempt = 0; attempt < count; attempt += 1) {
      scene.syn(20 + index, {
        at: monday + attempt * 1700 + index,
        to: stranger(attempt % 3),
        port: 80,
        sourcePort: 30_000 + attempt,
      });
    }
  }
  scene.play(monday + 800_000);
  for (let index = 0; index < tries.length; index += 1) {
    assert.ok(["clear", "watched"].includes(scene.host(20 + index).verdict));
    assert.equal(scene.host(20 + index).suspectAt, null);
  }
  const line = lineOf(scene.host(20), "retry-storm");
  assert.equal(line?.for, false);
  assert.match(line?.text ?? "", /The port that rises is the source port; the targets never change/);
});

test("a sweep of a strange network convicts on any port, one of the own network asks a person", () => {
  const scene = new Scene();
  for (let index = 1; index <= 80; index += 1) {
    scene.syn(10, { at: monday + index * 8, to: `203.0.113.${index}`, port: 80 });
    scene.syn(11, { at: monday + index * 8, to: hostAddress(index + 100), port: 80 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.equal(scene.host(10).vector, "web");
  assert.equal(scene.host(11).verdict, "suspect");
  assert.match(lineOf(scene.host(11), "network-sweep")?.text ?? "", /own network/);
});

test("a network inspector that knocks at every machine it heard makes a suspect at most", () => {
  const scene = new Scene();
  for (let index = 1; index < 255; index += 1) {
    scene.arpRequest(10, { at: monday + index * 80, target: hostAddress(index) });
  }
  for (let index = 0; index < 12; index += 1) {
    for (const port of [23, 80, 445]) {
      scene.contact(10, {
        at: monday + 25_000 + index * 100,
        to: hostAddress(100 + index),
        port,
        outcome: "refused",
        afterMs: 1,
      });
    }
  }
  scene.play(monday + 60_000);
  assert.notEqual(scene.host(10).verdict, "infected");
});

test("strangers on ordinary ports alone never make a suspect", () => {
  const scene = new Scene();
  const start = monday + 2 * 3_600_000;
  scene.page(10, { at: monday, site: 1 });
  for (let index = 0; index < 200; index += 1) {
    scene.page(10, { at: start + index * 1000, site: index });
    scene.syn(10, { at: start + index * 1000 + 500, to: stranger(index), port: 8333 });
  }
  scene.play(start + 300_000);
  assert.notEqual(scene.host(10).verdict, "infected");
  assert.equal(scene.host(10).suspectAt, null);
  assert.ok(lineOf(scene.host(10), "failed-contacts") !== undefined);
});

test("peer-to-peer explains its high ports, and nothing on port 23", () => {
  const scene = new Scene();
  const start = monday + 2 * 3_600_000;
  for (const host of [10, 11]) {
    scene.page(host, { at: monday, site: 1 });
    for (let index = 0; index < 100; index += 1) {
      scene.page(host, { at: start + index * 1000, site: index });
      const outcome = index % 3 === 0 ? "answered" : "silent";
      scene.contact(host, { at: start + index * 1000, to: stranger(index), port: 20_000 + index * 31, outcome });
      if (host === 11 && index < 12) scene.syn(host, { at: start + index * 1000, to: stranger(300 + index), port: 23 });
    }
  }
  scene.play(start + 200_000);
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(lineOf(scene.host(10), "peer-to-peer")?.for, false);
  assert.equal(scene.host(11).verdict, "infected");
  assert.equal(scene.host(11).vector, "telnet");
});

test("a phone of which one direction was captured is clear, and the ledger says why", () => {
  const scene = new Scene();
  for (let index = 0; index < 100; index += 1)
    scene.syn(10, { at: monday + index * 1000, to: stranger(index), port: 443 });
  scene.play(monday + 130_000);
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(lineOf(scene.host(10), "one-sided")?.for, false);
});

test("in a capture of what leaves alone, a server that answers strangers is no answer to anybody here", () => {
  const scene = new Scene();
  for (let index = 0; index < 30; index += 1) {
    scene.serves(11, { at: monday + index * 1000, client: stranger(500 + index), port: 25, isCallCaptured: false });
    scene.syn(10, { at: monday + index * 1000 + 1, to: stranger(index), port: 443 });
  }
  scene.play(monday + 60_000);
  assert.ok(scene.judge.isOneSided);
  assert.equal(scene.host(10).verdict, "clear");
  scene.contact(10, { at: monday + 61_000, to: stranger(600), port: 443, outcome: "answered" });
  scene.play();
  assert.ok(!scene.judge.isOneSided);
});

test("what our own rules stop is an attempt, not an outcome", () => {
  const scene = new Scene();
  for (let index = 0; index < 20; index += 1) {
    scene.syn(10, { at: monday + index * 100, to: stranger(index), port: 445, mark: "stopped" });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(lineOf(scene.host(10), "refused-by-us")?.count, 20);
  for (let index = 20; index < 60; index += 1) {
    scene.syn(10, { at: monday + 61_000 + index * 100, to: stranger(index), port: 445, mark: "stopped" });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
});

test("what the gateway forbids weighs nothing", () => {
  const scene = new Scene();
  for (let index = 0; index < 12; index += 1) {
    scene.syn(10, { at: monday + index * 1000, to: stranger(index), port: 22 });
    scene.icmpError(10, { at: monday + index * 1000 + 2, code: 13, to: stranger(index), port: 22 });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
  assert.equal(lineOf(scene.host(10), "refused-by-gateway")?.count, 12);
});

test("behind a router hosts are known by their addresses, and only the guilty one is named", () => {
  const scene = new Scene();
  const router = hostMac(200);
  for (let number = 1; number <= 6; number += 1) {
    const source = `10.0.5.${number}`;
    scene.contact(200, {
      at: monday + number * 100,
      source,
      mac: router,
      to: stranger(number),
      port: 443,
      outcome: "answered",
    });
  }
  for (let index = 0; index < 12; index += 1) {
    scene.syn(200, {
      at: monday + 5000 + index * 50,
      source: "10.0.5.3",
      mac: router,
      to: stranger(50 + index),
      port: 445,
    });
  }
  scene.play();
  assert.equal(scene.hostByKey("10.0.5.3").verdict, "infected");
  assert.equal(scene.hostByKey("10.0.5.3").mac, null);
  assert.deepEqual(
    scene.judge
      .hosts()
      .filter((host) => host.verdict !== "clear")
      .map((host) => host.host),
    ["10.0.5.3"],
  );
});

test("what comes in from outside makes no host, and shows the gateway", () => {
  const scene = new Scene();
  for (let index = 0; index < 20; index += 1)
    scene.serves(10, { at: monday + index * 10, client: stranger(index), port: 443 });
  scene.play();
  assert.deepEqual(
    scene.judge.hosts().map((host) => host.host),
    [hostKey(10)],
  );
  assert.deepEqual(scene.judge.gatewayMacs(), ["02:00:00:00:fe:01"]);
});

test("the box itself and its controller are not judged", () => {
  const scene = new Scene({ exclude: [hostKey(10), "192.0.2.9"] });
  for (let index = 0; index < 20; index += 1) scene.syn(10, { at: monday + index, to: stranger(index), port: 445 });
  scene.syn(11, { at: monday, to: "192.0.2.9", port: 8883 });
  scene.play();
  assert.deepEqual(
    scene.judge.hosts().map((host) => host.host),
    [hostKey(11)],
  );
  assert.equal(scene.host(11).contacts, 0);
});

test("a host that only announces itself is listed with its name and addresses", () => {
  const scene = new Scene();
  scene.dhcp(10, { at: monday, name: "reception" });
  scene.arpRequest(10, { at: monday + 100, target: "192.168.1.1" });
  scene.play();
  const host = scene.host(10);
  assert.equal(host.name, "reception");
  assert.deepEqual(host.addresses, [hostAddress(10)]);
  assert.equal(host.role.name, "unknown");
});

test("changes are told once, growth of counters every two seconds", () => {
  const scene = new Scene();
  scene.syn(10, { at: monday, to: stranger(1), port: 443 });
  scene.play();
  assert.equal(scene.judge.takeChanged().length, 1);
  assert.equal(scene.judge.takeChanged().length, 0);
  scene.syn(10, { at: monday + 500, to: stranger(2), port: 443 });
  scene.play();
  assert.equal(scene.judge.takeChanged().length, 0);
  scene.judge.advance(monday + 2100);
  assert.equal(scene.judge.takeChanged()[0]?.contacts, 2);
  for (let index = 0; index < 6; index += 1)
    scene.syn(10, { at: monday + 2200 + index, to: stranger(10 + index), port: 445 });
  scene.play();
  assert.equal(scene.judge.takeChanged()[0]?.verdict, "suspect");
});

test("after a crash verdicts, ledgers, names and the line stand as they were", () => {
  const scene = new Scene();
  officeAtWork(scene, [10, 11, 12], monday, monday + 20_000, "answered");
  scene.dhcp(66, { at: monday, name: "till" });
  for (let index = 0; index < 12; index += 1)
    scene.syn(66, { at: monday + index * 50, to: stranger(index), port: 445 });
  scene.play(monday + 21_000);
  const checkpoint: unknown = JSON.parse(JSON.stringify(scene.judge.checkpoint()));
  const next = new Scene();
  next.judge.restore(checkpoint as ReturnType<typeof scene.judge.checkpoint>);
  assert.deepEqual(next.judge.hosts(), scene.judge.hosts());
  assert.deepEqual(next.judge.line(), scene.judge.line());
  assert.equal(next.judge.contacts, scene.judge.contacts);
  assert.deepEqual(next.judge.takeChanged(), []);
  next.syn(10, { at: monday + 25_000, to: stranger(5001), port: 443 });
  next.play(monday + 3_600_000);
  assert.equal(next.host(66).verdict, "infected");
  assert.equal(next.host(66).name, "till");
  assert.equal(next.host(66).vector, "smb");
});

test("tables stay bounded under a flood, and the guilty host is still named", () => {
  const scene = new Scene({ limits: { hosts: 50, contactsPerHost: 200, contacts: 400 } });
  for (let index = 0; index < 3000; index += 1) {
    const source = `10.${index % 200}.${index % 251}.9`;
    scene.syn(1, { at: monday + index, source, mac: 0x0600_0000_0000 + index, to: stranger(index), port: 80 });
    scene.syn(66, { at: monday + index, to: stranger(4000 + index), port: 445 });
  }
  scene.play();
  assert.ok(scene.judge.hosts().length <= 50);
  assert.equal(scene.host(66).verdict, "infected");
});

test("time that jumps back is judged at the time that was reached", () => {
  const scene = new Scene();
  scene.syn(10, { at: monday, to: stranger(1), port: 443 });
  scene.play(monday + 1000);
  scene.syn(10, { at: monday - 90_000, to: stranger(2), port: 443 });
  scene.play();
  assert.equal(scene.host(10).lastSeenAt, monday + 1000);
});

test("a clock that was set back stops neither grace nor windows", () => {
  const scene = new Scene();
  scene.syn(10, { at: monday, to: stranger(1), port: 443 });
  scene.play(monday + 1000);
  const setBack = monday - 3_600_000;
  for (let index = 0; index < 3; index += 1)
    scene.syn(10, { at: setBack + index * 900_000, to: stranger(50 + index), port: 25 });
  scene.play(setBack + 2_000_000);
  assert.ok(scene.host(10).lastSeenAt >= monday + 1_700_000);
  for (let index = 3; index < 6; index += 1)
    scene.syn(10, { at: monday + 3_000_000 + index * 900_000, to: stranger(50 + index), port: 25 });
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("a resolver of the site is known as one and its own questions accuse nobody", () => {
  const scene = new Scene();
  const resolver = hostAddress(5);
  scene.lookUp(10, { at: monday, name: "www.example.org", addresses: [stranger(1)], resolver });
  for (let index = 0; index < 20; index += 1) {
    scene.lookUpMx(5, {
      at: monday + 1000 + index * 100,
      domain: `firm${index}.example`,
      exchange: `mx.firm${index}.example`,
    });
  }
  scene.play();
  assert.equal(scene.host(5).role.name, "resolver");
  assert.equal(scene.host(5).verdict, "clear");
  assert.notEqual(providerResolver, resolver);
});
