import assert from "node:assert/strict";
import { test } from "node:test";
import { barrierWays } from "@cordon/contract";
import { aBarrier, aHost, aSite } from "../../../test/ui/samples.ts";
import { barrierOf, barrierStanding, metWords, wayPortWords, wayWords, whyWayStays } from "./barrier.ts";

const online = { state: "online" } as const;

const standings = [
  { name: "nobody asked", barrier: null, box: online, tag: "", isOn: false },
  {
    name: "asked",
    barrier: aBarrier({ level: "unconfirmed", reportedAt: null }),
    box: online,
    tag: "asked",
    isOn: false,
  },
  { name: "counted", barrier: aBarrier({ level: "counted", mode: "dry" }), box: online, tag: "dry run", isOn: false },
  { name: "stopped", barrier: aBarrier(), box: online, tag: "stopped", isOn: true },
  { name: "partly", barrier: aBarrier({ level: "partly-stopped" }), box: online, tag: "partly stopped", isOn: true },
  { name: "silent", barrier: aBarrier(), box: { state: "silent" } as const, tag: "when last heard", isOn: false },
  {
    name: "refused",
    barrier: aBarrier({ level: "none", refusal: "no resolver" }),
    box: online,
    tag: "refused",
    isOn: false,
  },
  { name: "being released", barrier: aBarrier({ releasing: true }), box: online, tag: "release asked", isOn: false },
] as const;

for (const { name, barrier, box, tag, isOn } of standings) {
  test(`a barrier's standing: ${name}`, () => {
    const standing = barrierStanding(barrier, box);
    assert.deepEqual([standing.tag, standing.isOn], [tag, isOn]);
    assert.match(standing.text, /\.$/);
  });
}

test("whom a block would meet is named with its packets, the most first", () => {
  const site = aSite({ hosts: [aHost()] });
  const hosts = [
    { host: "02:00:5e:10:00:01", passed: 2, stopped: 0 },
    { host: "02:00:5e:10:00:07", passed: 210, stopped: 0 },
  ];
  const dry = aBarrier({ mode: "dry", level: "counted", passed: 212, stopped: 0, hosts });
  assert.equal(metWords(site, dry), "212 packets would have been stopped: DESK-07 (210) and 02:00:5e:10:00:01 (2).");
  assert.equal(
    metWords(site, aBarrier({ passed: 0, stopped: 1, hosts: [{ host: "02:00:5e:10:00:07", passed: 0, stopped: 1 }] })),
    "1 packet stopped: DESK-07 (1).",
  );
  assert.equal(metWords(site, aBarrier({ passed: 0, stopped: 0, hosts: [] })), null);
});

test("what is asked for now goes before what is still being released", () => {
  const barriers = [aBarrier({ id: "b-1", releasing: true }), aBarrier({ id: "b-2", level: "unconfirmed" })];
  const site = aSite({ barriers });
  assert.equal(barrierOf(site, "mail", null)?.id, "b-2");
  assert.equal(barrierOf(site, "mail", "r-1"), null);
});

test("every way has its words, and says where it cannot be shut", () => {
  for (const way of barrierWays) {
    assert.notEqual(wayWords[way].title, "");
    assert.notEqual(wayPortWords(way), "");
    assert.match(whyWayStays(way, { placement: "mirror" }) ?? "", /mirror/);
    assert.equal(whyWayStays(way, { placement: "lan" }), null);
  }
  assert.equal(wayPortWords("smb"), "tcp 135–139, 445, udp 135–139, 445");
  assert.match(whyWayStays("spoofed", { placement: "wan" }) ?? "", /router's own address/);
});
