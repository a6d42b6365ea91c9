import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, Scene, stranger } from "../judge-scene.ts";

test("a tool that asks for the whole network within seconds makes a suspect, worded as what it is", () => {
  const scene = new Scene();
  for (let index = 1; index < 255; index += 1) {
    scene.arpRequest(10, { at: monday + index * 4, target: hostAddress(index) });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(lineOf(scene.host(10), "arp-sweep")?.text ?? "", /scan of the own network/);
});

test("an installer that looks through the network in its own time is watched", () => {
  const scene = new Scene();
  for (let index = 1; index < 255; index += 1) {
    scene.arpRequest(10, { at: monday + index * 200, target: hostAddress(index) });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "watched");
});

test("a machine that asks for its few neighbours again and again is clear", () => {
  const scene = new Scene();
  for (let index = 0; index < 400; index += 1) {
    scene.arpRequest(10, { at: monday + index * 20, target: hostAddress(100 + (index % 12)) });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("a router that asks for whom strangers call is no scanner", () => {
  const scene = new Scene();
  const router = 0x0200_0000_fe01;
  scene.serves(20, { at: monday, client: stranger(1), port: 443 });
  for (let index = 2; index < 255; index += 1) {
    scene.arpRequest(1, { at: monday + 1000 + index * 4, target: hostAddress(index), mac: router });
  }
  scene.play();
  assert.equal(scene.hostByKey("02:00:00:00:fe:01").role.name, "gateway");
  assert.equal(scene.hostByKey("02:00:00:00:fe:01").verdict, "clear");
});

test("a worm that asks for the network in its own time and calls those that are there is suspect", () => {
  const scene = new Scene();
  for (let index = 1; index < 255; index += 1) {
    const at = monday + index * 100;
    scene.arpRequest(10, { at, target: hostAddress(index) });
    if (index > 20 && index < 40)
      scene.contact(10, { at: at + 3, to: hostAddress(index), port: 445, outcome: "answered" });
  }
  scene.play();
  assert.equal(scene.host(10).verdict, "suspect");
  assert.match(lineOf(scene.host(10), "arp-sweep")?.text ?? "", /it called \d+ on ports by which worms spread/);
});
