import assert from "node:assert/strict";
import { test } from "node:test";
import { hostAddress, hostMac, monday, Scene, stranger } from "./judge-scene.ts";
import { arp, ethernet } from "./packet/frame-builder.ts";
import { linkCheck } from "./placement/link-check.ts";

const routerMac = 0x0200_0000_fe01;
const router = hostAddress(1);

/** A machine asks for the router's card. */
function asksRouter(scene: Scene, host: number, at: number, afterMs: number | null): void {
  const ask = arp(1, hostMac(host), hostAddress(host), router);
  scene.frame(at, ethernet(0x0806, ask, hostMac(host), 0xffff_ffff_ffff), "inside");
  if (afterMs === null) return;
  const reply = arp(2, routerMac, router, hostAddress(host));
  scene.frame(at + afterMs, ethernet(0x0806, reply, routerMac, hostMac(host)), "outside");
}

const of = (scene: Scene, kind: string) => scene.judge.lineChecks().find((check) => check.kind === kind);

test("tells how far a line answers, and after how long", () => {
  const scene = new Scene();
  for (let i = 0; i < 5; i += 1) {
    const at = monday + i * 1000;
    asksRouter(scene, 10, at, 0.4);
    scene.lookUp(10, { at: at + 10, name: `www.site${i}.example`, addresses: [stranger(i)] });
    scene.contact(10, { at: at + 50, to: stranger(i), port: 443, outcome: "answered", afterMs: 14 });
  }
  scene.play(monday + 6000);
  assert.deepEqual(
    scene.judge.lineChecks().map(({ kind, state, asked, answered }) => [kind, state, asked, answered]),
    [
      ["router", "answers", 4, 4],
      ["provider", "answers", 10, 10],
      ["names", "answers", 5, 5],
      ["contacts", "answers", 5, 5],
    ],
  );
  assert.equal(of(scene, "router")?.address, router);
  assert.ok(Math.abs((of(scene, "router")?.roundTripMs ?? 0) - 0.4) < 0.11);
  assert.equal(of(scene, "contacts")?.roundTripMs, 14);
});

test("of a dead line the router answers, and nothing behind it", () => {
  const scene = new Scene();
  asksRouter(scene, 10, monday, 0.4);
  for (let i = 0; i < 6; i += 1) scene.page(10 + (i % 3), { at: monday + 1000 + i * 100, site: i });
  const cutAt = monday + 20_000;
  for (let i = 0; i < 12; i += 1) {
    const at = cutAt + i * 3000;
    asksRouter(scene, 10, at, 0.5);
    scene.lookUp(11, { at, name: `www.site${i}.example`, addresses: null });
    scene.contact(12, { at, to: stranger(5000 + (i % 6)), port: 443 });
  }
  scene.play(cutAt + 40_000);
  assert.deepEqual(
    scene.judge.lineChecks().map(({ kind, state, silentSince }) => [kind, state, silentSince]),
    [
      ["router", "answers", null],
      ["provider", "silent", cutAt],
      ["names", "silent", cutAt],
      ["contacts", "silent", cutAt],
    ],
  );
});

test("a worm that nobody answers silences nothing", () => {
  const scene = new Scene();
  for (let i = 0; i < 400; i += 1) {
    scene.contact(20, { at: monday + i * 50, to: stranger(i), port: 445 });
    scene.contact(20, { at: monday + i * 50 + 20, to: stranger(i), port: 4433 });
  }
  scene.play(monday + 30_000);
  assert.deepEqual(
    scene.judge.lineChecks().map(({ state }) => state),
    ["unseen", "unseen", "unseen", "unseen"],
  );
});

test("a port whose cable leads nowhere is named, where the box has it on the line", () => {
  const { state, port } = linkCheck({ inside: true, outside: false }, "lan");
  assert.deepEqual([state, port], ["silent", "outside"]);
  assert.equal(linkCheck({ inside: true, outside: false }, "mirror").state, "answers");
  assert.equal(linkCheck({ inside: true, outside: null }, "lan").state, "unseen");
  assert.equal(linkCheck({ inside: false, outside: false }, "wan").port, "both");
});

test("a cable that leads somewhere is told with its speed, of the ports that are on the line", () => {
  const both = { inside: 1000, outside: 100 };
  assert.deepEqual(linkCheck({ inside: true, outside: true }, "lan", both).speeds, both);
  assert.deepEqual(linkCheck({ inside: true, outside: false }, "lan", both).speeds, { inside: 1000 });
  assert.deepEqual(linkCheck({ inside: true, outside: true }, "mirror", both).speeds, { inside: 1000 });
  assert.equal(linkCheck({ inside: true, outside: true }, "lan").speeds, undefined);
});
