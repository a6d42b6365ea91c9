import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, officeAtWork, Scene, stranger } from "./judge-scene.ts";

const worstOf = (scene: Scene, hosts: readonly number[]): string[] => hosts.map((host) => scene.host(host).verdict);

test("a cut of the line is noticed, convicts nobody, and is over when answers come back", () => {
  const scene = new Scene();
  const office = [10, 11, 12, 13, 14];
  const cutAt = monday + 3_700_000;
  officeAtWork(scene, office, monday, monday + 40_000, "answered");
  officeAtWork(scene, office, cutAt - 60_000, cutAt, "answered");
  scene.play(cutAt);
  assert.equal(scene.judge.line().state, "healthy");
  assert.equal(scene.judge.takeLineChange()?.state, "healthy");
  officeAtWork(scene, office, cutAt, cutAt + 20_000, "silent");
  scene.play(cutAt + 20_000);
  assert.equal(scene.judge.line().state, "dead");
  assert.ok(scene.judge.line().since - cutAt < 5000);
  officeAtWork(scene, office, cutAt + 20_000, cutAt + 180_000, "silent");
  scene.play(cutAt + 180_000);
  assert.deepEqual(
    worstOf(scene, office),
    office.map(() => "clear"),
  );
  assert.equal(lineOf(scene.host(10), "line-down")?.for, false);
  officeAtWork(scene, office, cutAt + 180_000, cutAt + 200_000, "answered");
  scene.play(cutAt + 200_000);
  assert.equal(scene.judge.line().state, "healthy");
  assert.deepEqual(
    worstOf(scene, office),
    office.map(() => "clear"),
  );
});

test("a cut of the line whose names go on being answered by a cache on the site is noticed too", () => {
  const scene = new Scene();
  const office = [10, 11, 12, 13];
  officeAtWork(scene, office, monday, monday + 30_000, "answered");
  for (let at = monday + 30_000; at < monday + 52_000; at += 2000) {
    for (const host of office) {
      const site = 1 + ((at / 2000 + host) % 20);
      scene.lookUp(host, {
        at,
        name: `www.site${site}.example`,
        addresses: [stranger(5000 + site)],
        resolver: hostAddress(1),
      });
      scene.contact(host, { at: at + 30, to: stranger(5000 + site), port: 443 });
    }
  }
  scene.play(monday + 52_000);
  assert.equal(scene.judge.line().state, "dead");
});

test("a worm alone cannot bring the line down", () => {
  const scene = new Scene();
  const office = [10, 11, 12];
  officeAtWork(scene, office, monday, monday + 90_000, "answered");
  for (let index = 0; index < 900; index += 1) {
    scene.syn(66, { at: monday + index * 100, to: stranger(index), port: index % 2 === 0 ? 445 : 443 });
    if (index % 10 === 0) scene.lookUp(66, { at: monday + index * 100, name: `x${index}.example`, addresses: null });
  }
  const states = new Set<string>();
  for (let at = monday; at < monday + 90_000; at += 3000) {
    scene.play(at);
    states.add(scene.judge.line().state);
  }
  assert.ok(!states.has("dead"));
  assert.equal(scene.judge.line().state, "healthy");
  assert.equal(scene.host(66).verdict, "infected");
});

test("while the line is dead a worm is still named, and nobody else", () => {
  const scene = new Scene();
  const office = [10, 11, 12, 13];
  officeAtWork(scene, [...office, 66], monday, monday + 40_000, "answered");
  officeAtWork(scene, [...office, 66], monday + 40_000, monday + 120_000, "silent");
  for (let index = 0; index < 60; index += 1) {
    scene.syn(66, { at: monday + 70_000 + index * 200, to: stranger(index), port: 445 });
  }
  scene.play(monday + 120_000);
  assert.equal(scene.judge.line().state, "dead");
  assert.equal(scene.host(66).verdict, "infected");
  assert.match(lineOf(scene.host(66), "address-scan")?.text ?? "", /while the line was down/);
  assert.deepEqual(
    worstOf(scene, office),
    office.map(() => "clear"),
  );
});
