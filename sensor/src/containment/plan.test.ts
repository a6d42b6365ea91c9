import assert from "node:assert/strict";
import { test } from "node:test";
import { vectorPorts, type AnyContainment, type Containment, type SweepBlock, type Throttle } from "@cordon/contract";
import fc from "fast-check";
import { plan } from "./plan.ts";
import type { Observed, ReflexSettings, Step } from "./protocol.ts";
import { SimulatedExecutor } from "./simulated-executor.ts";

const now = 1_800_000_000_000;
const time = { clock: now, trusted: now };
const a = "02:00:00:00:00:0a";
const b = "02:00:00:00:00:0b";

function aContainment(parts: Partial<Containment> = {}): Containment {
  return {
    id: "c1",
    kind: "quarantine",
    host: a,
    vector: null,
    reason: "worm",
    author: "technician",
    startsAt: now - 1000,
    expiresAt: null,
    ...parts,
  };
}

function anObserved(parts: Partial<Observed> = {}): Observed {
  return { at: now, skeleton: "x", quarantined: [], vectors: [], handedUp: {}, heldBack: {}, ...parts };
}

const quarantined = (...macs: string[]) => macs.map((mac) => ({ mac, packets: 7, packetsToHost: 3 }));
const vectors = (mac: string, ...ports: number[]) => ports.map((port) => ({ mac, port, packets: 7 }));
const throttle: Throttle = { ...aContainment({ id: "c3" }), kind: "throttle", vector: null };
const mail = aContainment({ id: "c2", kind: "vector", vector: "mail" });
const ping: SweepBlock = { ...aContainment({ id: "c4" }), kind: "vector", vector: "ping" };
const arp: SweepBlock = { ...ping, id: "c5", vector: "arp" };

const cases: readonly {
  readonly name: string;
  readonly desired: readonly AnyContainment[];
  readonly observed: Observed;
  readonly expected: readonly Step[];
}[] = [
  { name: "nothing wished, nothing held: nothing to do", desired: [], observed: anObserved(), expected: [] },
  {
    name: "a quarantine that is missing is added",
    desired: [aContainment()],
    observed: anObserved(),
    expected: [{ kind: "quarantine-add", mac: a }],
  },
  {
    name: "a quarantine that is held stays untouched",
    desired: [aContainment()],
    observed: anObserved({ quarantined: quarantined(a) }),
    expected: [],
  },
  {
    name: "a quarantine that is no longer wished is removed",
    desired: [],
    observed: anObserved({ quarantined: quarantined(a) }),
    expected: [{ kind: "quarantine-remove", mac: a }],
  },
  {
    name: "an expired quarantine is removed, at the very millisecond",
    desired: [aContainment({ expiresAt: now })],
    observed: anObserved({ quarantined: quarantined(a) }),
    expected: [{ kind: "quarantine-remove", mac: a }],
  },
  {
    name: "a quarantine holds until the millisecond before it expires",
    desired: [aContainment({ expiresAt: now + 1 })],
    observed: anObserved({ quarantined: quarantined(a) }),
    expected: [],
  },
  {
    name: "sweeps are added and removed each for itself",
    desired: [ping, arp],
    observed: anObserved({ sweeps: [{ mac: b, sweep: "arp", packets: 3 }] }),
    expected: [
      { kind: "sweep-add", mac: a, sweep: "ping" },
      { kind: "sweep-add", mac: a, sweep: "arp" },
      { kind: "sweep-remove", mac: b, sweep: "arp" },
    ],
  },
  {
    name: "sweeps that are held stay untouched",
    desired: [ping, arp],
    observed: anObserved({ sweeps: (["ping", "arp"] as const).map((sweep) => ({ mac: a, sweep, packets: 3 })) }),
    expected: [],
  },
  {
    name: "one that is yet to start is not added",
    desired: [aContainment({ startsAt: now + 1 })],
    observed: anObserved(),
    expected: [],
  },
  {
    name: "one that starts now is added",
    desired: [aContainment({ startsAt: now })],
    observed: anObserved(),
    expected: [{ kind: "quarantine-add", mac: a }],
  },
  {
    name: "of two quarantines of a host the second keeps it in when the first expires",
    desired: [aContainment({ expiresAt: now - 1 }), aContainment({ id: "c9" })],
    observed: anObserved({ quarantined: quarantined(a) }),
    expected: [],
  },
  {
    name: "a vector shuts its ports, but for those that are shut",
    desired: [mail],
    observed: anObserved({ vectors: vectors(a, 25, 465) }),
    expected: [{ kind: "vector-add", mac: a, ports: [587, 2525] }],
  },
  {
    name: "the end of a vector opens its ports, but for those of another vector",
    desired: [aContainment({ kind: "vector", vector: "telnet" })],
    observed: anObserved({ vectors: [...vectors(a, 23, 2323, 25), ...vectors(b, 25, 445)] }),
    expected: [
      { kind: "vector-remove", mac: a, ports: [25] },
      { kind: "vector-remove", mac: b, ports: [25, 445] },
    ],
  },
  {
    name: "a vector without ports plans nothing",
    desired: [aContainment({ kind: "vector", vector: "other" })],
    observed: anObserved(),
    expected: [],
  },
  {
    name: "a throttle of everything and one of a vector are two things",
    desired: [throttle, { ...throttle, id: "c4", vector: "telnet" }],
    observed: anObserved({ throttledVectors: vectors(a, 23) }),
    expected: [
      { kind: "throttle-add", mac: a, ports: null },
      { kind: "throttle-add", mac: a, ports: [2323] },
    ],
  },
  {
    name: "an expired throttle and one that nobody wished for are removed, and block nothing",
    desired: [{ ...throttle, expiresAt: now }],
    observed: anObserved({ throttled: [{ mac: a, packets: 3 }], throttledVectors: vectors(b, 25) }),
    expected: [
      { kind: "throttle-remove", mac: a, ports: null },
      { kind: "throttle-remove", mac: b, ports: [25] },
    ],
  },
  {
    name: "a change from quarantine to vector does both, additions first",
    desired: [mail],
    observed: anObserved({ quarantined: quarantined(a) }),
    expected: [
      { kind: "vector-add", mac: a, ports: [...vectorPorts.mail] },
      { kind: "quarantine-remove", mac: a },
    ],
  },
];

for (const { name, desired, observed, expected } of cases) {
  test(`plan: ${name}`, () => assert.deepEqual(plan(desired, time, observed), expected));
}

test("the reflex is set where it is not as wished, and only where there is one", () => {
  const settings: ReflexSettings = { mode: "enforce", budget: "usual", hosts: [], exempt: [{ mac: a, port: 25 }] };
  const held = (is: ReflexSettings) => anObserved({ reflex: { settings: is, passed: 0, stopped: 0, hosts: [] } });
  const set: Step = { kind: "reflex-set", settings };
  assert.deepEqual(plan([], time, held({ ...settings, exempt: [] }), settings), [set]);
  assert.deepEqual(plan([], time, held(settings), settings), []);
  assert.deepEqual(plan([], time, held({ ...settings, mode: "dry" })), [], "nobody said what it is to be");
  assert.deepEqual(plan([], time, anObserved(), settings), [], "an executor without reflex");
});

test("after its steps were taken a plan has nothing left to do", async () => {
  const containment = fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    kind: fc.constantFrom("quarantine" as const, "vector" as const, "throttle" as const),
    host: fc.constantFrom(a, b, "02:00:00:00:00:0c"),
    vector: fc.constantFrom("mail" as const, "smb" as const, "other" as const, null),
    reason: fc.constant("r"),
    author: fc.constant("p"),
    startsAt: fc.integer({ min: now - 5, max: now + 5 }),
    expiresAt: fc.option(fc.integer({ min: now - 5, max: now + 5 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(containment, { maxLength: 6 }), { maxLength: 4 }), async (documents) => {
      const executor = new SimulatedExecutor({ clock: () => now });
      const { signal } = new AbortController();
      for (const desired of documents) {
        const before = await executor.observe(signal);
        const { observed } = await executor.apply(plan(desired, time, before), signal);
        assert.deepEqual(plan(desired, time, observed), []);
        assert.ok(
          observed.throttled?.every(({ mac }) => desired.some(({ host, kind }) => host === mac && kind === "throttle")),
        );
        const active = desired.filter(
          (wish) => wish.startsAt <= now && (wish.expiresAt === null || wish.expiresAt > now),
        );
        const kept = desired.filter((wish) => wish.startsAt > now && (wish.expiresAt === null || wish.expiresAt > now));
        const keptHeld = kept.filter(({ host }) => before.quarantined.some(({ mac }) => mac === host));
        assert.deepEqual(
          observed.quarantined.map(({ mac }) => mac),
          [
            ...new Set([...active, ...keptHeld].filter(({ kind }) => kind === "quarantine").map(({ host }) => host)),
          ].toSorted(),
        );
      }
    }),
  );
});

test("a throttle ends by the trusted time alone, and none is added before it begins", () => {
  const held = anObserved({ throttled: [{ mac: a, packets: 3 }], throttledVectors: vectors(a, ...vectorPorts.mail) });
  const wishes: readonly Throttle[] = [
    { ...throttle, expiresAt: now + 1000 },
    { ...throttle, id: "c4", vector: "mail", expiresAt: now + 1000 },
  ];
  for (const clock of [now - 1e11, now + 1e11]) {
    for (const trusted of [0, now]) assert.deepEqual(plan(wishes, { clock, trusted }, held), []);
    assert.deepEqual(
      plan(wishes, { clock, trusted: now + 1000 }, held).map(({ kind }) => kind),
      ["throttle-remove", "throttle-remove"],
    );
  }
  assert.deepEqual(plan(wishes, { clock: now - 1e11, trusted: 0 }, anObserved()), []);
});

for (const [name, clock] of [
  ["years back", now - 1e11],
  ["years ahead", now + 1e11],
] as const) {
  test(`a clock ${name} takes nothing out that is wished, and what is no longer wished goes at once`, () => {
    const held = anObserved({ quarantined: quarantined(a), vectors: vectors(a, ...vectorPorts.mail) });
    const wishes = [aContainment({ expiresAt: now + 1000 }), { ...mail, expiresAt: now + 1000 }];
    for (const trusted of [0, now - 1e9, now]) {
      assert.deepEqual(plan(wishes, { clock, trusted }, held), []);
      assert.deepEqual(
        plan([], { clock, trusted }, held).map(({ kind }) => kind),
        ["quarantine-remove", "vector-remove"],
      );
    }
    assert.deepEqual(
      plan(wishes, { clock, trusted: now + 1000 }, held).map(({ kind }) => kind),
      ["quarantine-remove", "vector-remove"],
    );
  });
}

test("an empty kernel is filled by the trusted time though the clock is years back", () => {
  assert.deepEqual(plan([aContainment()], { clock: now - 1e11, trusted: now }, anObserved()), [
    { kind: "quarantine-add", mac: a },
  ]);
});
