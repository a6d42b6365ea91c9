import assert from "node:assert/strict";
import fc from "fast-check";
import { Value } from "typebox/value";
import { HostSnapshot, LineState } from "@cordon/contract";
import { hostAddress, monday, Scene, stranger } from "../src/judge-scene.ts";
import type { Property } from "./property.ts";
import { parseCheckpoint } from "../src/record/checkpoint.ts";

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
    "datagram",
    "ping",
    "made-up-card",
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
    else if (kind === "datagram")
      scene.datagram(host, { at, to, port, outcome: target % 3 === 0 ? "answered" : "silent" });
    else if (kind === "ping") scene.ping(host, { at, to });
    else if (kind === "made-up-card") scene.syn(host, { at, to, port, mac: 0x0200_0001_0000 + target });
    else scene.syn(host, { at, to, port, source: `10.${target % 250}.0.9` });
  }
  scene.play(at + 5000);
  return at;
}

/** Small enough that a hundred deeds fill every table. */
const limits = { hosts: 12, contactsPerHost: 20, contacts: 60, names: 30, namesKept: 10 } as const;

/** Whatever hosts do, ledgers keep the contract and add up, no table grows past its cap, and a crash changes no verdict. */
export const office: Property = {
  name: "whatever hosts do, ledgers keep the contract, tables their caps, and a crash changes no verdict",
  isHeldBy: fc.property(fc.array(deed, { maxLength: 120 }), (deeds) => {
    const scene = new Scene({ limits });
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
    const sizes = scene.judge.tableSizes();
    assert.ok(hosts.length <= limits.hosts);
    for (const table of ["hosts", "cases", "voices"] as const) assert.ok(sizes[table] <= limits.hosts, table);
    for (const table of ["connections", "probes"] as const) assert.ok(sizes[table] <= limits.contacts, table);
    assert.ok(sizes.names <= limits.names);
    assert.ok(Value.Check(LineState, scene.judge.line()));
    const next = new Scene();
    const checkpoint = parseCheckpoint(JSON.stringify(scene.judge.checkpoint()));
    assert.ok(checkpoint.ok, checkpoint.ok ? "" : `the checkpoint would be set aside: ${checkpoint.error}`);
    next.judge.restore(checkpoint.value);
    const before = new Map(hosts.map((host) => [host.host, host.verdict]));
    for (const host of next.judge.hosts()) assert.equal(host.verdict, before.get(host.host));
  }),
};
