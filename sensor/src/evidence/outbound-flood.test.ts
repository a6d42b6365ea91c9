import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, Scene, stranger } from "../judge-scene.ts";

/** Samples of a flood, as the selection hands them up. */
function flood(scene: Scene, to: string, kind: "syn" | "datagram", lastsMs: number): void {
  for (let at = monday; at <= monday + lastsMs; at += 5000) {
    if (kind === "syn") scene.syn(10, { at, to, port: 80, mark: "flooded" });
    else scene.datagram(10, { at, to, port: 53_000, mark: "flooded" });
  }
}

for (const kind of ["syn", "datagram"] as const) {
  test(`a flood by ${kind} that nobody answers makes a suspect once it lasts`, () => {
    const scene = new Scene();
    flood(scene, stranger(1), kind, 20_000);
    scene.play();
    assert.equal(scene.host(10).verdict, "suspect");
    assert.match(lineOf(scene.host(10), "outbound-flood")?.text ?? "", /^Flooded one machine with .* for 20 s/);
  });
}

test("a load test that is answered is watched at most", () => {
  const scene = new Scene();
  scene.contact(10, { at: monday - 1000, to: stranger(1), port: 80, outcome: "answered" });
  flood(scene, stranger(1), "syn", 60_000);
  scene.play();
  assert.equal(scene.host(10).verdict, "watched");
});

test("a camera that streams to its recorder is clear", () => {
  const scene = new Scene();
  flood(scene, hostAddress(20), "datagram", 600_000);
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});

test("a tunnel that is answered is clear", () => {
  const scene = new Scene();
  scene.datagram(10, { at: monday - 1000, to: stranger(1), port: 51_820, outcome: "answered" });
  flood(scene, stranger(1), "datagram", 600_000);
  scene.play();
  assert.equal(scene.host(10).verdict, "clear");
});
