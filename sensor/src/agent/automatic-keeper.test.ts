import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { DesiredDocument, HostSnapshot, Policy } from "@cordon/contract";
import { pino } from "pino";
import { AutomaticKeeper } from "./automatic-keeper.ts";
import { HealthBoard } from "./health-board.ts";

const mac = "02:00:00:00:00:01";
const server = "02:00:00:00:00:05";
const at = Date.UTC(2026, 10, 21);
const time = { clock: at, trusted: at };

const aHost = (host: string, verdict: HostSnapshot["verdict"] = "infected"): HostSnapshot => ({
  ...{ host, mac: host, addresses: [], name: null, role: { name: "unknown", reason: "r" }, verdict },
  ...{ class: "mass-mailer", vector: "mail", risk: "high", score: 6, firstSeenAt: at, lastSeenAt: at, suspectAt: at },
  ...{ infectedAt: at, contactsBeforeSuspect: 1, contacts: 1, evidence: [] },
});

const aDocument = (policy: Policy, more: Partial<DesiredDocument> = {}): DesiredDocument => ({
  ...{ version: 1, sensor: "box-1", site: "office", epoch: 1, revision: 1, issuedAt: 0, notAfter: 0, policy },
  containments: [],
  ...more,
});

async function aFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-automatic-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function aKeeper(path: string, profilePolicy: Policy = "observe") {
  const health = new HealthBoard(() => at);
  const asked: ReadonlySet<string>[] = [];
  const site = { hosts: [aHost(mac), aHost(server)] };
  let given = 0;
  const keeper = new AutomaticKeeper({
    path,
    profile: { policy: profilePolicy, placement: "lan", declared: [{ mac: server, role: "server" }] },
    hosts: (keys) => {
      asked.push(keys);
      return site.hosts;
    },
    random: () => Uint8Array.of(0, 0, 0, 0, 0, 0, path.length, ++given),
    monotonic: () => 0,
    log: pino({ level: "silent" }),
    health,
  });
  return { keeper, health, site, asked };
}

test("what is taken is on the disk before anybody is told, and a restart takes up the same", async (t) => {
  const path = join(await aFolder(t), "automatic.json");
  const first = aKeeper(path);
  const held = await first.keeper.take(aDocument("contain"), time);
  assert.deepEqual(
    held.map(({ host, kind }) => [host, kind]),
    [[mac, "quarantine"]],
    "and not the declared server",
  );
  assert.deepEqual((JSON.parse(await readFile(path, "utf8")) as { taken: unknown }).taken, held);

  const second = aKeeper(path);
  // The judge may have forgotten it, or know it from before its verdict.
  second.site.hosts = [aHost(mac, "watched")];
  await second.keeper.load();
  assert.deepEqual(await second.keeper.take(aDocument("contain"), time), held);
  assert.deepEqual(second.asked, [new Set([mac])]);
});

test("while no document was ever given the profile's policy counts", async (t) => {
  const folder = await aFolder(t);
  assert.deepEqual(await aKeeper(join(folder, "a")).keeper.take(null, time), []);
  const [taken] = await aKeeper(join(folder, "b"), "guard").keeper.take(null, time);
  assert.deepEqual([taken?.kind, taken?.vector, taken?.author], ["vector", "mail", "Cordon, policy guard"]);
  const byDocument = await aKeeper(join(folder, "c"), "contain").keeper.take(aDocument("observe"), time);
  assert.deepEqual(byDocument, []);
});

test("a pardon is written down, and why it ended can be told", async (t) => {
  const path = join(await aFolder(t), "automatic.json");
  const { keeper } = aKeeper(path);
  const [taken] = await keeper.take(aDocument("contain"), time);
  const pardons = [{ host: mac, author: "ann", reason: "cleaned", at, until: null }];
  assert.deepEqual(await keeper.take(aDocument("contain", { pardons }), time), []);
  assert.equal(keeper.whyEnded(taken?.id ?? ""), "ann released it: cleaned");
  assert.equal(keeper.whyEnded("a-unknown"), null);
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), { version: 1, taken: [] });
});

test("a disk that cannot be written is told of, and the machine is cut all the same", async (t) => {
  const path = join(await aFolder(t), "automatic.json");
  // A folder of its name is in the way.
  await mkdir(path);
  const { keeper, health } = aKeeper(path);
  assert.equal((await keeper.take(aDocument("contain"), time)).length, 1);
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["automatic-unsaved"],
  );
  await rm(path, { recursive: true });
  await keeper.take(aDocument("contain"), time);
  assert.deepEqual(health.list(), []);
  assert.match(await readFile(path, "utf8"), new RegExp(mac));
});

test("a file that makes no sense is set aside; whoever is still accused is held in the very same round", async (t) => {
  const path = join(await aFolder(t), "automatic.json");
  await writeFile(path, '{"version":1,"taken":[{}]}');
  const { keeper, health } = aKeeper(path);
  await keeper.load();
  assert.deepEqual(
    health.list().map(({ code }) => code),
    ["automatic-damaged"],
  );
  assert.equal((await keeper.take(aDocument("contain"), time)).length, 1);
  assert.match(await readFile(`${path}.damaged`, "utf8"), /taken/);
});

test("more than it may hold is told of", async (t) => {
  const path = join(await aFolder(t), "automatic.json");
  const { keeper, health, site } = aKeeper(path);
  site.hosts = Array.from({ length: 200 }, (_, index) =>
    aHost(`02:00:00:00:01:${index.toString(16).padStart(2, "0")}`),
  );
  assert.equal((await keeper.take(aDocument("contain"), time)).length, 128);
  assert.match(health.list()[0]?.text ?? "", /contains 128 machines, as many as it may; 72 more are due/);
  site.hosts = [];
  await keeper.take(aDocument("contain"), time);
  assert.deepEqual(health.list(), []);
});
