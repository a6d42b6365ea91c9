import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, monday, Scene, stranger } from "../judge-scene.ts";

function calls(scene: Scene, atOf: (index: number) => number, count: number, port: number): void {
  for (let index = 0; index < count; index += 1) {
    scene.contact(10, { at: monday + atOf(index), to: stranger(1), port, outcome: "answered" });
  }
}

test("a nameless stranger on an odd port that is called every ten seconds sharp makes a suspect, with a question", () => {
  const scene = new Scene();
  calls(scene, (index) => index * 10_000 + (index % 2) * 8, 5, 4433);
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(
    lineOf(scene.host(10), "beacon")?.text ?? "",
    /port 4433 5 times in a row, every 10 s.*watch servers: ask/,
  );
});

test("a person's rhythm is none", () => {
  const scene = new Scene();
  calls(scene, (index) => index * 10_000 + ((index * 7919) % 3000), 40, 4433);
  scene.play(monday + 500_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("a device that polls a web site for an hour is watched at most", () => {
  const scene = new Scene();
  calls(scene, (index) => index * 10_000, 360, 80);
  scene.play(monday + 3_700_000);
  assert.equal(scene.host(10).verdict, "watched");
});

test("who is not answered only tries again", () => {
  const scene = new Scene();
  for (let index = 0; index < 40; index += 1) {
    scene.syn(10, { at: monday + index * 10_000, to: stranger(1), port: 4433 });
  }
  scene.play(monday + 500_000);
  assert.equal(scene.host(10).verdict, "clear");
});

test("what three machines call as evenly is a service of the site, and watched", () => {
  const scene = new Scene();
  for (const host of [10, 11, 12]) {
    for (let index = 0; index < 20; index += 1) {
      scene.contact(host, {
        at: monday + host * 700 + index * 60_000,
        to: stranger(1),
        port: 10_051,
        outcome: "answered",
      });
    }
  }
  scene.play(monday + 1_300_000);
  for (const host of [10, 11, 12]) {
    assert.equal(scene.host(host).verdict, "watched");
    assert.equal(lineOf(scene.host(host), "common-destination")?.weight, -2);
  }
});
