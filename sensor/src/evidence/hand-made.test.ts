import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";
import { parseAddress } from "../packet/address.ts";

test("two SYNs that carry their target as sequence number convict on any port", () => {
  const scene = new Scene();
  for (const index of [1, 2]) {
    const to = stranger(index);
    scene.syn(10, { at: monday + index, to, port: 8888, sequence: Number(parseAddress(to)) });
    if (index === 1) assert.equal(scene.play().host(10).verdict, "clear");
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
  assert.match(lineOf(scene.host(10), "hand-made-packets")?.text ?? "", /target's address as a number of order/);
});

test("six targets called by one sequence number convict", () => {
  const scene = new Scene();
  for (let index = 0; index < 6; index += 1) {
    scene.syn(10, { at: monday + index * 3000, to: stranger(index), port: 8888, sequence: 0 });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
});

test("one target called ten times a second by one sequence number from ever new ports convicts", () => {
  const scene = new Scene();
  for (let index = 0; index < 6; index += 1) {
    scene.syn(10, {
      at: monday + index * 100,
      to: stranger(1),
      port: 80,
      sequence: 12_345,
      sourcePort: 2000 + index * 37,
    });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "infected");
});

test("a laboratory's generator, all of whose connections are answered, is left alone", () => {
  const scene = new Scene();
  for (let index = 0; index < 40; index += 1) {
    const at = monday + index * 100;
    scene.contact(10, { at, to: stranger(1), port: 20_000 + index, sequence: 4711, outcome: "answered" });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("repeats of one SYN to which a translator gives new source ports are one connection", () => {
  const scene = new Scene();
  for (let train = 0; train < 6; train += 1) {
    for (const [index, afterMs] of [0, 1000, 3000, 7000, 15_000, 31_000, 63_000].entries()) {
      const at = monday + train * 200_000 + afterMs;
      scene.syn(10, {
        at,
        to: stranger(1),
        port: 443,
        sequence: 1000 + train,
        sourcePort: 40_000 + train * 20 + index,
      });
    }
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});
