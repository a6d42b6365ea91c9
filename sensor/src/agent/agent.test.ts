import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type {
  AutomaticContainment,
  Containment,
  DesiredDocument,
  HostSnapshot,
  Reported,
  Throttle,
} from "@cordon/contract";
import { pino } from "pino";
import type { AdoptedDesired } from "../link/desired.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";
import { Agent, type AgentMemory, type AgentOptions } from "./agent.ts";
import { FakeExecutor } from "./fake-executor.ts";
import { HealthBoard } from "./health-board.ts";

const mac = "02:00:00:00:00:01";
const server = "02:00:00:00:00:05";

function aWish(
  containments: readonly Partial<Containment>[],
  revision: number,
  limits: Partial<Omit<DesiredDocument, "containments">> = {},
): AdoptedDesired {
  return {
    signed: { document: "", signature: "", keyId: "" },
    document: {
      version: 1,
      sensor: "box-1",
      site: "office",
      epoch: 1,
      revision,
      issuedAt: 0,
      notAfter: 0,
      policy: "observe",
      ...limits,
      containments: containments.map((containment) => ({
        id: "c1",
        kind: "quarantine",
        host: mac,
        vector: null,
        reason: "mails by itself",
        author: "operator",
        startsAt: 0,
        expiresAt: null,
        ...containment,
      })),
    },
  };
}

function anAgent(
  t: TestContext,
  memory: AgentMemory | null = null,
  declared: AgentOptions["declared"] = [],
  placement: AgentOptions["placement"] = "lan",
) {
  const clock: { now: number; trusted?: number; monotonic?: number } = { now: 1_000_000 };
  const executor = new FakeExecutor();
  const health = new HealthBoard(() => clock.now);
  const reports: Reported[] = [];
  const changes: NoticeEntry[] = [];
  let remembered: AgentMemory | null = null;
  const waiting = new Set<() => void>();
  const held: AutomaticContainment[] = [];
  const judged: HostSnapshot[] = [];
  const automatic = {
    take: () => Promise.resolve([...held]),
    whyEnded: () => "ann released it: cleaned",
  };
  const agent = new Agent({
    executor,
    policy: "observe",
    automatic,
    isSimulated: false,
    placement,
    declared,
    localNets: [],
    hosts: () => judged,
    bootId: "0123456789abcdef",
    now: () => clock.now,
    monotonic: () => clock.monotonic ?? clock.now,
    trustedNow: () => clock.trusted ?? clock.now,
    log: pino({ level: "silent" }),
    health,
    line: () => ({ state: "unknown", since: 0, text: "nothing was heard yet" }),
    refused: () => ({}),
    remedies: () => undefined,
    memory,
    onMemory: (value) => {
      remembered = value;
    },
    onReported: (reported) => {
      reports.push(reported);
      for (const look of waiting) look();
    },
    onChange: (entry) => changes.push(entry),
  });
  t.after(() => agent.close());
  /** Runs rounds until the report is as awaited. */
  const reportWhere = (holds: (reported: Reported) => boolean) =>
    new Promise<Reported>((resolve) => {
      const look = () => {
        const last = reports.at(-1);
        if (last === undefined || !holds(last)) {
          if (last !== undefined) setImmediate(() => agent.kick());
          return;
        }
        waiting.delete(look);
        resolve(last);
      };
      waiting.add(look);
      agent.kick();
      look();
    });
  const levelIn = (reported: Reported) => reported.containments[0]?.level;
  const said = () => changes.map((entry) => entry.kind === "containment" && entry.change);
  return {
    ...{ agent, clock, executor, health, reports, changes, said, reportWhere, levelIn },
    /** What the policy holds. */
    held,
    /** What the judge knows. */
    judged,
    memory: () => remembered,
  };
}

const saved = Promise.resolve();

test("a wish is in the kernel and in the report after one round", async (t) => {
  const { agent, executor, reportWhere, said } = anAgent(t);
  agent.start();
  agent.adopt(aWish([{}], 1), saved);
  const reported = await reportWhere(({ revision }) => revision === 1);
  assert.deepEqual(
    reported.containments.map(({ level, refusal }) => [level, refusal]),
    [["internet-cut", null]],
  );
  assert.deepEqual(
    executor.applied.map(({ kind }) => kind),
    ["quarantine-add"],
  );
  assert.deepEqual(said(), ["in-force"]);
});

test("outside the router nobody is cut alone, since it would cut everybody, and who is held is let go", async (t) => {
  const { agent, executor, reportWhere, levelIn } = anAgent(t, null, [], "wan");
  await executor.apply([{ kind: "quarantine-add", mac: server }], new AbortController().signal);
  agent.start();
  const area = { id: "a1", name: "floor", hosts: [mac] };
  const cut = {
    id: "x1",
    area: "a1",
    from: "internet",
    reason: "worm",
    author: "ann",
    startsAt: 0,
    expiresAt: null,
  } as const;
  agent.adopt(aWish([{}], 1, { areas: [area], areaCuts: [cut] }), saved);
  const reported = await reportWhere(({ revision }) => revision === 1);
  assert.deepEqual([levelIn(reported), reported.areaCuts?.[0]?.level], ["none", "none"]);
  assert.deepEqual((await executor.observe(new AbortController().signal)).quarantined, []);
});

test("a revision is only reported once it was written down", async (t) => {
  const { agent, reports, reportWhere } = anAgent(t);
  agent.start();
  let written = () => {};
  agent.adopt(aWish([{}], 1), new Promise((resolve) => (written = resolve)));
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(reports.every(({ revision }) => revision === 0));
  written();
  await reportWhere(({ revision }) => revision === 1);
});

test("a report names its document by when that was issued, with its wish to record, and is up to date until another comes", async (t) => {
  const { agent, reports, reportWhere } = anAgent(t);
  agent.start();
  const none = await reportWhere(() => true);
  assert.deepEqual([none.issuedAt, none.recording, agent.upToDate?.epoch], [undefined, undefined, 0]);
  const scope = { kind: "site" } as const;
  const given = { id: "a-1", by: "R. Voss", role: "owner", date: 1, scope, until: 2 };
  const recording = { authorisations: [given] };
  let written = () => {};
  agent.adopt(
    aWish([{}], 1, { issuedAt: 17, recording }),
    new Promise((resolve) => {
      written = resolve;
    }),
  );
  assert.equal(agent.upToDate, null, "what is held is not what was reported last");
  written();
  const told = await reportWhere(({ revision }) => revision === 1);
  assert.deepEqual([told.issuedAt, told.recording], [17, recording]);
  assert.equal(agent.upToDate, reports.at(-1));
});

test("a new wish does not wait for a look at the kernel that is under way", async (t) => {
  const { agent, executor, reportWhere } = anAgent(t);
  agent.start();
  agent.adopt(aWish([], 1), saved);
  await reportWhere(({ revision }) => revision === 1);
  const hung = executor.hang();
  agent.kick();
  await hung;
  agent.adopt(aWish([{}], 2), saved);
  const reported = await reportWhere(({ revision }) => revision === 2);
  assert.equal(reported.containments[0]?.level, "internet-cut");
  assert.deepEqual(reported.health, []);
});

test("while the executor is away nothing is claimed, and a trouble says why until it is back", async (t) => {
  const { agent, clock, executor, health, reportWhere, levelIn, said } = anAgent(t);
  agent.start();
  agent.adopt(aWish([{}], 1), saved);
  await reportWhere((reported) => levelIn(reported) === "internet-cut");
  executor.isThere = false;
  clock.now += 5000;
  const away = await reportWhere((reported) => levelIn(reported) === "unconfirmed");
  assert.deepEqual(
    away.health.map(({ code, since }) => [code, since]),
    [["executor-down", clock.now]],
  );
  executor.isThere = true;
  const back = await reportWhere((reported) => levelIn(reported) === "internet-cut" && reported.health.length === 0);
  assert.equal(back.containments[0]?.inForceSince, 1_000_000);
  assert.deepEqual(health.list(), []);
  assert.deepEqual(said(), ["in-force"]);
});

test("a release while the executor is away is not reported as done before it was seen", async (t) => {
  const { agent, executor, reportWhere, levelIn, said } = anAgent(t);
  agent.start();
  agent.adopt(aWish([{}], 1), saved);
  await reportWhere((reported) => levelIn(reported) === "internet-cut");
  executor.isThere = false;
  agent.adopt(aWish([], 2), saved);
  const away = await reportWhere(({ revision }) => revision === 2);
  assert.equal(levelIn(away), "unconfirmed");
  assert.deepEqual(away.ending, ["c1"], "and that nobody wishes for it is told");
  executor.isThere = true;
  const seen = await reportWhere(({ containments }) => containments.length === 0);
  assert.equal(seen.ending, undefined);
  assert.deepEqual(said(), ["in-force", "released"]);
});

test("what the executor refuses is asked for again seldom, and its reason is reported", async (t) => {
  const { agent, clock, executor, reports, reportWhere, levelIn } = anAgent(t);
  executor.protectedMacs.add(mac);
  agent.start();
  agent.adopt(aWish([{}], 1), saved);
  const refused = await reportWhere(({ containments }) => containments[0]?.refusal === "it is the gateway");
  assert.equal(levelIn(refused), "none");
  const rounds = reports.length;
  await reportWhere(() => reports.length >= rounds + 3);
  assert.equal(executor.applied.length, 1);
  clock.now += 10_000;
  executor.protectedMacs.clear();
  await reportWhere((reported) => levelIn(reported) === "internet-cut");
});

test("a clock that was set back years keeps what was refused from being asked for no longer than otherwise", async (t) => {
  const { agent, clock, executor, reportWhere, levelIn } = anAgent(t);
  clock.monotonic = 1000;
  clock.trusted = clock.now;
  executor.protectedMacs.add(mac);
  agent.start();
  agent.adopt(aWish([{}], 1), saved);
  await reportWhere(({ containments }) => containments[0]?.refusal === "it is the gateway");
  clock.now -= 10 * 365 * 86_400_000;
  clock.monotonic += 10_000;
  executor.protectedMacs.clear();
  await reportWhere((reported) => levelIn(reported) === "internet-cut");
});

test("a containment ends when its time is over, without a new wish", async (t) => {
  const { agent, clock, executor, reportWhere, levelIn, said } = anAgent(t);
  agent.start();
  agent.adopt(aWish([{ expiresAt: clock.now + 500 }], 1), saved);
  await reportWhere((reported) => levelIn(reported) === "internet-cut");
  clock.now += 500;
  await reportWhere((reported) => levelIn(reported) === "none");
  assert.equal(executor.applied.at(-1)?.kind, "quarantine-remove");
  assert.deepEqual(said(), ["in-force", "expired"]);
});

test("after a restart it goes on with the times it had, and says nothing twice", async (t) => {
  const first = anAgent(t);
  first.agent.start();
  first.agent.adopt(aWish([{}], 1), saved);
  await first.reportWhere((reported) => first.levelIn(reported) === "internet-cut");
  first.executor.packetsByMac.set(mac, 412);
  await first.reportWhere(({ containments }) => containments[0]?.packetsStopped === 412);
  await first.agent.close();

  const second = anAgent(t, first.memory());
  second.clock.now += 60_000;
  second.executor.packetsByMac.set(mac, 420);
  second.agent.adopt(aWish([{}], 1), saved);
  second.agent.start();
  const reported = await second.reportWhere((report) => second.levelIn(report) === "internet-cut");
  assert.equal(reported.containments[0]?.inForceSince, 1_000_000);
  assert.equal(reported.containments[0]?.packetsStopped, 420);
  assert.deepEqual(second.said(), []);
});

test("without any wish the kernel is left as it is: a lost file releases nobody", async (t) => {
  const first = anAgent(t);
  first.agent.adopt(aWish([{}], 1), saved);
  first.agent.start();
  await first.reportWhere((reported) => first.levelIn(reported) === "internet-cut");
  await first.agent.close();

  const second = anAgent(t, first.memory());
  await second.executor.apply([{ kind: "quarantine-add", mac }], new AbortController().signal);
  second.agent.start();
  const reported = await second.reportWhere(() => second.reports.length >= 2);
  assert.deepEqual([reported.revision, second.levelIn(reported)], [0, "unconfirmed"]);
  assert.equal(second.executor.applied.length, 1);
  second.agent.adopt(aWish([], 2), saved);
  await second.reportWhere(({ revision, containments }) => revision === 2 && containments.length === 0);
  assert.equal(second.executor.applied.at(-1)?.kind, "quarantine-remove");
  assert.deepEqual(second.said(), ["released"]);
});

test("troubles the executor tells of come and go with it", async (t) => {
  const { agent, executor, reportWhere } = anAgent(t);
  executor.troubles = [{ code: "stored-set-damaged", text: "the stored set was set aside" }];
  agent.start();
  await reportWhere(({ health }) => health.some(({ code }) => code === "stored-set-damaged"));
  executor.troubles = [];
  await reportWhere(({ health }) => health.length === 0);
});

test("a clock that goes years back or ahead releases nobody and is no news; a person does", async (t) => {
  const { agent, clock, executor, reports, reportWhere, levelIn, said } = anAgent(t);
  agent.start();
  agent.adopt(aWish([{ startsAt: 900_000, expiresAt: 2_000_000 }], 1), saved);
  await reportWhere((reported) => levelIn(reported) === "internet-cut");
  clock.trusted = 1_000_000;
  for (const now of [1, 9_000_000_000]) {
    clock.now = now;
    const rounds = reports.length;
    await reportWhere(() => reports.length > rounds + 1);
    assert.equal(levelIn(reports.at(-1) as Reported), "internet-cut");
  }
  assert.deepEqual(said(), ["in-force"]);
  agent.adopt(aWish([], 2), saved);
  await reportWhere(({ revision }) => revision === 2);
  assert.deepEqual(
    executor.applied.map(({ kind }) => kind),
    ["quarantine-add", "quarantine-remove"],
  );
});

const aThrottle: Throttle = {
  id: "t1",
  kind: "throttle",
  host: mac,
  vector: null,
  reason: "many strangers",
  author: "operator",
  startsAt: 0,
  expiresAt: null,
};

test("a throttle is reported apart from the cuts, with the packets that prove it", async (t) => {
  const { agent, executor, reportWhere, said, memory } = anAgent(t);
  agent.start();
  agent.adopt(aWish([], 1, { throttles: [aThrottle] }), saved);
  await reportWhere(({ throttles }) => throttles?.[0]?.level === "throttled");
  executor.packetsByMac.set(mac, 7);
  const reported = await reportWhere(({ throttles }) => throttles?.[0]?.packetsStopped === 7);
  assert.deepEqual(reported.containments, []);
  assert.deepEqual(
    memory()?.seen.map(({ kind }) => kind),
    ["throttle"],
  );
  agent.adopt(aWish([], 2), saved);
  await reportWhere(({ revision, throttles }) => revision === 2 && throttles?.length === 0);
  assert.deepEqual(said(), ["in-force", "released"]);
});

test("the reflex is set as wished with the declared mail servers exempt, and falls back when the wish ends", async (t) => {
  const { agent, executor, reportWhere } = anAgent(t, null, [{ mac: server, role: "mail-server" }]);
  agent.start();
  const first = await reportWhere(({ reflex }) => reflex !== undefined);
  assert.deepEqual([first.reflex?.mode, executor.reflex.exempt], ["dry", []], "without any wish nothing is changed");
  agent.adopt(aWish([], 1, { reflex: { mode: "enforce", budget: "tight", hosts: [] } }), saved);
  await reportWhere(({ reflex }) => reflex?.mode === "enforce" && reflex.budget === "tight");
  assert.deepEqual(executor.reflex.exempt, [{ mac: server, port: 25 }]);
  agent.adopt(aWish([], 2), saved);
  await reportWhere(({ reflex, revision }) => revision === 2 && reflex?.mode === "dry" && reflex.budget === "usual");
  assert.equal(executor.applied.filter(({ kind }) => kind === "reflex-set").length, 2, "each is set once");
});

test("whoever goes beyond the budget is named for ten minutes", async (t) => {
  const { agent, clock, executor, reportWhere } = anAgent(t);
  const names = ({ health }: Reported) => health.find(({ code }) => code === "reflex-over-budget")?.text ?? "";
  executor.beyondByMac.set(mac, 3);
  agent.start();
  assert.equal(names(await reportWhere(({ reflex }) => reflex?.hosts.length === 1)), "", "that was before");
  executor.beyondByMac.set(mac, 4);
  await reportWhere((reported) => names(reported).includes(mac));
  clock.now += 599_000;
  const rounds = await reportWhere(({ at }) => at === clock.now);
  assert.ok(names(rounds).includes(mac));
  clock.now += 1000;
  await reportWhere((reported) => names(reported) === "");
});

const anAutomatic: AutomaticContainment = {
  id: "a-1",
  kind: "quarantine",
  host: server,
  vector: null,
  reason: "Infected: mails strangers",
  author: "Cordon, policy contain",
  startsAt: 0,
  expiresAt: 90_000_000,
  evidence: [],
};

test("what the policy holds is in the kernel beside what persons wish, and reported apart", async (t) => {
  const { agent, executor, held, changes, said, reportWhere, memory } = anAgent(t);
  agent.adopt(aWish([{}], 1), saved);
  held.push(anAutomatic);
  agent.start();
  executor.packetsByMac.set(server, 9);
  const reported = await reportWhere(({ automatic }) => automatic?.[0]?.level === "internet-cut");
  assert.deepEqual(
    [reported.containments, reported.automatic ?? []].map((list) => list.map(({ id }) => id)),
    [["c1"], ["a-1"]],
  );
  assert.deepEqual(reported.throttles, []);
  assert.deepEqual(said(), ["in-force", "in-force"]);
  assert.equal(memory()?.seen.length, 2);
  agent.adopt(aWish([], 2), saved);
  await reportWhere(({ revision, containments }) => revision === 2 && containments.length === 0);
  assert.deepEqual(executor.applied.at(-1), { kind: "quarantine-remove", mac });
  held.pop();
  await reportWhere(({ automatic }) => automatic?.length === 0);
  assert.deepEqual(executor.applied.at(-1), { kind: "quarantine-remove", mac: server });
  const last = changes.at(-1);
  assert.match(last?.kind === "containment" ? last.text : "", /ann released it: cleaned$/);
});

test("without any wish the policy adds and lets nobody go, and what was wished keeps its times", async (t) => {
  const first = anAgent(t);
  first.agent.adopt(aWish([{}], 1), saved);
  first.agent.start();
  await first.reportWhere((reported) => first.levelIn(reported) === "internet-cut");
  await first.agent.close();

  const second = anAgent(t, first.memory());
  await second.executor.apply([{ kind: "quarantine-add", mac }], new AbortController().signal);
  second.held.push(anAutomatic);
  second.clock.now += 60_000;
  second.agent.start();
  const reported = await second.reportWhere(({ automatic }) => automatic?.[0]?.level === "internet-cut");
  assert.deepEqual([reported.revision, second.levelIn(reported)], [0, "unconfirmed"]);
  assert.deepEqual(
    second.executor.applied.map((step) => "mac" in step && `${step.kind} ${step.mac}`),
    [`quarantine-add ${mac}`, `quarantine-add ${server}`],
    "nor is the reflex set",
  );
  assert.deepEqual(second.said(), ["in-force"]);
  second.agent.adopt(aWish([{}], 1), saved);
  const known = await second.reportWhere(({ revision }) => revision === 1);
  assert.equal(known.containments[0]?.inForceSince, 1_000_000);
  assert.deepEqual(second.said(), ["in-force"]);
});

test("rules of the site are set, told, and lifted when their time is over, without anybody asking", async (t) => {
  const { agent, clock, executor, reportWhere, judged } = anAgent(t);
  const told = { reason: "worm", author: "ann", startsAt: 0 };
  judged.push({ mac, host: mac, verdict: "infected", lastSeenAt: clock.now } as HostSnapshot);
  const lineCut = { ...told, id: "l", expiresAt: clock.now + 500 };
  const barriers = [
    { ...told, id: "b", way: "mail", mode: "enforce", area: null, exceptions: [mac, server], expiresAt: null } as const,
  ];
  const areas = [{ id: "floor", name: "First floor", hosts: [server] }];
  const areaCuts = [{ ...told, id: "c", area: "floor", from: "internet", expiresAt: null } as const];
  const site = {
    lineCut,
    areas,
    areaCuts,
    barriers: barriers.map((barrier) => ({ ...barrier, exceptions: [mac, server] })),
  };
  agent.start();
  agent.adopt(aWish([], 1, site), saved);
  const reported = await reportWhere(({ lineCut: line }) => line?.level === "line-cut");
  assert.deepEqual(executor.site.rules.hosts, [{ mac: server, way: "mail", mode: "open" }]);
  assert.deepEqual(
    reported.barriers?.map(({ level, refusedExceptions }) => [level, refusedExceptions.map(({ host }) => host)]),
    [["stopped", [mac]]],
  );
  assert.deepEqual([reported.areaCuts?.[0]?.level, reported.areaCuts?.[0]?.cut], ["internet-cut", [server]]);
  clock.now += 1000;
  await reportWhere(({ lineCut: line }) => line?.level === "none");
  assert.equal(executor.site.rules.isLineCut, false);
  agent.adopt(aWish([], 2), saved);
  await reportWhere(({ revision }) => revision === 2);
  assert.deepEqual([executor.site.rules.ways, executor.site.rules.hosts], [[], []]);
});
