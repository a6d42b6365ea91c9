import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnyContainment, Containment, Placement, SweepBlock, Throttle } from "@cordon/contract";
import type { Observed } from "./protocol.ts";
import {
  emptyContainmentMemory,
  reportContainments,
  type ContainmentMemory,
  type Held,
} from "./report-containments.ts";

const now = 1_800_000_000_000;
const mac = "02:00:00:00:00:0a";

const quarantine: Containment = {
  id: "c1",
  kind: "quarantine",
  host: mac,
  vector: null,
  reason: "worm",
  author: "technician",
  startsAt: now - 1000,
  expiresAt: now + 60_000,
};
const throttle: Throttle = { ...quarantine, id: "c3", kind: "throttle" };
const ping: SweepBlock = { ...quarantine, id: "c4", kind: "vector", vector: "ping" };
const smb: Containment = { ...quarantine, id: "c2", kind: "vector", vector: "smb" };

function anObserved(parts: Partial<Observed> = {}): Observed {
  return { at: now + 5, skeleton: "x", quarantined: [], vectors: [], handedUp: {}, heldBack: {}, ...parts };
}

const held = (packets: number) => anObserved({ quarantined: [{ mac, packets, packetsToHost: 1000 }] });

interface Parts {
  readonly desired?: readonly AnyContainment[];
  readonly observed?: Observed | null;
  readonly isSimulated?: boolean;
  readonly placement?: Placement;
  readonly at?: number;
  readonly refused?: ReadonlyMap<string, string>;
  readonly memory?: ContainmentMemory;
}

function aReport(parts: Parts) {
  return reportContainments({
    desired: parts.desired ?? [quarantine],
    observed: parts.observed === undefined ? held(0) : parts.observed,
    isSimulated: parts.isSimulated ?? false,
    placement: parts.placement ?? "lan",
    now: parts.at ?? now,
    trustedNow: parts.at ?? now,
    refused: parts.refused ?? new Map(),
    memory: parts.memory ?? emptyContainmentMemory,
  });
}

function essence({ level, inForceSince, packetsStopped, lastStoppedAt, refusal }: Held) {
  return { level, inForceSince, packetsStopped, lastStoppedAt, refusal };
}

const nothing = { inForceSince: null, packetsStopped: 0, lastStoppedAt: null, refusal: null };

const cases: readonly { readonly name: string; readonly parts: Parts; readonly expected: unknown }[] = [
  {
    name: "held in lan is a cut from the Internet, with what the host sent as the proof",
    parts: { observed: held(412) },
    expected: { level: "internet-cut", inForceSince: now, packetsStopped: 412, lastStoppedAt: now + 5, refusal: null },
  },
  {
    name: "pings are stopped, with those that were stopped as the proof",
    parts: { desired: [ping], observed: anObserved({ sweeps: [{ mac, sweep: "ping", packets: 9 }] }) },
    expected: { level: "vector-stopped", inForceSince: now, packetsStopped: 9, lastStoppedAt: now + 5, refusal: null },
  },
  {
    name: "pings whose element is missing are not",
    parts: { desired: [ping], observed: anObserved({ sweeps: [{ mac, sweep: "arp", packets: 9 }] }) },
    expected: { ...nothing, level: "none" },
  },
  {
    name: "questions for neighbours are limited",
    parts: {
      desired: [{ ...ping, vector: "arp" }],
      observed: anObserved({ sweeps: [{ mac, sweep: "arp", packets: 9 }] }),
    },
    expected: { level: "throttled", inForceSince: now, packetsStopped: 9, lastStoppedAt: now + 5, refusal: null },
  },
  {
    name: "held and silent has no packet to show",
    parts: {},
    expected: { level: "internet-cut", inForceSince: now, packetsStopped: 0, lastStoppedAt: null, refusal: null },
  },
  {
    name: "held in gateway reaches further",
    parts: { placement: "gateway" },
    expected: { ...nothing, level: "gateway-cut", inForceSince: now },
  },
  {
    name: "not held yet is none, without a refusal",
    parts: { observed: anObserved() },
    expected: { ...nothing, level: "none" },
  },
  { name: "no answer is unconfirmed", parts: { observed: null }, expected: { ...nothing, level: "unconfirmed" } },
  { name: "simulated says so", parts: { isSimulated: true }, expected: { ...nothing, level: "simulated" } },
  {
    name: "elements without the chains that use them stop nothing",
    parts: { observed: { ...held(0), skeleton: null } },
    expected: { ...nothing, level: "none" },
  },
  {
    name: "the executor's refusal is passed on",
    parts: { observed: anObserved(), refused: new Map([[mac, "this is the box itself"]]) },
    expected: { ...nothing, level: "none", refusal: "this is the box itself" },
  },
  {
    name: "where the box only listens it says what a person can do",
    parts: { placement: "mirror" },
    expected: { ...nothing, level: "none", refusal: "Cannot be cut from here. By hand: unplug it." },
  },
  {
    name: "what is yet to start is on its way",
    parts: { desired: [{ ...quarantine, startsAt: now + 1 }], observed: anObserved() },
    expected: { ...nothing, level: "none" },
  },
  {
    name: "what has expired says so",
    parts: { observed: anObserved(), at: quarantine.expiresAt ?? 0 },
    expected: { ...nothing, level: "none", refusal: "its time is over" },
  },
  {
    name: "a vector needs all its ports, and counts over them",
    parts: {
      desired: [smb],
      observed: anObserved({ vectors: [135, 139, 445].map((port) => ({ mac, port, packets: port })) }),
    },
    expected: {
      level: "vector-stopped",
      inForceSince: now,
      packetsStopped: 135 + 139 + 445,
      lastStoppedAt: now + 5,
      refusal: null,
    },
  },
  {
    name: "a vector with a port missing is not in force",
    parts: { desired: [smb], observed: anObserved({ vectors: [{ mac, port: 445, packets: 4 }] }) },
    expected: { ...nothing, level: "none" },
  },
  {
    name: "a throttle is no cut, and proves itself by what it stopped",
    parts: { desired: [throttle], observed: anObserved({ throttled: [{ mac, packets: 9 }] }) },
    expected: { level: "throttled", inForceSince: now, packetsStopped: 9, lastStoppedAt: now + 5, refusal: null },
  },
  {
    name: "a throttle of one vector needs all its ports, and no block of them stands for it",
    parts: {
      desired: [{ ...throttle, vector: "sql" }],
      observed: anObserved({ vectors: [{ mac, port: 1433, packets: 4 }], throttled: [{ mac, packets: 9 }] }),
    },
    expected: { ...nothing, level: "none" },
  },
  {
    name: "a throttle of one vector counts its own ports",
    parts: {
      desired: [{ ...throttle, vector: "sql" }],
      observed: anObserved({ throttledVectors: [{ mac, port: 1433, packets: 4 }] }),
    },
    expected: { level: "throttled", inForceSince: now, packetsStopped: 4, lastStoppedAt: now + 5, refusal: null },
  },
  {
    name: "in wan nobody is slowed alone",
    parts: {
      desired: [throttle],
      placement: "wan",
      observed: anObserved({ throttled: [{ mac, packets: 9 }] }),
    },
    expected: { ...nothing, level: "none", refusal: "Cannot be slowed from here." },
  },
  {
    name: "a vector without ports cannot be in force",
    parts: { desired: [{ ...smb, vector: "other" }], observed: anObserved() },
    expected: { ...nothing, level: "none", refusal: "this way of spreading has no ports that could be shut" },
  },
];

for (const { name, parts, expected } of cases) {
  test(`report: ${name}`, () => {
    const [reported] = aReport(parts).reported;
    assert.ok(reported !== undefined);
    assert.deepEqual(essence(reported), expected);
  });
}

/** Reports one after the other, each with the memory of the one before. */
function inTurn(...steps: readonly Parts[]): Held[][] {
  let memory = emptyContainmentMemory;
  return steps.map((parts) => {
    const result = aReport({ ...parts, memory });
    memory = JSON.parse(JSON.stringify(result.memory)) as ContainmentMemory;
    return result.reported;
  });
}

test("packets are summed over a counter that began anew, and the time stands still while it does", () => {
  const results = inTurn(
    { observed: held(10), at: now },
    { observed: held(10), at: now + 1000 },
    { observed: held(4), at: now + 2000 },
  ).map(([reported]) => reported?.packetsStopped);
  assert.deepEqual(results, [10, 10, 14]);
  const [, [second] = []] = inTurn(
    { observed: held(10) },
    { observed: { ...held(10), at: now + 900 }, at: now + 1000 },
  );
  assert.equal(second?.lastStoppedAt, now + 5);
  assert.equal(second?.inForceSince, now);
});

test("a second containment of a host does not claim the packets of the first", () => {
  const later = { ...quarantine, id: "c7" };
  const [, [reported] = []] = inTurn({ observed: held(100) }, { desired: [later], observed: held(103) });
  assert.equal(reported?.packetsStopped, 3);
});

test("while the executor is away figures stay, and the level does not claim what nobody measured", () => {
  const [, [away] = [], [back] = []] = inTurn(
    { observed: held(8) },
    { observed: null, at: now + 500 },
    { observed: held(9), at: now + 900 },
  );
  assert.deepEqual(away && [away.level, away.packetsStopped, away.inForceSince], ["unconfirmed", 8, now]);
  assert.deepEqual(back && [back.level, back.packetsStopped, back.inForceSince], ["internet-cut", 9, now]);
});

test("frames that hide their port are told of with what goes by ports, and with nothing else", () => {
  const observed = (packets: number) =>
    anObserved({
      ...{ vectors: [135, 139, 445].map((port) => ({ mac, port, packets: 0 })), throttled: [{ mac, packets: 0 }] },
      ...{ quarantined: [{ mac, packets: 0, packetsToHost: 0 }], hidden: [{ mac, packets }] },
    });
  const desired = [quarantine, smb, throttle];
  const first = aReport({ desired, observed: observed(4) });
  const { reported } = aReport({ desired, observed: observed(6), memory: first.memory });
  assert.deepEqual(
    reported.map(({ hiddenStopped, packetsStopped, lastStoppedAt }) => [hiddenStopped, packetsStopped, lastStoppedAt]),
    [
      [undefined, 0, null],
      [6, 0, now + 5],
      [undefined, 0, null],
    ],
  );
  const old = aReport({ desired: [smb], observed: anObserved({ vectors: [{ mac, port: 445, packets: 3 }] }) });
  assert.ok(!("hiddenStopped" in (old.reported[0] ?? {})), "an executor that counts none");
});
