import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import type { DesiredDocument, Policy } from "@cordon/contract";
import { pino } from "pino";
import { maxNewcomers } from "../containment/incident.ts";
import { writeFileAtomic } from "../record/atomic-file.ts";
import type { Machine } from "../verdict/case-book.ts";
import { HealthBoard } from "./health-board.ts";
import { ProbationKeeper } from "./probation-keeper.ts";

const at = Date.UTC(2026, 10, 21);
const time = { clock: at, trusted: at };
const [worm, desk, laptop] = ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"];

function aMachine(mac: string, fields: Partial<Machine> = {}): Machine {
  return {
    ...{ mac, name: null, addresses: [], role: { name: "unknown", reason: "r" }, verdict: "clear" },
    ...{ firstSeenAt: at, lastSeenAt: at, contacts: 1 },
    ...fields,
  };
}

const aDocument = (policy: Policy, more: Partial<DesiredDocument> = {}): DesiredDocument => ({
  ...{ version: 1, sensor: "box-1", site: "office", epoch: 1, revision: 1, issuedAt: 0, notAfter: 0, policy },
  containments: [],
  ...more,
});

/** For one keeper after the other; whoever is given it removes the folder once it writes no more. */
async function aPath(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), "cordon-probation-")), "incident.json");
}

function aKeeper(t: TestContext, path: string) {
  const site = { machines: [aMachine(worm, { verdict: "infected" }), aMachine(desk)], now: at };
  const told: string[] = [];
  const health = new HealthBoard(() => at);
  const keeper = new ProbationKeeper({
    path,
    profile: { policy: "guard", placement: "lan", declared: [] },
    judge: {
      machines: () => site.machines,
      succeeded: (mac, { text }) => told.push(`${mac} ${text}`) === 1,
      startedAt: at - 24 * 3_600_000,
      get now() {
        return site.now;
      },
    },
    write: writeFileAtomic,
    log: pino({ level: "silent" }),
    health,
  });
  t.after(async () => {
    await keeper.close();
    await rm(dirname(path), { recursive: true, force: true });
  });
  return { keeper, site, told, health };
}

test("who was there before an incident is known for as long as it is open, also after a restart", async (t) => {
  const path = await aPath();
  const first = aKeeper(t, path);
  assert.deepEqual(first.keeper.take(null, [], time)?.known, [worm, desk]);
  first.site.machines = [...first.site.machines, aMachine(laptop)];
  const probation = first.keeper.take(null, [], time);
  assert.deepEqual(
    probation?.throttles.map(({ host }) => host),
    [laptop],
  );
  assert.deepEqual(first.keeper.reported, {
    ...{ since: at, until: at + 24 * 3_600_000, known: 2 },
    newcomers: [{ host: laptop, since: at }],
  });
  await first.keeper.close();

  const second = aKeeper(t, path);
  // The judge has forgotten everybody, and nobody is accused any more.
  second.site.machines = [];
  await second.keeper.load();
  assert.deepEqual(second.keeper.take(null, [], time), probation);
});

test("the document's policy counts, and a pardon ends it for one machine", async (t) => {
  const { keeper, site } = aKeeper(t, await aPath());
  keeper.take(null, [], time);
  site.machines = [...site.machines, aMachine(laptop)];
  assert.equal(keeper.take(aDocument("observe"), [], time), null);
  const nobody = keeper.reported;
  assert.equal(nobody, undefined);
  const [throttle] = keeper.take(aDocument("contain"), [], time)?.throttles ?? [];
  assert.equal(throttle?.author, "Cordon, policy contain");
  const pardons = [{ host: laptop, author: "ann", reason: "new", at, until: null }];
  assert.deepEqual(keeper.take(aDocument("contain", { pardons }), [], time)?.throttles, []);
  assert.deepEqual(keeper.reported?.newcomers, []);
  assert.equal(keeper.whyEnded(throttle.id), "It is known now, or held by something else.");
  assert.equal(keeper.whyEnded("a-1"), null);
});

test("under `observe` a newcomer is bounded while a person has somebody cut off, and let go with him", async (t) => {
  const { keeper, site } = aKeeper(t, await aPath());
  const cut = { id: "c", kind: "quarantine" as const, host: worm, vector: null, reason: "r", author: "ann" };
  const document = aDocument("observe", { containments: [{ ...cut, startsAt: at, expiresAt: null }] });
  assert.deepEqual(keeper.take(document, [], time)?.known, [worm, desk]);
  site.machines = [...site.machines, aMachine(laptop)];
  const [throttle] = keeper.take(document, [], time)?.throttles ?? [];
  assert.deepEqual([throttle?.host, throttle?.vector], [laptop, null]);
  assert.equal(keeper.reported?.newcomers.length, 1);
  assert.equal(keeper.take(aDocument("observe"), [], time), null);
  assert.equal(keeper.whyEnded(throttle?.id ?? ""), "The probation is over.");
});

test("who takes the place of a machine that is cut off is told to the judge", async (t) => {
  const { keeper, site, told } = aKeeper(t, await aPath());
  const like = { name: "DESK-07", addresses: ["192.168.1.7"] };
  const wish = { id: "c", kind: "quarantine" as const, host: worm, vector: null, reason: "r", author: "ann" };
  const document = aDocument("contain", { containments: [{ ...wish, startsAt: at, expiresAt: null }] });
  site.machines = [aMachine(worm, { ...like, verdict: "infected" }), aMachine(desk)];
  keeper.take(document, [], time);
  site.machines = [...site.machines, aMachine(laptop, { ...like, firstSeenAt: at + 5000 })];
  keeper.take(document, [], time);
  assert.deepEqual(told, [], "not while the other may still speak");
  site.now = at + 30_000;
  keeper.take(document, [], time);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", /^02:00:00:00:00:03 It took the name and address of DESK-07/);
});

test("a crowd is said, and a file that makes no sense is set aside", async (t) => {
  const path = await aPath();
  await writeFile(path, "{}");
  const { keeper, site, health } = aKeeper(t, path);
  await keeper.load();
  keeper.take(null, [], time);
  const crowd = Array.from({ length: 500 }, (_, index) =>
    aMachine(`02:00:00:00:09:${index.toString(16).padStart(2, "0")}`),
  );
  site.machines = [...site.machines, ...crowd];
  assert.equal(keeper.take(null, [], time)?.throttles.length, maxNewcomers);
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["incident-damaged", "newcomers-many"],
  );
  await keeper.close();
  assert.equal((JSON.parse(await readFile(path, "utf8")) as { version: number }).version, 1);
});
