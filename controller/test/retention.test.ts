/** A sensor that tells without end: what it may take of the store, and what of it is never given up for the rest. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { contractVersion, type Notice } from "@cordon/contract";
import type { RefusalView } from "../src/api/view.ts";
import { defaultBatchLimits, type BatchLimits } from "../src/ingest/notice-store.ts";
import { openStore } from "./store.ts";
import { defaultRetentionLimits, forgetOld, type RetentionLimits } from "../src/store/shares.ts";
import { FakeSensor, type SentNotice } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

async function setUp(t: TestContext, retention: Partial<RetentionLimits>, more: Partial<BatchLimits> = {}) {
  const [dataDir, remove] = scratchDir();
  const limits = { ...defaultRetentionLimits, ...retention };
  const controller = await startTestController(dataDir, {
    batchLimits: { ...defaultBatchLimits, ...more, retention: limits },
    brokerLimits: { packetsPerSecond: 100_000, bytesPerSecond: 1e9 },
  });
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const sensor = await FakeSensor.start({ profile });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const store = await openStore(dataDir);
  t.after(async () => {
    await sensor.close();
    await store.destroy();
    await controller.close();
    remove();
  });
  const kinds = async () => {
    const rows = await store
      .selectFrom("notices")
      .select(["kind", (build) => build.fn.countAll<number>().as("count")])
      .groupBy("kind")
      .execute();
    return Object.fromEntries(rows.map(({ kind, count }) => [kind, Number(count)]));
  };
  const share = (what: "history" | "containments" | "translations" | "spools") =>
    store.selectFrom("shares").selectAll().where("what", "=", what).executeTakeFirst();
  const refusals = async () => {
    const { body } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
    return Object.fromEntries(body.map((row) => [row.reason, row.count]));
  };
  const send = async (...notices: readonly SentNotice[]) => {
    const before = sensor.stored.at(-1)?.sequence ?? 0;
    await sensor.send(...notices);
    await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= before + notices.length);
  };
  return { store, sensor, api, kinds, share, refusals, send, limits, siteId: profile.site.id };
}

const cut: SentNotice = {
  kind: "containment",
  containmentId: "c-1",
  host: "02:00:5e:00:00:01",
  change: "in-force",
  text: "Cut off.",
};
const hostAt = (index: number): SentNotice => ({
  kind: "host",
  host: aHost({ host: `02:00:5e:00:01:${(index % 256).toString(16).padStart(2, "0")}` }),
});
const aDay = 24 * 3_600_000;

test("who tells without end loses his own oldest, and nothing of cuts or translated connections", async (t) => {
  const { api, kinds, share, send, siteId } = await setUp(t, { historyBytes: 100_000 });
  const translation = {
    ...{ id: "n", change: "begun" as const, at: Date.now(), protocol: "tcp", host: null, insideAddress: "10.0.0.2" },
    ...{
      insidePort: 5,
      outsideAddress: "192.0.2.2",
      outsidePort: 40_000,
      remoteAddress: "198.51.100.9",
      remotePort: 25,
    },
  } as const;
  await send(cut, { kind: "nat", translations: [translation], lost: 0 });
  for (let batch = 0; batch < 20; batch += 1) {
    await send(...Array.from({ length: 50 }, (_, index) => hostAt(batch * 50 + index)));
  }
  const held = await kinds();
  const { size = 0, dropped_by_share: dropped = 0 } = (await share("history")) ?? {};
  assert.ok(size <= 100_000 && size > 50_000, `${size}`);
  assert.equal(held["containment"], 1);
  assert.equal((held["host"] ?? 0) + Number(dropped), 1_000);
  const { body: changes } = await api.call<{ entries: unknown[] }>("GET", `/api/v1/sites/${siteId}/changes`);
  assert.equal(changes.entries.length, 1);
  const asked = `/api/v1/sites/${siteId}/nat-log?outsidePort=40000&at=${Date.now()}`;
  assert.equal((await api.call<{ entries: unknown[] }>("GET", asked)).body.entries.length, 1);
  const site = await api.site(siteId);
  assert.match(
    site.sensor.health.find(({ code }) => code === "history-over-share")?.text ?? "",
    new RegExp(`${dropped} were dropped early`),
  );
});

test("cuts without end push out cuts, and translated connections push out those before them", async (t) => {
  const { store, share, send, kinds } = await setUp(t, {
    containmentBytes: 20_000,
    translations: 100,
    translationLosses: 10,
  });
  await send(hostAt(1));
  for (let batch = 0; batch < 10; batch += 1) await send(...Array.from({ length: 20 }, () => cut));
  const { size = 0, dropped_by_share: cuts = 0 } = (await share("containments")) ?? {};
  assert.ok(size <= 20_000, `${size}`);
  assert.deepEqual(await kinds(), { host: 1, containment: 200 - Number(cuts) });

  for (let batch = 0; batch < 30; batch += 1) {
    const translations = Array.from({ length: 20 }, (_, index) => ({
      ...{ id: `n${batch * 20 + index}`, change: "begun" as const, at: batch, protocol: "tcp", host: null },
      ...{ insideAddress: "10.0.0.2", insidePort: 5, outsideAddress: "192.0.2.2", outsidePort: 40_000 },
      ...{ remoteAddress: "198.51.100.9", remotePort: 25 },
    }));
    await send({ kind: "nat", translations, lost: 3 });
  }
  const { count } = await store
    .selectFrom("nat_log")
    .select((build) => build.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  assert.ok(count <= 100 && count > 50, `${count}`);
  assert.equal(Number((await share("translations"))?.dropped_by_share), 600 - count);
  assert.ok(
    await store.selectFrom("nat_log").select("id").where("id", "=", "n599").executeTakeFirst(),
    "the newest is there",
  );
  assert.ok((await store.selectFrom("nat_losses").select("at").execute()).length <= 10);
});

test("what is old enough is forgotten, cuts long after the rest, and that is counted", async (t) => {
  const { store, kinds, share, send, limits } = await setUp(t, {});
  await send(hostAt(1), cut);
  await forgetOld(store, "box-one", Date.now() + 80 * aDay, limits);
  assert.deepEqual(await kinds(), { host: 1, containment: 1 });
  await forgetOld(store, "box-one", Date.now() + 91 * aDay, limits);
  assert.deepEqual(await kinds(), { containment: 1 });
  await forgetOld(store, "box-one", Date.now() + 401 * aDay, limits);
  assert.deepEqual(await kinds(), {});
  assert.deepEqual([(await share("history"))?.dropped_by_age, (await share("history"))?.size], [1, 0]);
  assert.deepEqual([(await share("containments"))?.dropped_by_age, (await share("containments"))?.size], [1, 0]);
});

test("a notice that is fat with what nobody knows is kept without it, and counted", async (t) => {
  const { store, api, send, refusals, siteId } = await setUp(t, {});
  const fat = Object.assign(hostAt(1), { novelty: "x".repeat(100_000) });
  await send(fat);
  const [row] = await store.selectFrom("notices").select("body").execute();
  assert.ok((row?.body.length ?? 0) < 5_000);
  assert.equal((await api.site(siteId)).counts.hosts, 1);
  assert.deepEqual(await refusals(), { "notice-cut": 1 });
});

test("one that is too large in what is known is refused, and large machines take no more than a site's share", async (t) => {
  const { sensor, api, send, refusals, siteId } = await setUp(t, {}, { snapshotBytesPerSite: 40_000 });
  const evidence = { kind: "mail-fan-out", for: true, weight: 1, count: 1, firstAt: 1, lastAt: 2 };
  // Each of these characters takes six bytes where it is written down.
  const host = (last: number, count: number, text: string) => ({
    ...aHost({ host: `02:00:5e:00:00:0${last}` }),
    evidence: Array.from({ length: count }, () => ({ ...evidence, text })),
  });
  const tooLarge: Notice = { sequence: 1, at: 1, kind: "host", host: host(1, 64, "\u0001".repeat(400)) };
  await sensor.publish("notices", {
    version: contractVersion,
    bootId: "another-boot-of-it",
    oldest: 1,
    notices: [tooLarge],
  });
  for (const last of [2, 3, 4]) await send({ kind: "host", host: host(last, 30, "x".repeat(400)) });
  await send({ kind: "host", host: host(5, 1, "small") });
  const site = await api.site(siteId);
  assert.deepEqual(new Set(site.hosts.map(({ host: name }) => name.at(-1))), new Set(["2", "3", "5"]));
  assert.deepEqual(await refusals(), { "malformed-notices": 1, "too-many-hosts": 1 });
});

test("a box that makes up starts is remembered by so many", async (t) => {
  const { store, sensor, share } = await setUp(t, { spools: 5 });
  for (let batch = 0; batch < 4; batch += 1) {
    await sensor.publish("notices", {
      ...{ version: contractVersion, bootId: `made-up-start-${batch}`, oldest: 1 },
      notices: [{ ...cut, sequence: 1, at: 1 }],
    });
  }
  const spooled = Array.from({ length: 64 }, (_, index) => ({ bootId: `made-up-boot-${index}-x`, oldest: 9 }));
  await sensor.publish("hello", {
    ...{ version: contractVersion, bootId: sensor.bootId, at: 1, software: "0.1.0", kernel: "6.12.0", interfaces: [] },
    placement: { kind: "lan", reasons: [], blindSpots: [] },
    ...{ kernelFeatures: {}, canContain: true, spooled },
  });
  await sensor.send(cut);
  await sensor.until(() => sensor.stored.length > 0);
  const rows = await store.selectFrom("spools").select("boot_id").execute();
  assert.equal(rows.length, 5);
  assert.ok(rows.some(({ boot_id: bootId }) => bootId === sensor.bootId));
  assert.ok(Number((await share("spools"))?.dropped_by_share) >= 60);
});

test("of what is told as done at a box the audit log takes a day's measure, and as done there, whatever it says", async (t) => {
  const { store, refusals, send } = await setUp(t, {}, { deedsPerDay: 3 });
  const detail = JSON.stringify({ place: "centre", reason: "Nothing" });
  const deed = { author: "Olga", action: "barrier-set", subject: null, host: null, detail };
  await send(...Array.from({ length: 5 }, () => ({ kind: "deed" as const, deed })));
  const lines = await store
    .selectFrom("audit_log")
    .select(["author", "detail"])
    .where("action", "=", "barrier-set")
    .execute();
  assert.deepEqual(
    lines.map(({ author, detail: said }) => [author, (JSON.parse(said) as { place: string }).place]),
    Array.from({ length: 3 }, () => ["box-one", "box"]),
  );
  assert.ok(lines.every(({ detail: said }) => said.startsWith('{"place":"box"')));
  assert.equal((await refusals())["too-many-deeds"], 1);
});
