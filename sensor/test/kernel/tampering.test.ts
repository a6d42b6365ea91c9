import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { Observed, Step } from "../../src/containment/protocol.ts";
import type { RemedyChange } from "../../src/containment/remedy-protocol.ts";
import { sampled, slow } from "../slow-tests.ts";
import { TestSite, macs, patience, whyNoNamespaces } from "./test-site.ts";

const table = "bridge cordon";
const throttledMac = "02:00:5e:00:00:31";
const exemptMac = "02:00:5e:00:00:32";
const wish: readonly Step[] = [
  { kind: "quarantine-add", mac: macs.infected },
  { kind: "vector-add", mac: macs.neighbour, ports: [25, 445] },
  { kind: "throttle-add", mac: throttledMac, ports: null },
  { kind: "throttle-add", mac: throttledMac, ports: [445] },
  {
    kind: "reflex-set",
    settings: {
      mode: "enforce",
      budget: "usual",
      hosts: [{ mac: throttledMac, mode: "enforce", budget: "tight" }],
      exempt: [{ mac: exemptMac, port: 25 }],
    },
  },
];

/** What is open for the machine in quarantine, for as long as this test may take. */
const opened: RemedyChange = {
  resolvers: ["10.77.0.1", "fd77::1"],
  addresses: [
    { address: "198.18.0.1", port: 443 },
    { address: "2001:db8::1", port: 443 },
  ],
  remedies: ["198.18.0.2", "2001:db8::2"].map((address) => ({
    mac: macs.infected,
    address,
    ports: [443],
    seconds: 3600,
  })),
  portals: ["198.18.0.3", "2001:db8::3"].map((address) => ({ mac: macs.infected, address, seconds: 3600 })),
};

/** A way that a hand may open, by set. */
const ways: Readonly<Record<string, string>> = {
  resolvers_4: "203.0.113.53",
  resolvers_6: "2001:db8:66::53",
  remedy_4: `${macs.infected} . 203.0.113.66 . 443`,
  remedy_6: `${macs.infected} . 2001:db8:66::1 . 443 timeout 300s`,
  remedy_all_4: "203.0.113.66 . 443",
  remedy_all_6: "2001:db8:66::1 . 443",
  portal_4: `${macs.infected} . 203.0.113.66`,
  portal_6: `${macs.infected} . 2001:db8:66::1 timeout 300s`,
  reflex_exempt: `${macs.infected} . 445`,
  reflex_rules: `${macs.infected} : accept`,
  site_sources_4: "203.0.113.0/24",
  site_sources_6: "2001:db8:66::/48",
  site_resolvers_4: "203.0.113.53",
  site_resolvers_6: "2001:db8:66::53",
  barrier_site: "0x00000001 : goto barrier_open",
  barrier_hosts: `${macs.infected} . 0x00000001 : goto barrier_open`,
  site_gate: "1 : accept",
  line_shut: "1",
  outside_names: `${macs.infected} : accept`,
  quarantine_to: "02:00:5e:00:00:77",
  vector_hosts: "02:00:5e:00:00:77",
  vector_wrapped: "02:00:5e:00:00:77 . 0x000001bd",
  throttle_hosts: "02:00:5e:00:00:77",
  throttle_wrapped: "02:00:5e:00:00:77 . 0x000001bd",
  probation_rules: `${macs.infected} : accept`,
  probation_shut_tcp: "443",
  probation_shut_udp: "443",
};

const maps: ReadonlySet<string> = new Set([
  ...["reflex_rules", "probation_rules", "barrier_site", "barrier_hosts", "site_gate", "outside_names"],
]);

/** What never stands in a set that the kernel fills: a time that is not the set's, a limit that no rule has. */
const fillings: Readonly<Record<string, string>> = {
  reflex_contacts_4: `${macs.infected} . 203.0.113.66 timeout 30d`,
  throttle_contacts_6: `${macs.infected} . 2001:db8:66::1 timeout 30d`,
  reflex_usual: `${macs.infected} limit rate over 100000/second`,
  names_asked: `${macs.infected} limit rate over 100000/second timeout 30d`,
  throttle_vector_rate: `${macs.infected} . 445 limit rate over 100000/second`,
  lifeline_addressing: `${macs.infected} limit rate 100000/second`,
};

/** What a hand may do to our table, in nft's words, and what is said when it was mended. */
const hands: readonly { readonly name: string; readonly text: string; readonly told: string }[] = [
  { name: "deletes the table", text: `delete table ${table}`, told: "ruleset-restored" },
  { name: "flushes the table", text: `flush table ${table}`, told: "ruleset-restored" },
  { name: "flushes the ruleset", text: "flush ruleset", told: "ruleset-restored" },
  { name: "flushes a chain", text: `flush chain ${table} enforce`, told: "ruleset-restored" },
  { name: "flushes a chain that others jump to", text: `flush chain ${table} stop`, told: "ruleset-restored" },
  { name: "flushes the last door", text: `flush chain ${table} last_door`, told: "ruleset-restored" },
  { name: "adds an accept in front", text: `insert rule ${table} enforce accept`, told: "ruleset-restored" },
  { name: "adds an accept behind", text: `add rule ${table} stop accept`, told: "ruleset-restored" },
  {
    name: "adds a chain of its own",
    text: `add chain ${table} mine { type filter hook forward priority 0; policy drop; }`,
    told: "ruleset-restored",
  },
  {
    name: "gives a chain another policy",
    text: `add chain ${table} enforce { type filter hook forward priority -200; policy drop; }`,
    told: "ruleset-restored",
  },
  {
    name: "adds a set of its own",
    text: `add set ${table} mine { type ether_addr; }`,
    told: "ruleset-restored",
  },
  {
    name: "makes the table dormant",
    text: `add table ${table} { flags dormant; }`,
    told: "ruleset-restored",
  },
  {
    name: "makes a set of the same name and another definition",
    text: `delete table ${table}\ntable ${table} {\n\tset quarantine_from {\n\t\ttype ipv4_addr\n\t}\n}`,
    told: "ruleset-restored",
  },
  { name: "flushes the quarantined", text: `flush set ${table} quarantine_from`, told: "elements-restored" },
  {
    name: "deletes an element of one direction",
    text: `delete element ${table} quarantine_to { ${macs.infected} }`,
    told: "elements-restored",
  },
  {
    name: "adds a range and takes somebody out",
    text: `add element ${table} site_sources_4 { 1.0.0.0-223.255.255.254 }\ndelete element ${table} quarantine_from { ${macs.infected} }`,
    told: "elements-restored",
  },
  { name: "flushes the vectors", text: `flush set ${table} vector_from`, told: "elements-restored" },
  {
    name: "flushes what follows from the vectors",
    text: `flush set ${table} vector_wrapped`,
    told: "elements-restored",
  },
  { name: "flushes the throttled", text: `flush set ${table} throttle_from`, told: "elements-restored" },
  { name: "flushes the throttled ports", text: `flush set ${table} throttle_vector`, told: "elements-restored" },
  { name: "flushes the exempt", text: `flush set ${table} reflex_exempt`, told: "elements-restored" },
  {
    name: "changes a verdict of the map",
    text: `delete element ${table} reflex_rules { ${throttledMac} }\nadd element ${table} reflex_rules { ${throttledMac} : accept }`,
    told: "elements-restored",
  },
  {
    name: "makes a remedy last",
    text: `delete element ${table} remedy_4 { ${macs.infected} . 198.18.0.2 . 443 }\nadd element ${table} remedy_4 { ${macs.infected} . 198.18.0.2 . 443 timeout 30d }`,
    told: "elements-restored",
  },
];

// Within five seconds of a table that is read each three; a full machine may be late with all of it.
const boundMs = 5000 * patience;

describe("a table that a hand has changed", { skip: whyNoNamespaces(), timeout: 360_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  let whole: Observed;
  const signal = AbortSignal.timeout(360_000 * patience);
  const said: string[] = [];
  const texts: string[] = [];

  const holdings = ({ skeleton, quarantined, vectors, throttled, throttledVectors, reflex }: Observed) => ({
    skeleton,
    quarantined: quarantined.map(({ mac }) => mac),
    vectors: vectors.map(({ mac, port }) => `${mac} ${port}`).toSorted(),
    throttled: throttled?.map(({ mac }) => mac),
    throttledVectors: throttledVectors?.map(({ mac, port }) => `${mac} ${port}`),
    reflex: reflex?.settings,
  });
  const until = async (isSo: () => boolean | Promise<boolean>) => {
    const startedAt = performance.now();
    while (!(await isSo())) await sleep(100, undefined, { signal });
    return performance.now() - startedAt;
  };
  /** The ruleset without what counts or passes by itself: handles, counters, and sets that the kernel fills. */
  const ruleset = async () => {
    const { nftables } = JSON.parse(await site.run("box", "nft", "-j", "-t", "list", "table", "bridge", "cordon")) as {
      nftables: Record<string, unknown>[];
    };
    const volatile = new Set(["handle", "packets", "bytes", "elem"]);
    return nftables
      .filter((object) => !("metainfo" in object))
      .map((object) => JSON.stringify(object, (key, value: unknown) => (volatile.has(key) ? undefined : value)))
      .toSorted();
  };

  /** What stands in all sets that the kernel does not fill by itself, without times and counters. */
  const elements = async () => {
    const names = new Set([
      ...Object.keys(ways),
      ...["quarantine_from", "vector_from", "throttle_from", "throttle_vector"],
    ]);
    // All by one program: a machine that is asked set by set has no time left for the box.
    const text = await site.run("box", "nft", "list", "table", "bridge", "cordon");
    const listed = [...text.matchAll(/^\t(?:set|map) (\w+) \{\n(.*?)^\t\}/gms)]
      .filter(([, name = ""]) => names.has(name))
      .map(([, name = "", block = ""]) => {
        const list = /elements = \{([^}]*)\}/.exec(block)?.[1] ?? "";
        const keys = list.split(",").map((element) => element.trim().replace(/ (?:counter|timeout|expires) [^:]*/, ""));
        return [name, keys.toSorted()] as const;
      });
    assert.equal(listed.length, names.size);
    return Object.fromEntries(listed);
  };

  before(async () => {
    site = await TestSite.start();
    site.executor((line) => {
      const { code, text } = JSON.parse(line) as { code: string; text: string };
      said.push(code);
      texts.push(text);
    });
    client = site.client();
    whole = (await client.apply([...wish], signal)).observed;
    assert.deepEqual((await client.openRemedies(opened, signal)).refused, []);
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
    // Whom the executor has heard outside by now stands in a set too.
    await site.connect("neighbour", 80, "connected");
    await until(async () => (await elements())["outside_names"]?.some((key) => key.startsWith(macs.provider)) === true);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  for (const { name, text, told } of sampled(hands)) {
    test(`is whole again within five seconds, and it is said, when a hand ${name}`, async (t) => {
      const [before, stood] = [await ruleset(), await elements()];
      said.length = 0;
      await site.load(`${text}\n`);
      const tookMs = await until(() => said.includes(told));
      t.diagnostic(`${Math.round(tookMs)} ms`);
      assert.ok(tookMs < boundMs, `${Math.round(tookMs)} ms`);
      const observed = await client.observe(signal);
      assert.deepEqual(holdings(observed), holdings(whole));
      assert.ok(observed.troubles?.some(({ code }) => code === told));
      assert.deepEqual([await ruleset(), await elements()], [before, stood]);
      await site.connect("infected", 80, "stopped");
    });
  }

  for (const [name, textOf] of [
    ["adds to each of them", (set: string, element: string) => `add element ${table} ${set} { ${element} }\n`],
    ["flushes them", (set: string) => `flush ${maps.has(set) ? "map" : "set"} ${table} ${set}\n`],
  ] as const) {
    test(`all sets are as they were within five seconds, and it is said, when a hand ${name}`, async (t) => {
      const stood = await elements();
      said.length = 0;
      texts.length = 0;
      await site.load(
        Object.entries(ways)
          .map(([set, element]) => textOf(set, element))
          .join(""),
      );
      const isWhole = async () => isDeepStrictEqual(await elements(), stood) && said.includes("elements-restored");
      const tookMs = await until(isWhole);
      t.diagnostic(`${Math.round(tookMs)} ms`);
      assert.ok(tookMs < boundMs, `${Math.round(tookMs)} ms`);
      const told = texts.join("\n");
      assert.match(told, /^elements of our sets/m);
      for (const set of ["resolvers_4", "remedy_6", "remedy_all_4", "portal_6", "outside_names"]) {
        assert.ok(told.includes(set), told);
      }
    });
  }

  test("takes out of the sets that the kernel fills what neither it nor anybody here puts there", async (t) => {
    const sets = Object.entries(fillings);
    const stood = async () => {
      const listed = await Promise.all(
        sets.map(([set]) => site.run("box", "nft", "list", "set", "bridge", "cordon", set)),
      );
      return listed.map((text) => text.includes("elements"));
    };
    await site.load(sets.map(([set, element]) => `add element ${table} ${set} { ${element} }\n`).join(""));
    assert.deepEqual(
      await stood(),
      sets.map(() => true),
    );
    said.length = 0;
    const tookMs = await until(async () => (await stood()).every((isThere) => !isThere));
    t.diagnostic(`${Math.round(tookMs)} ms`);
    assert.ok(said.includes("elements-restored"), said.join(" "));
  });

  test("keeps what the kernel has counted where there is nothing of a stranger in it", async () => {
    await site.connect("infected", 80, "stopped");
    const { packetsStopped: before = 0 } = await client.observe(signal);
    assert.ok(before > 0);
    said.length = 0;
    await site.load(`flush chain ${table} enforce\n`);
    await until(() => said.includes("ruleset-restored"));
    const { packetsStopped = 0 } = await client.observe(signal);
    assert.ok(packetsStopped >= before, `${packetsStopped} of ${before}`);
  });

  test(
    "with a thousand machines in quarantine it is whole again in time, and a click waits for none of them",
    { skip: slow },
    async (t) => {
      const many = Array.from({ length: 1000 }, (_, index) => ({
        kind: "quarantine-add" as const,
        mac: `02:00:5e:01:${hex(index >> 8)}:${hex(index & 0xff)}`,
      }));
      await client.apply(many, signal);
      // As many at once as a socket of a user namespace takes.
      for (let from = 0; from < many.length; from += 25) {
        const remedies = many
          .slice(from, from + 25)
          .map(({ mac }) => ({ mac, address: "198.18.0.2", ports: [80, 443], seconds: 3600 }));
        await client.openRemedies({ remedies, portals: [] }, signal);
      }
      const openOnes = async () =>
        [...(await site.run("box", "nft", "list", "set", "bridge", "cordon", "remedy_4")).matchAll(/198\.18\.0\.2/g)]
          .length;
      assert.equal(await openOnes(), 2 * many.length + 1);
      const clicks: number[] = [];
      for (const step of [
        { kind: "quarantine-add", mac: exemptMac },
        { kind: "quarantine-remove", mac: exemptMac },
      ] as const) {
        const startedAt = performance.now();
        await client.apply([step], signal);
        clicks.push(Math.round(performance.now() - startedAt));
      }
      const observed = await client.observe(signal);
      assert.equal(observed.quarantined.length, many.length + 1);
      t.diagnostic(`clicks ${clicks.join(" and ")} ms, observed ${JSON.stringify(observed).length} bytes`);
      assert.ok(Math.max(...clicks) < 2000 * patience, `${clicks.join(" and ")} ms`);
      said.length = 0;
      await site.load(`delete table ${table}\n`);
      const tookMs = await until(() => said.includes("skeleton-loaded"));
      t.diagnostic(`whole again after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs < boundMs, `${Math.round(tookMs)} ms`);
      assert.equal((await client.observe(signal)).quarantined.length, many.length + 1);
      const openMs = await until(async () => (await openOnes()) === 2 * many.length + 1);
      t.diagnostic(`and what is open for them ${Math.round(openMs)} ms later`);
      assert.ok(openMs < boundMs, `${Math.round(openMs)} ms`);
      await client.apply(
        many.map(({ mac }) => ({ kind: "quarantine-remove", mac })),
        signal,
      );
    },
  );
});

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}
