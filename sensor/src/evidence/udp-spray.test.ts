import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";

test("a worm of one datagram to a database's port is named within ten targets", () => {
  const scene = new Scene();
  for (let index = 0; index < 10; index += 1) {
    scene.datagram(10, { at: monday + index, to: stranger(index), port: 1434, sourcePort: 1025 });
    if (index === 4) assert.equal(scene.play().host(10).verdict, "suspect");
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.equal(scene.host(10).vector, "sql");
});

test("what fills the line is named before anybody could answer, whatever its ports are", () => {
  const scene = new Scene();
  for (let index = 0; index < 400; index += 1) {
    scene.datagram(10, {
      at: monday + index,
      to: stranger(index),
      port: 1024 + ((index * 977) % 60_000),
      sourcePort: 4000,
    });
  }
  scene.play();
  const host = scene.host(10);
  assert.equal(host.verdict, "infected");
  assert.ok((host.infectedAt ?? 0) < monday + 200);
});

test("a slow spray of which hardly anybody answers makes a suspect of a machine that is answered otherwise", () => {
  const scene = new Scene();
  for (let index = 0; index < 200; index += 1) {
    scene.datagram(10, { at: monday + index * 300, to: stranger(index), port: 6892 });
    if (index % 20 === 0) scene.page(10, { at: monday + index * 300, site: index });
  }
  scene.play(monday + 70_000);
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(lineOf(scene.host(10), "udp-spray")?.text ?? "", /nobody answered/);
});

for (const [name, count, paceMs, answeredShare, port] of [
  ["a list of six hundred game servers of which a quarter is silent", 600, 13, 0.75, 27_015],
  ["a client of shared files whose peers answer by 35 %", 400, 50, 0.35, 6881],
  ["a television client of whose 31 peers 13 % answer", 31, 30, 0.13, 9000],
  ["thirty peers of a meter, all silent", 30, 400, 0, 6000],
  ["fifteen time servers within a second", 15, 45, 1, 123],
  ["twenty candidate addresses of a call, all silent", 20, 100, 0, 50_010],
] as const) {
  test(`${name} is no spray`, () => {
    const scene = new Scene();
    for (let index = 0; index < count; index += 1) {
      const outcome = (index * 0.618) % 1 < answeredShare ? "answered" : "silent";
      const peer = port === 6881 ? 1024 + ((index * 977) % 60_000) : port;
      scene.datagram(10, { at: monday + index * paceMs, to: stranger(index), port: peer, outcome });
      if (index % 10 === 0) scene.page(10, { at: monday + index * paceMs, site: index });
    }
    scene.play(monday + 120_000);
    assert.equal(scene.host(10).verdict, "clear");
    assert.equal(scene.host(10).suspectAt, null);
  });
}

test("a resolver's and a game's answers to strangers are no contacts of its own", () => {
  const scene = new Scene();
  scene.arpRequest(10, { at: monday, target: "192.168.1.1" });
  for (let index = 0; index < 400; index += 1) {
    scene.inward(10, monday + 100 + index * 4, stranger(index), 17, [0x80, 0, 0x69, 0x87, 0, 8, 0, 0]);
    scene.datagram(10, { at: monday + 101 + index * 4, to: stranger(index), port: 0x8000, sourcePort: 27_015 });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("where nobody answers anybody, the line is to blame", () => {
  const scene = new Scene();
  for (let index = 0; index < 200; index += 1) {
    scene.datagram(10, { at: monday + index * 100, to: stranger(index), port: 6881 });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("a bot that calls a peer a second for minutes, of whom hardly any answers, is suspect", () => {
  const scene = new Scene();
  for (let index = 0; index < 400; index += 1) {
    const outcome = index % 40 === 0 ? "answered" : "silent";
    scene.datagram(10, { at: monday + index * 1500, to: stranger(index), port: 16_464, outcome });
    if (index % 10 === 0) scene.page(10, { at: monday + index * 1500, site: index });
  }
  scene.play(monday + 660_000);
  assert.equal(scene.host(10).verdict, "suspect");
});

test("the same pace where datagrams are stopped on the way is not: whoever shares files calls as many", () => {
  const scene = new Scene();
  for (let index = 0; index < 400; index += 1) {
    scene.datagram(10, { at: monday + index * 1500, to: stranger(index), port: 6881 });
    if (index % 10 === 0) scene.page(10, { at: monday + index * 1500, site: index });
  }
  scene.play(monday + 660_000);
  assert.equal(scene.host(10).suspectAt, null);
});
