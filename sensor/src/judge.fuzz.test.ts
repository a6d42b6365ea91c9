import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Value } from "typebox/value";
import { HostSnapshot, LineState } from "@cordon/contract";
import { hostAddress, monday, Scene, stranger } from "./judge-scene.ts";
import { parseCheckpoint } from "./record/checkpoint.ts";

const ports = [22, 23, 25, 53, 80, 443, 445, 587, 1433, 3389, 5555, 8080, 40_000];

const deed = fc.record({
  kind: fc.constantFrom(
    "syn",
    "stopped",
    "contact",
    "refused",
    "serves",
    "page",
    "mx",
    "says",
    "icmp",
    "arp",
    "dhcp",
    "forged",
  ),
  host: fc.integer({ min: 2, max: 9 }),
  target: fc.integer({ min: 0, max: 400 }),
  port: fc.constantFrom(...ports),
  afterMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 90_000_000 })),
});

function play(scene: Scene, deeds: readonly (typeof deed extends fc.Arbitrary<infer Value> ? Value : never)[]): number {
  let at = monday;
  for (const { kind, host, target, port, afterMs } of deeds) {
    at += afterMs;
    const to = target % 5 === 0 ? hostAddress(100 + (target % 100)) : stranger(target);
    if (kind === "syn") scene.syn(host, { at, to, port });
    else if (kind === "stopped") scene.syn(host, { at, to, port, mark: "stopped" });
    else if (kind === "contact") scene.contact(host, { at, to, port, outcome: "answered" });
    else if (kind === "refused") scene.contact(host, { at, to, port, outcome: "refused" });
    else if (kind === "serves") scene.serves(host, { at, client: to, port });
    else if (kind === "page") scene.page(host, { at, site: target });
    else if (kind === "mx")
      scene.lookUpMx(host, { at, domain: `d${target}.example`, exchange: `mx.d${target}.example` });
    else if (kind === "says") scene.says(host, { at, to, line: `HELO h${target}` });
    else if (kind === "icmp") scene.icmpError(host, { at, code: target % 14, to, port });
    else if (kind === "arp") scene.arpRequest(host, { at, target: to });
    else if (kind === "dhcp") scene.dhcp(host, { at, name: `h${target}` });
    else scene.syn(host, { at, to, port, source: `10.${target % 250}.0.9` });
  }
  scene.play(at + 5000);
  return at;
}

test("whatever hosts do, ledgers keep the contract, add up, and survive a crash", () => {
  fc.assert(
    fc.property(fc.array(deed, { maxLength: 120 }), (deeds) => {
      const scene = new Scene({ limits: { hosts: 12, contactsPerHost: 20, contacts: 60, names: 30, namesKept: 10 } });
      play(scene, deeds);
      const hosts = scene.judge.hosts();
      for (const host of hosts) {
        assert.ok(Value.Check(HostSnapshot, host), JSON.stringify([...Value.Errors(HostSnapshot, host)]));
        const sum = host.evidence.reduce((total, line) => total + line.weight, 0);
        assert.ok(Math.abs(sum - host.score) < 0.002);
        assert.ok(host.score >= 0);
        assert.equal(host.verdict === "clear", host.class === null);
        for (const line of host.evidence) assert.ok(line.for ? line.weight > 0 : line.weight <= 0);
      }
      assert.ok(hosts.length <= 12);
      assert.ok(Value.Check(LineState, scene.judge.line()));
      const next = new Scene();
      const checkpoint = parseCheckpoint(JSON.stringify(scene.judge.checkpoint()));
      assert.ok(checkpoint.ok, checkpoint.ok ? "" : `the checkpoint would be set aside: ${checkpoint.error}`);
      next.judge.restore(checkpoint.value);
      const before = new Map(hosts.map((host) => [host.host, host.verdict]));
      for (const host of next.judge.hosts()) assert.equal(host.verdict, before.get(host.host));
    }),
    { numRuns: 150 },
  );
});
