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
        port: 4433,
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

for (const [name, port] of [
  ["mail that is looked for every minute", 993],
  ["a device that reports by the minute", 8883],
  ["an agent of monitoring", 10_051],
] as const) {
  test(`${name}, at a server whose name was looked up long ago, is clear`, () => {
    const scene = new Scene();
    calls(scene, (index) => index * 60_000, 20, port);
    scene.play(monday + 1_300_000);
    assert.equal(scene.host(10).verdict, "clear");
  });
}

test("monitoring that pings and calls its servers in rounds is watched at most", () => {
  const scene = new Scene();
  for (let round = 0; round < 20; round += 1) {
    for (let server = 0; server < 24; server += 1) {
      const at = monday + round * 60_000 + server * 50;
      scene.ping(10, { at, to: `192.168.1.${100 + server}`, outcome: "answered" });
      scene.contact(10, {
        at: at + 2000,
        to: `192.168.1.${100 + server}`,
        port: 8123,
        outcome: "answered",
        afterMs: 1,
      });
    }
  }
  scene.play(monday + 1_300_000);
  assert.equal(scene.host(10).suspectAt, null);
});
