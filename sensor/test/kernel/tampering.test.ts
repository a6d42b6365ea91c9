import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { Observed, Step } from "../../src/containment/protocol.ts";
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
];

// Within five seconds of a table that is read each three; a full machine may be late with all of it.
const boundMs = 5000 * patience;

describe("a table that a hand has changed", { skip: whyNoNamespaces(), timeout: 240_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  let whole: Observed;
  const signal = AbortSignal.timeout(240_000 * patience);
  const said: string[] = [];

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
    while (!(await isSo())) await sleep(20, undefined, { signal });
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

  before(async () => {
    site = await TestSite.start();
    site.executor((line) => said.push((JSON.parse(line) as { code: string }).code));
    client = site.client();
    whole = (await client.apply([...wish], signal)).observed;
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  for (const { name, text, told } of hands) {
    test(`is whole again within five seconds, and it is said, when a hand ${name}`, async (t) => {
      const before = await ruleset();
      said.length = 0;
      await site.load(`${text}\n`);
      const tookMs = await until(() => said.includes(told));
      t.diagnostic(`${Math.round(tookMs)} ms`);
      assert.ok(tookMs < boundMs, `${Math.round(tookMs)} ms`);
      const observed = await client.observe(signal);
      assert.deepEqual(holdings(observed), holdings(whole));
      assert.ok(observed.troubles?.some(({ code }) => code === told));
      assert.deepEqual(await ruleset(), before);
      await site.connect("infected", 80, "stopped");
    });
  }

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

  test("with a thousand machines in quarantine it is whole again in time, and a click waits for none of them", async (t) => {
    const many = Array.from({ length: 1000 }, (_, index) => ({
      kind: "quarantine-add" as const,
      mac: `02:00:5e:01:${hex(index >> 8)}:${hex(index & 0xff)}`,
    }));
    await client.apply(many, signal);
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
    await client.apply(
      many.map(({ mac }) => ({ kind: "quarantine-remove", mac })),
      signal,
    );
  });
});

function hex(value: number): string {
  return value.toString(16).padStart(2, "0");
}
