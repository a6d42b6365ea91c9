import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { barrierPorts, barrierWays } from "@cordon/contract";
import { afterSteps } from "./containment-elements.ts";
import { heldIn, noElements } from "./element-sets.ts";
import { shutToStrangers } from "./probation-nft.ts";
import type { SiteRules } from "./protocol.ts";
import { disjointNets, inOrder, noSiteRules, plainAddresses, siteElements, siteRulesOf } from "./site-rules.ts";

const a = "02:00:00:00:00:0a";
const b = "02:00:00:00:00:0b";

test("what is set is what is read back", () => {
  const way = fc.constantFrom(...barrierWays);
  const mode = fc.constantFrom("dry" as const, "enforce" as const);
  const rules = fc
    .record({
      isLineCut: fc.boolean(),
      ways: fc.uniqueArray(fc.record({ way, mode }, { noNullPrototype: true }), { selector: (rule) => rule.way }),
      hosts: fc.uniqueArray(
        fc.record(
          { mac: fc.constantFrom(a, b), way, mode: fc.constantFrom("dry", "enforce", "open") },
          { noNullPrototype: true },
        ),
        { selector: (rule) => `${rule.mac} ${rule.way}` },
      ),
      sources: fc.uniqueArray(fc.constantFrom("10.0.0.0/8", "192.168.5.1", "fd77::/64")),
      resolvers: fc.uniqueArray(fc.constantFrom("192.0.2.53", "2001:db8::53")),
      forwarders: fc.uniqueArray(
        fc.constantFrom(
          { address: "192.168.5.53", mac: a },
          { address: "192.168.5.54", mac: null },
          { address: "fd77::53", mac: null },
        ),
      ),
    })
    .map((some) => inOrder(some as SiteRules));
  fc.assert(
    fc.property(fc.array(rules, { minLength: 1, maxLength: 3 }), (all) => {
      const steps = all.map((each) => ({ kind: "site-rules-set" as const, rules: each }));
      const last = all.at(-1) ?? noSiteRules;
      const isOpen = last.isLineCut || last.ways.length > 0 || last.hosts.length > 0;
      assert.deepEqual(siteRulesOf(afterSteps(noElements, steps)), isOpen ? last : noSiteRules);
    }),
  );
});

test("no rule is no element at all, and behind a shut gate there is no rule", () => {
  assert.deepEqual(afterSteps(noElements, [{ kind: "site-rules-set", rules: noSiteRules }]), noElements);
  const elements = siteElements({ ...noSiteRules, ways: [{ way: "mail", mode: "enforce" }] });
  assert.deepEqual(siteRulesOf({ ...elements, site_gate: new Map() }), noSiteRules);
});

test("what hides its port is shut or counted for whom a way of ports is, and for nobody else", () => {
  const hidden = (rules: Partial<SiteRules>) => {
    const { barrier_site: site, barrier_hosts: hosts } = siteElements({ ...noSiteRules, ...rules });
    return [site.get("99") ?? null, ...[a, b].map((mac) => hosts.get(`${mac} . 99`) ?? null)];
  };
  const mail = { way: "mail" } as const;
  assert.deepEqual(hidden({ ways: [{ ...mail, mode: "dry" }] }), ["goto barrier_dry", null, null]);
  assert.deepEqual(hidden({ ways: [{ ...mail, mode: "dry" }], hosts: [{ mac: a, way: "smb", mode: "enforce" }] }), [
    ...["goto barrier_dry", "goto barrier_enforce", null],
  ]);
  assert.deepEqual(hidden({ ways: [{ way: "dns", mode: "enforce" }] }), [null, null, null]);
  assert.deepEqual(hidden({ hosts: [{ mac: a, ...mail, mode: "enforce" }] }), [null, "goto barrier_enforce", null]);
  const ways: SiteRules["ways"] = [{ ...mail, mode: "enforce" }];
  assert.deepEqual(hidden({ ways, hosts: [{ mac: b, ...mail, mode: "open" }] }), [
    ...["goto barrier_enforce", null],
    "goto barrier_open",
  ]);
  const two: SiteRules["ways"] = [...ways, { way: "smb", mode: "enforce" }];
  assert.deepEqual(hidden({ ways: two, hosts: [{ mac: b, ...mail, mode: "open" }] }), [
    ...["goto barrier_enforce", null, null],
  ]);
});

test("the gate opens to as little as the rules need", () => {
  const gate = (rules: Partial<SiteRules>) => siteElements({ ...noSiteRules, ...rules }).site_gate.get("1");
  assert.equal(gate({}), undefined);
  assert.equal(gate({ ways: [{ way: "mail", mode: "dry" }] }), "jump barriers");
  assert.equal(gate({ hosts: [{ mac: a, way: "spoofed", mode: "dry" }] }), "jump barriers_and_sources");
  assert.equal(gate({ isLineCut: true, ways: [{ way: "mail", mode: "dry" }] }), "jump line_cut");
});

test("networks are given as the kernel takes them: by their first address, and none within another", () => {
  assert.deepEqual(
    disjointNets(["10.1.2.3/8", "10.9.0.0/16", "192.168.1.7/32", "fd00::1/8", "fd77::/64", "no net", "fe80::/10"]),
    ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "fe80::/10"],
  );
  assert.deepEqual(disjointNets(["::/0", "fd00::/8", "2001:db8::1"]), [], "then nobody can say what is forged");
  assert.deepEqual(plainAddresses(["2001:0DB8::53", "192.0.2.53", "192.0.2.53", "x"]), ["192.0.2.53", "2001:db8::53"]);
});

test("what is shut for one machine is shut for whoever is on probation, what is counted or by addresses is not", () => {
  const mac = a;
  const hosts: SiteRules["hosts"] = [
    { mac, way: "smb", mode: "enforce" },
    { mac, way: "mail", mode: "dry" },
    { mac, way: "irc", mode: "open" },
    { mac, way: "dns", mode: "enforce" },
  ];
  const elements = { ...noElements, ...siteElements({ ...noSiteRules, hosts }) };
  const held = (transport: "tcp" | "udp") => [...heldIn(elements, shutToStrangers[transport]).keys()].map(Number);
  assert.deepEqual(held("tcp"), barrierPorts.smb.tcp);
  assert.deepEqual(held("udp"), barrierPorts.smb.udp);
});
