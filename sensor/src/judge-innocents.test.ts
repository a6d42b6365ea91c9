import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, lineOf, monday, officeAtWork, Scene, stranger } from "./judge-scene.ts";

/** Whole scenes of people's work that simpler rules take for an outbreak. */

const stations = [20, 21, 22, 23, 24, 25, 26, 27, 28];

function assertNobodyAccused(scene: Scene): void {
  for (const host of scene.judge.hosts()) {
    assert.ok(["clear", "watched"].includes(host.verdict), `${host.host} is ${host.verdict}`);
    assert.equal(host.suspectAt, null, host.host);
  }
}

/** An incident of 2002: a firewall began to answer a program's calls by itself, and nine stations kept on. */
for (const outcome of ["answered", "refused", "silent"] as const) {
  test(`nine stations that retry three outside hosts on port 80, ${outcome}, are no outbreak`, () => {
    const scene = new Scene();
    officeAtWork(scene, [10, 11, 12], monday, monday + 60_000, "answered");
    const tries = [400, 350, 60, 40, 30, 20, 20, 10, 8];
    for (const [index, host] of stations.entries()) {
      for (let attempt = 0; attempt < (tries[index] ?? 0); attempt += 1) {
        // Pauses between a fifth of a second and half a minute.
        const at = monday + 60_000 + attempt * (attempt % 7 === 0 ? 3000 : 200) + index * 37;
        scene.contact(host, { at, to: stranger(attempt % 3), port: 80, sourcePort: 1025 + attempt, outcome });
      }
    }
    scene.play(monday + 400_000);
    assertNobodyAccused(scene);
    if (outcome === "answered") return;
    for (const host of stations.slice(0, 7)) {
      const line = lineOf(scene.host(host), "retry-storm");
      assert.equal(line?.for, false);
      assert.match(line?.text ?? "", /The port that rises is the source port; the targets? never changes?/);
    }
  });
}

test("a provider's portal that answers everything makes nobody a worm, and leaves the one there is", () => {
  const scene = new Scene();
  const portal = stranger(9000);
  for (const host of [10, 11, 12, 13]) {
    for (let index = 0; index < 60; index += 1) {
      const at = monday + index * 1500 + host * 31;
      scene.lookUp(host, { at, name: `www.site${index}.example`, addresses: [portal] });
      scene.contact(host, { at: at + 40, to: portal, port: 443, outcome: "answered" });
    }
  }
  for (let index = 0; index < 80; index += 1) {
    scene.contact(66, { at: monday + index * 600, to: stranger(index), port: 445, outcome: "answered" });
  }
  scene.play(monday + 100_000);
  assert.equal(scene.host(66).verdict, "infected");
  for (const host of [10, 11, 12, 13]) assert.equal(scene.host(host).verdict, "clear");
});

test("a telephone's call, a game, time servers and a device's set-up in one office accuse nobody", () => {
  const scene = new Scene();
  officeAtWork(scene, [10, 11, 12], monday, monday + 120_000, "answered");
  // A call: relays answer, the other side's candidate addresses mostly do not, private ones among them.
  for (let index = 0; index < 6; index += 1) {
    scene.datagram(13, { at: monday + index * 50, to: stranger(100 + index), port: 3478, outcome: "answered" });
  }
  for (let index = 0; index < 200; index += 1) {
    const to = index % 4 === 0 ? `10.9.8.${index % 20}` : stranger(110 + (index % 16));
    scene.datagram(13, { at: monday + 1000 + index * 50, to, port: 50_000 + (index % 20) });
  }
  // A telephone registers at a server that is gone, and fetches its settings.
  for (const afterMs of [0, 500, 1500, 3500, 7500, 15_500, 31_500]) {
    scene.datagram(14, { at: monday + afterMs, to: hostAddress(200), port: 5060, sourcePort: 5060 });
  }
  for (let index = 0; index < 15; index += 1) {
    scene.datagram(15, { at: monday + index * 45, to: stranger(300 + index), port: 123, outcome: "answered" });
  }
  // Set-up: hard-coded servers, everybody asked who is there, and an answer from each.
  for (let index = 0; index < 8; index += 1)
    scene.syn(16, { at: monday + index * 700, to: stranger(400 + index), port: 8443 });
  for (let index = 0; index < 30; index += 1) {
    scene.datagram(16, { at: monday + index * 300, to: "239.255.255.250", port: 1900, sourcePort: 33_000 + index });
    scene.datagram(17, { at: monday + index * 300 + 5, to: hostAddress(16), port: 33_000 + index, sourcePort: 1900 });
  }
  scene.play(monday + 180_000);
  assertNobodyAccused(scene);
});

test("answers to strangers who forged this office's address accuse nobody", () => {
  const scene = new Scene();
  scene.arpRequest(10, { at: monday, target: hostAddress(1) });
  for (let index = 0; index < 500; index += 1) {
    // A RST without ACK, as closed ports answer what nobody here sent.
    const reset = [0x1f, 0x90, index >> 8, index & 0xff, 0, 0, 0, 9, 0, 0, 0, 0, 0x50, 0x04, 0, 0, 0, 0, 0, 0];
    scene.inward(10, monday + index * 5, stranger(index), 6, reset);
  }
  scene.play(monday + 60_000);
  assertNobodyAccused(scene);
});
