import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, Scene } from "../judge-scene.ts";

const guess = (scene: Scene, target: number, at: number, port = 21): void =>
  scene.contact(10, { at, to: hostAddress(target), port, outcome: "answered", afterMs: 1 });

test("a guess every two seconds is watched after eight and suspect after thirty", () => {
  const scene = new Scene();
  for (let index = 0; index < 35; index += 1) {
    guess(scene, 100, monday + index * 2000);
    if (index === 14) assert.equal(scene.play().host(10).verdict, "watched");
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(lineOf(scene.host(10), "brute-force")?.text ?? "", /where 1 machine asks for passwords/);
});

test("five guesses each at three machines make a suspect", () => {
  const scene = new Scene();
  for (let index = 0; index < 15; index += 1) guess(scene, 100 + (index % 3), monday + index * 1000, 5900);
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
});

for (const [name, port] of [
  ["an administrator's automation with twelve sessions at each of ten machines", 22],
  ["a program that logs in at a database for every page", 3306],
] as const) {
  test(`${name} is watched at most`, () => {
    const scene = new Scene();
    for (let index = 0; index < 120; index += 1) guess(scene, 100 + (index % 10), monday + index * 500, port);
    scene.play(monday + 120_000);
    assert.equal(scene.host(10).suspectAt, null);
  });
}

test("a desktop that is off and tried again is no guess", () => {
  const scene = new Scene();
  for (let index = 0; index < 60; index += 1) {
    scene.syn(10, { at: monday + index * 2000, to: hostAddress(100), port: 3389 });
  }
  scene.play(monday + 200_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("a screen is tried every two seconds: suspect within a minute and a half", () => {
  const scene = new Scene();
  for (let index = 0; index < 14; index += 1) guess(scene, 100, monday + index * 6000, 3389);
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
});

test("passwords of shared files: watched at one machine, suspect at three", () => {
  const scene = new Scene();
  for (let index = 0; index < 30; index += 1) guess(scene, 100, monday + index * 5000, 445);
  assert.equal(scene.play().host(10).verdict, "watched");
  for (let index = 0; index < 20; index += 1) {
    guess(scene, 101 + (index % 2), monday + 150_000 + index * 3000, 445);
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.equal(lineOf(scene.host(10), "brute-force")?.weight, 3);
});

test("an inventory that opens a few shares of each of forty machines guesses nothing", () => {
  const scene = new Scene();
  for (let index = 0; index < 120; index += 1) guess(scene, 100 + (index % 40), monday + index * 500, 445);
  scene.play(monday + 90_000);
  assert.equal(lineOf(scene.host(10), "brute-force"), undefined);
});

test("a transfer of a hundred files beside one log-in is no guess", () => {
  const scene = new Scene();
  for (let index = 0; index < 100; index += 1) {
    guess(scene, 100, monday + index * 500, index === 0 ? 21 : 30_000 + index);
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});
