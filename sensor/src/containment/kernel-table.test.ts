import assert from "node:assert/strict";
import { test } from "node:test";
import type { SetName } from "./element-sets.ts";
import { readKernelTable, verdictsIn, type KernelTable } from "./kernel-table.ts";
import type { Nft, NftObject } from "./nft.ts";

interface Parts {
  readonly handle?: number;
  readonly packets?: number;
  readonly ports?: readonly number[];
  readonly policy?: string;
  readonly limited?: string;
}

/** What nft 1.0.6 prints of a small table. */
function anNft({ handle = 1, packets = 0, ports = [25, 445], policy = "accept", limited = "saddr" }: Parts = {}): Nft {
  const table: NftObject[] = [
    { metainfo: { version: "1.0.6" } },
    { table: { family: "bridge", name: "cordon", handle } },
    { counter: { family: "bridge", name: "skeleton_abc", table: "cordon", handle, packets: 0, bytes: 0 } },
    { counter: { family: "bridge", name: "handed_seen_syn", table: "cordon", handle, packets, bytes: packets } },
    { counter: { family: "bridge", name: "reflex_passed", table: "cordon", handle, packets, bytes: packets } },
    { chain: { family: "bridge", table: "cordon", name: "enforce", handle, hook: "forward", prio: -200, policy } },
    { rule: { chain: "enforce", handle, expr: [{ match: { right: { set: ports } } }, { drop: null }] } },
    {
      rule: {
        ...{ chain: "limit", handle },
        expr: [{ set: { op: "update", elem: { payload: { protocol: "ether", field: limited } }, set: "@budgets" } }],
      },
    },
  ];
  const mac = "02:00:00:00:00:0a";
  const rules = [
    [mac, { goto: { target: "reflex_dry_wide" } }],
    ["02:00:00:00:00:0b", { accept: null }],
    ["*", { goto: { target: "reflex_enforce_usual" } }],
  ];
  const sets: Readonly<Record<string, readonly unknown[]>> = {
    quarantine_from: [{ elem: { val: mac, counter: { packets, bytes: 60 } } }],
    quarantine_to: [mac],
    throttle_from: [mac],
    throttle_from_stopped: [{ elem: { val: mac, timeout: 86400, expires: 80000, counter: { packets: 7, bytes: 1 } } }],
    throttle_vector_stopped: [{ elem: { val: { concat: [mac, 25] }, counter: { packets: 99, bytes: 1 } } }],
    reflex_passed: [{ elem: { val: mac, counter: { packets: 5, bytes: 1 } } }],
    vector_from: [{ elem: { val: { concat: [mac, 25] }, counter: { packets: 2, bytes: 120 } } }],
  };
  return {
    load: () => Promise.resolve(),
    list: () => Promise.resolve(table),
    listElements: ([kind = "", ...what]) =>
      Promise.resolve([{ [kind]: { name: what.at(-1), elem: kind === "map" ? rules : sets[what.at(-1) ?? ""] } }]),
  };
}

function countersIn(table: KernelTable | null, set: SetName): unknown {
  return [...(table?.held.get(set) ?? [])].map(([key, { counter }]) => [key, counter]);
}

test("version, counters and elements are read, with and without counters", async () => {
  const table = await readKernelTable(anNft({ packets: 412 }));
  assert.equal(table?.version, "abc");
  assert.equal(table?.counters.get("handed_seen_syn")?.packets, 412);
  assert.deepEqual(countersIn(table, "quarantine_from"), [["02:00:00:00:00:0a", { packets: 412, bytes: 60 }]]);
  assert.deepEqual(countersIn(table, "quarantine_to"), [["02:00:00:00:00:0a", { packets: 0, bytes: 0 }]]);
  assert.deepEqual(countersIn(table, "vector_from"), [["02:00:00:00:00:0a . 25", { packets: 2, bytes: 120 }]]);
});

test("limits are read with their verdicts, and their counts where there can be any", async () => {
  const mac = "02:00:00:00:00:0a";
  const table = await readKernelTable(anNft({ packets: 1 }));
  assert.ok(table !== null);
  assert.deepEqual([...verdictsIn(table.held, "throttle_from")], [[mac, ""]]);
  assert.deepEqual([...verdictsIn(table.held, "throttle_vector")], []);
  assert.deepEqual(
    [...verdictsIn(table.held, "reflex_rules")],
    [
      [mac, "goto reflex_dry_wide"],
      ["02:00:00:00:00:0b", "accept"],
      ["*", "goto reflex_enforce_usual"],
    ],
  );
  assert.equal(table.counts.get("throttle_from_stopped")?.get(mac)?.packets, 7);
  assert.equal(table.counts.get("reflex_passed")?.get(mac)?.packets, 5);
  assert.equal(
    table.counts.get("throttle_vector_stopped")?.size,
    0,
    "nobody is throttled by ports, so nobody is asked",
  );
  assert.equal((await readKernelTable(anNft()))?.counts.get("reflex_passed")?.size, 0, "nothing was counted");
});

test("of what was last read only what counts is read again", async () => {
  const nft = anNft({ packets: 3 });
  const asked: (string | undefined)[] = [];
  const listed: (string | undefined)[] = [];
  const asking: Nft = {
    ...nft,
    list: (what) => (listed.push(what[0]), nft.list(what)),
    listElements: (what) => (asked.push(what.at(-1)), nft.listElements(what)),
  };
  const before = await readKernelTable(nft);
  assert.ok(before !== null);
  const table = await readKernelTable(asking, { held: before.held });
  assert.deepEqual(asked.slice(0, 2), ["quarantine_from", "vector_from"]);
  assert.ok(!asked.includes("throttle_from") && !asked.includes("vector_hosts"));
  assert.equal(table?.held.get("throttle_from")?.size, 1);
  const again = await readKernelTable(asking, { held: before.held, isUnchanged: true, rules: before });
  assert.deepEqual(again, before);
  assert.deepEqual(listed, ["table", "counters"]);
});

test("the fingerprint tells a changed rule or policy from counters, handles and order", async () => {
  const fingerprint = async (parts: Parts) => (await readKernelTable(anNft(parts)))?.fingerprint;
  const original = await fingerprint({});
  assert.equal(await fingerprint({ handle: 77, packets: 9, ports: [445, 25] }), original);
  assert.notEqual(await fingerprint({ ports: [25] }), original);
  assert.notEqual(await fingerprint({ policy: "drop" }), original);
  assert.notEqual(await fingerprint({ limited: "daddr" }), original, "whose budget it is");
});

test("a missing table is null", async () => {
  const none = () => Promise.resolve(null);
  assert.equal(await readKernelTable({ load: () => Promise.resolve(), list: none, listElements: none }), null);
});
