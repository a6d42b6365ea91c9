import { remediesInForce } from "@cordon/contract";
import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import { BlockList, isIPv4 } from "node:net";
import { test } from "node:test";
import { drawCues } from "./director.ts";
import { officeOutbreak } from "./scenarios/office-outbreak.ts";
import { drawSite, type Site } from "./site.ts";
import { switchRules } from "./line-forms.ts";
import { cabling, setUp } from "./topology.ts";
import { patchRules } from "./patch-panel.ts";
import { providerRules, routerRules, switchMarks } from "./rules.ts";

const seeds = [1, 2, 3, 17, 999];

function rangesOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) list.addSubnet(cidr.split("/")[0] ?? "", Number(cidr.split("/")[1]), "ipv4");
  return list;
}

const office = rangesOf(["192.168.0.0/16", "172.16.0.0/12"]);
const documentation = rangesOf(["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]);

function worldAddresses(site: Site): readonly string[] {
  const { world, facts, wan } = site;
  const named = [...world.addressesByName.values()].flat();
  return [...named, world.resolverAddress, world.relayAddress, facts.publicAddress, wan.providerAddress];
}

test("the same seed draws the same site and the same cues", () => {
  for (const seed of seeds) {
    const [one, other] = [drawSite(seed), drawSite(seed)];
    deepEqual(one, other);
    deepEqual(drawCues(one, officeOutbreak), drawCues(other, officeOutbreak));
  }
});

test("two seeds differ in everything a verdict could be keyed to", () => {
  const [one, other] = [drawSite(1), drawSite(2)];
  const views: Readonly<Record<string, (site: Site) => unknown>> = {
    "the order of jobs": (site) => site.hosts.map((host) => host.job),
    "the office's network": (site) => site.facts.localNets,
    "hosts' names": (site) => site.hosts.map((host) => host.name).sort(),
    "hosts' hardware addresses": (site) => site.hosts.map((host) => host.mac).sort(),
    "last parts of hosts' addresses": (site) => site.hosts.map((host) => host.address.split(".").at(3) ?? "").sort(),
    "the router": (site) => [site.facts.gateway.mac, site.facts.publicAddress],
    "the sensor": (site) => site.facts.sensor,
    "web sites": (site) => site.world.sites,
    "mail domains": (site) => site.world.domains.map((domain) => domain.name),
    "mail servers": (site) => site.world.mailServers,
    "the office's mail name": (site) => site.facts.mail,
    "the server and port of downloads": (site) => site.world.files,
    "the dark Internet": (site) => site.world.darkSeed,
    "rates and times": (site) =>
      drawCues(site, officeOutbreak).map((cue) => [cue.delayMs, cue.kind === "host" ? cue.activity : cue.happening]),
  };
  for (const [name, view] of Object.entries(views)) notDeepEqual(view(one), view(other), name);
});

test("an office has eight hosts or more, one of each kind that matters, no name or address twice", () => {
  for (const seed of seeds) {
    const { hosts, facts } = drawSite(seed);
    ok(hosts.length >= 8);
    for (const job of ["printer", "mail-server", "mass-mailer", "worm"]) {
      equal(hosts.filter((host) => host.job === job).length, 1, job);
    }
    const macs = [...hosts.map((host) => host.mac), facts.gateway.mac, facts.sensor.mac];
    equal(new Set(macs).size, macs.length);
    const addresses = [...hosts.map((host) => host.address), facts.gateway.address, facts.sensor.address];
    equal(new Set(addresses).size, addresses.length);
    equal(new Set(hosts.map((host) => host.name)).size, hosts.length);
  }
});

test("offices live in private networks and the world in documentation networks", () => {
  for (const seed of seeds) {
    const site = drawSite(seed);
    for (const { address } of [...site.hosts, site.facts.gateway, site.facts.sensor])
      ok(office.check(address), address);
    for (const address of worldAddresses(site)) ok(documentation.check(address), address);
  }
});

test("every name of the world but the two that the contract ships ends in a name that nobody can own", () => {
  for (const seed of seeds) {
    const { world } = drawSite(seed);
    const names = [...world.addressesByName.keys(), ...world.domains.map((domain) => domain.name), world.office.domain];
    const shipped = [world.remedy, world.probe];
    for (const name of names) ok(shipped.includes(name) || /\.(example|test)$/.test(name), name);
    const { names: remedies, probes } = remediesInForce();
    ok(probes.includes(world.probe) && remedies.some(({ name }) => name === world.remedy));
  }
});

test("no address of the world serves two names of mail servers, and none is the office's", () => {
  for (const seed of seeds) {
    const { world, facts } = drawSite(seed);
    const addresses = [...world.mailServers, ...world.deadMailServers].flatMap((server) => server.addresses);
    equal(new Set(addresses).size, addresses.length);
    ok(!addresses.includes(facts.publicAddress));
    ok(addresses.every((address) => isIPv4(address)));
  }
});

test("texts for ip and nft hold nothing undefined", () => {
  for (const seed of seeds) {
    const site = drawSite(seed);
    for (const [inLine, form] of [
      ["namespace", "lan"],
      ["namespace", "wan"],
      ["namespace", "wan-pppoe"],
      ["namespace", "mirror"],
      ["machine", "lan"],
      ["machine", "wan"],
      ["namespace", "gateway"],
      ["machine", "gateway"],
    ] as const) {
      const texts = [cabling(site, inLine, form), ...setUp(site, inLine, form).values()];
      const rules = [
        switchRules(form) ?? "",
        routerRules(site, form),
        providerRules(site, form),
        patchRules(site),
        switchMarks(site),
      ];
      for (const text of [...texts, ...rules]) {
        ok(!/undefined|NaN|null/.test(text));
      }
    }
  }
});

test("each drawn number of a cue lies in its range and each delay within the scenario", () => {
  for (const seed of seeds) {
    for (const cue of drawCues(drawSite(seed), officeOutbreak)) {
      ok(cue.delayMs >= 0 && cue.delayMs + cue.forMs <= officeOutbreak.durationMs);
      if (cue.kind !== "host" || cue.activity.kind !== "mass-mail") continue;
      ok(cue.activity.mailsPerSecond >= 1.5 && cue.activity.mailsPerSecond <= 7);
      ok(cue.delayMs >= 6000 && cue.delayMs <= 11_000);
    }
  }
});
