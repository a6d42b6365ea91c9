import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, Scene, stranger } from "../judge-scene.ts";

test("ten strangers that do not answer pings make a suspect", () => {
  const scene = new Scene();
  for (let index = 0; index < 10; index += 1) scene.ping(10, { at: monday + index * 100, to: stranger(index) });
  scene.play(monday + 10_000);
  assert.equal(scene.host(10).verdict, "suspect");
  assert.equal(lineOf(scene.host(10), "ping-sweep")?.text, "Pinged 10 machines within 1 s; 10 did not answer.");
});

test("a sweep of the own network by every means makes a suspect and no more", () => {
  const scene = new Scene();
  for (let index = 1; index < 255; index += 1) {
    scene.arpRequest(10, { at: monday + index * 20, target: hostAddress(index) });
    scene.ping(10, { at: monday + 6000 + index * 20, to: hostAddress(index) });
  }
  for (let port = 0; port < 200; port += 1) {
    scene.syn(10, { at: monday + 20_000 + port * 10, to: hostAddress(30), port: 9000 + port });
  }
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "suspect");
});

test("thirty machines that a monitoring program pings, all but three there, are watched at most", () => {
  const scene = new Scene();
  for (let round = 0; round < 10; round += 1) {
    for (let index = 0; index < 30; index += 1) {
      const at = monday + round * 60_000 + index * 5;
      scene.ping(10, { at, to: hostAddress(50 + index), ...(index % 10 === 0 ? {} : { outcome: "answered" }) });
    }
  }
  scene.play(monday + 660_000);
  assert.equal(scene.host(10).verdict, "watched");
});

test("a trace of the way to one machine is clear", () => {
  const scene = new Scene();
  for (let hop = 0; hop < 90; hop += 1) scene.ping(10, { at: monday + hop * 400, to: stranger(1) });
  scene.play(monday + 60_000);
  assert.equal(scene.host(10).verdict, "clear");
});
