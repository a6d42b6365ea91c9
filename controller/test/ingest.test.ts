import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { sql } from "kysely";
import { contractVersion, type Notice } from "@cordon/contract";
import { silentLog, systemAmbient, systemClock } from "../src/ambient.ts";
import type { RefusalView } from "../src/api/view.ts";
import { seriesStepMs } from "../src/ingest/series.ts";
import { openStore } from "./store.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { aHost, aLine } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

/** `now`: the time the controller believes it is. */
async function setUp(t: TestContext, now: () => number = Date.now) {
  const [dataDir, remove] = scratchDir();
  const ambient = { ...systemAmbient(silentLog), clock: { ...systemClock, now } };
  const controller = await startTestController(dataDir, { ambient });
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const sensor = await FakeSensor.start({ profile });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  t.after(async () => {
    await sensor.close();
    await controller.close();
    remove();
  });
  const siteId = profile.site.id;
  return { dataDir, controller, profile, sensor, api, siteId };
}

const bootId = "boot-for-this-test";
const mac = (last: number) => `02:00:5e:00:00:${last.toString(16).padStart(2, "0")}`;

function hostNotice(sequence: number, more: Parameters<typeof aHost>[0] = {}): Notice {
  return { sequence, at: 1_000 + sequence, kind: "host", host: aHost({ host: mac(sequence), ...more }) };
}

function batch(oldest: number, notices: readonly Notice[], more: object = {}) {
  return { version: contractVersion, bootId, oldest, notices, ...more };
}

/** Sends a batch of a boot of the test's own and gives what the store acknowledges. */
async function acknowledged(sensor: FakeSensor, message: ReturnType<typeof batch>): Promise<number> {
  const before = sensor.acknowledged.length;
  await sensor.publish("notices", message);
  await sensor.until(() => sensor.acknowledged.length > before);
  return sensor.acknowledged.at(-1)?.sequence ?? -1;
}

test("notices become hosts, and the store acknowledges the highest contiguous sequence", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(1), hostNotice(2)])), 2);
  const site = await api.site(siteId);
  assert.deepEqual(
    site.hosts.map((host) => host.host),
    [mac(1), mac(2)],
  );
});

test("a hello that the store could not take is taken with the next word of that connection", async (t) => {
  if (process.env["CORDON_TEST_STORE"] !== undefined) return t.skip("the trigger is written for SQLite");
  const { dataDir, controller, profile, sensor } = await setUp(t);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  await sensor.close();
  await store.updateTable("sensors").set({ hello: null }).execute();
  const helloOf = async () => (await store.selectFrom("sensors").select("hello").executeTakeFirstOrThrow()).hello;
  // As on a full disk: nothing that a hello says finds room.
  await sql`create trigger disk_full before update of hello on sensors begin
    select raise(abort, 'database or disk is full'); end`.execute(store);
  const { brokerPort } = controller;
  const again = await FakeSensor.start({
    profile: { ...profile, controller: { ...profile.controller, port: brokerPort } },
  });
  t.after(() => again.close());
  assert.equal(await acknowledged(again, batch(1, [hostNotice(1)])), 1);
  assert.equal(await helloOf(), null);
  await sql`drop trigger disk_full`.execute(store);
  assert.equal(await acknowledged(again, batch(2, [hostNotice(2)])), 2);
  assert.notEqual(await helloOf(), null);
});

test("a repeated batch counts once", async (t) => {
  const { sensor, api, siteId, dataDir } = await setUp(t);
  const message = batch(1, [hostNotice(1), hostNotice(2)]);
  for (let round = 0; round < 3; round += 1) assert.equal(await acknowledged(sensor, message), 2);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(2), hostNotice(3), hostNotice(3)])), 3);
  assert.equal((await api.site(siteId)).counts.hosts, 3);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const rows = await store.selectFrom("notices").select("sequence").where("boot_id", "=", bootId).execute();
  assert.deepEqual(
    rows.map((row) => row.sequence),
    [1, 2, 3],
  );
});

test("a gap holds the acknowledgement back until it is filled", async (t) => {
  const { sensor } = await setUp(t);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(1)])), 1);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(3), hostNotice(4)])), 1);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(2)])), 4);
});

test("what the spool no longer holds is recorded as lost, and the rest goes on", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(1)])), 1);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(4)])), 1);
  assert.equal(await acknowledged(sensor, batch(6, [hostNotice(6), hostNotice(7)])), 7);
  const trouble = (await api.site(siteId)).sensor.health.find((health) => health.code === "notices-lost");
  assert.match(trouble?.text ?? "", /^3 notices of this box never arrived/);
});

test("what a sensor says it will not send any more is lost, once, also of a boot of which nothing comes any more", async (t) => {
  const { sensor, dataDir, api, siteId } = await setUp(t);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(1), hostNotice(2)])), 2);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(4)])), 2);
  const hello = (spooled: unknown) => ({
    ...{ version: contractVersion, bootId: sensor.bootId, at: 1, software: "0", kernel: "test", interfaces: [] },
    ...{ placement: { kind: "lan", reasons: [], blindSpots: [] }, kernelFeatures: {}, canContain: true, spooled },
  });
  const spooled = [
    { bootId: "boot-unknown-here", oldest: 6 },
    { bootId, oldest: 8 },
    { bootId: "boot-with-nothing", oldest: 1 },
  ];
  for (let round = 0; round < 2; round += 1) await sensor.publish("hello", hello(spooled));
  await sensor.publish("hello", hello([{ bootId, oldest: 2 ** 60 }]));
  // It came late after all.
  assert.equal(await acknowledged(sensor, batch(8, [hostNotice(3)])), 7);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const rows = await store.selectFrom("spools").select(["boot_id", "contiguous", "lost"]).orderBy("boot_id").execute();
  assert.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      { boot_id: bootId, contiguous: 7, lost: 3 },
      { boot_id: "boot-unknown-here", contiguous: 5, lost: 5 },
    ],
  );
  const trouble = (await api.site(siteId)).sensor.health.find((health) => health.code === "notices-lost");
  assert.match(trouble?.text ?? "", /^8 notices of this box never arrived/);
});

test("a boot counts for itself", async (t) => {
  const { sensor } = await setUp(t);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(1), hostNotice(2)])), 2);
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(1)], { bootId: "boot-after-that" })), 1);
});

test("a gap that is filled late does not undo a newer snapshot", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  const newer = hostNotice(2, { host: mac(9), verdict: "infected", class: "scanner", score: 8, evidence: [aLine()] });
  await acknowledged(sensor, batch(1, [newer]));
  await acknowledged(sensor, batch(1, [hostNotice(1, { host: mac(9) })]));
  assert.equal((await api.site(siteId)).hosts[0]?.verdict, "infected");
});

test("an empty batch asks how far the store is", async (t) => {
  const { sensor } = await setUp(t);
  await acknowledged(sensor, batch(1, [hostNotice(1)]));
  assert.equal(await acknowledged(sensor, batch(2, [])), 1);
});

const good = hostNotice(2);
const reported = {
  version: 1,
  bootId,
  at: 5,
  epoch: 0,
  revision: 0,
  placement: "lan",
  containments: [],
  health: [],
  refused: {},
  line: { state: "healthy", since: 1, text: "t" },
};
const malformed: readonly {
  readonly name: string;
  readonly channel: "notices" | "hello" | "presence" | "reported" | "pulse";
  readonly payload: string | Buffer;
}[] = [
  { name: "nothing", channel: "notices", payload: "" },
  { name: "no JSON", channel: "notices", payload: "{" },
  { name: "no text", channel: "notices", payload: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
  { name: "null", channel: "notices", payload: "null" },
  { name: "an array", channel: "notices", payload: "[]" },
  { name: "deep nesting", channel: "notices", payload: `${"[".repeat(50_000)}${"]".repeat(50_000)}` },
  { name: "no version", channel: "notices", payload: JSON.stringify({ bootId, oldest: 1, notices: [] }) },
  { name: "a version far away", channel: "notices", payload: JSON.stringify(batch(1, [good], { version: 99 })) },
  { name: "oldest zero", channel: "notices", payload: JSON.stringify(batch(0, [good])) },
  { name: "oldest beyond counting", channel: "notices", payload: JSON.stringify(batch(1e300, [good])) },
  {
    name: "a sequence beyond counting",
    channel: "notices",
    payload: JSON.stringify(batch(1, [{ ...good, sequence: 2 ** 60 }])),
  },
  { name: "a broken sequence", channel: "notices", payload: JSON.stringify(batch(1, [{ ...good, sequence: 1.5 }])) },
  {
    name: "an unknown kind",
    channel: "notices",
    payload: JSON.stringify(batch(1, [{ ...good, kind: "other" } as unknown as Notice])),
  },
  {
    name: "a verdict of its own",
    channel: "notices",
    payload: JSON.stringify(batch(1, [hostNotice(2, { verdict: "guilty" as "clear" })])),
  },
  {
    name: "a key with odd characters",
    channel: "notices",
    payload: JSON.stringify(batch(1, [hostNotice(2, { host: "a\u0000b", mac: null })])),
  },
  {
    name: "one bad notice among good ones",
    channel: "notices",
    payload: JSON.stringify(batch(1, [good, { sequence: 3, at: 1, kind: "line" } as Notice])),
  },
  {
    name: "an unknown presence",
    channel: "presence",
    payload: JSON.stringify({ version: 1, state: "away", bootId, at: 1 }),
  },
  {
    name: "a hello without placement",
    channel: "hello",
    payload: JSON.stringify({ version: 1, bootId, at: 1, software: "x" }),
  },
  { name: "a hello beyond its size", channel: "hello", payload: JSON.stringify({ pad: "x".repeat(20_000) }) },
  {
    name: "a negative counter",
    channel: "pulse",
    payload: JSON.stringify({
      version: 1,
      bootId,
      at: 1,
      contacts: -1,
      packetsStopped: 0,
      packetsSeen: 0,
      packetsLimited: 0,
    }),
  },
  {
    name: "a counter beyond counting",
    channel: "pulse",
    payload: JSON.stringify({
      version: 1,
      bootId,
      at: 1,
      contacts: 1e300,
      packetsStopped: 0,
      packetsSeen: 0,
      packetsLimited: 0,
    }),
  },
  { name: "a placement of its own", channel: "reported", payload: JSON.stringify({ ...reported, placement: "roof" }) },
  {
    name: "a revision beyond counting",
    channel: "reported",
    payload: JSON.stringify({ ...reported, epoch: 1, revision: 1e300 }),
  },
  {
    name: "the last epoch there is",
    channel: "reported",
    payload: JSON.stringify({ ...reported, epoch: Number.MAX_SAFE_INTEGER, revision: 1 }),
  },
];

test("malformed payloads are counted and change nothing, and the next good one is taken", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  await sensor.until(() => sensor.adopted.length > 0);
  await acknowledged(sensor, batch(1, [hostNotice(1)]));
  const before = await api.site(siteId);
  const count = async () => {
    const { body } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
    return body.filter((row) => row.sensorId === "box-one" && row.reason.startsWith("malformed-"));
  };
  for (const [index, each] of malformed.entries()) {
    await sensor.publish(each.channel, each.payload);
    // Messages of one sensor are taken in order: when this is acknowledged, the one before was dealt with.
    assert.equal(await acknowledged(sensor, batch(1, [])), 1, each.name);
    const rows = await count();
    assert.equal(
      rows.reduce((sum, row) => sum + row.count, 0),
      index + 1,
      each.name,
    );
    assert.ok(
      rows.some((row) => row.reason === `malformed-${each.channel}`),
      each.name,
    );
  }
  const after = await api.site(siteId);
  assert.deepEqual(
    { ...after, sensor: { ...after.sensor, health: [] } },
    { ...before, sensor: { ...before.sensor, health: [] } },
  );
  assert.deepEqual(
    after.sensor.health.map((health) => health.code),
    ["messages-refused"],
  );
  assert.equal(await acknowledged(sensor, batch(1, [hostNotice(2)])), 2);
});

test("the last will of a connection that a newer one replaced does not silence the sensor", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  const presence = (state: "online" | "offline", at: number) => ({ version: contractVersion, state, bootId, at });
  await sensor.publish("presence", presence("online", 5_000));
  await sensor.publish("presence", presence("offline", 4_000));
  await acknowledged(sensor, batch(1, []));
  assert.equal((await api.site(siteId)).sensor.state, "online");
  await sensor.publish("presence", presence("offline", 5_000));
  await acknowledged(sensor, batch(1, []));
  assert.equal((await api.site(siteId)).sensor.state, "silent");
});

test("pulses become the figures and the charts' growth, a step of the charts when it is over", async (t) => {
  let now = Math.floor(Date.now() / seriesStepMs) * seriesStepMs;
  const { sensor, api, siteId } = await setUp(t, () => now);
  const figures = { contacts: 100, packetsStopped: 7, packetsSeen: 1_000, packetsLimited: 2 };
  await sensor.publish("pulse", { version: contractVersion, bootId, at: 1, ...figures });
  await sensor.publish("pulse", {
    version: contractVersion,
    bootId,
    at: 2,
    ...figures,
    contacts: 130,
    packetsStopped: 19,
  });
  await acknowledged(sensor, batch(1, []));
  assert.deepEqual((await api.site(siteId)).series, []);
  now += seriesStepMs;
  const site = await api.site(siteId);
  assert.deepEqual(site.sensor.figures, { at: 2, ...figures, contacts: 130, packetsStopped: 19 });
  const sum = (pick: (point: (typeof site.series)[number]) => number) =>
    site.series.map(pick).reduce((a, b) => a + b, 0);
  assert.deepEqual([sum((point) => point.contacts), sum((point) => point.packetsStopped)], [30, 12]);
});

test("unknown fields of a newer contract pass", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  const notice = Object.assign(hostNotice(1), { novelty: { deep: [1] } });
  assert.equal(await acknowledged(sensor, batch(1, [notice], { version: contractVersion + 2, extra: true })), 1);
  assert.equal((await api.site(siteId)).counts.hosts, 1);
});

test("a restart keeps everything, and nobody is online before saying so", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const first = await startTestController(dataDir);
  const profile = await enrol(dataDir, first.brokerPort);
  const siteId = profile.site.id;
  const sensor = await FakeSensor.start({ profile, bootId });
  const api = new ApiClient(first.url);
  await api.signIn(await first.createLoginLink());
  await acknowledged(
    sensor,
    batch(1, [hostNotice(1, { verdict: "infected", class: "scanner", score: 7 }), hostNotice(2)]),
  );
  const wish = { kind: "quarantine", host: mac(1), reason: "Infected", expiresAt: null };
  const asked = await api.call<{ id: string }>("POST", `/api/v1/sites/${siteId}/containments`, wish);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  await sensor.report();
  await api.siteWhen(siteId, (site) => site.counts.contained === 1);
  const before = await api.site(siteId);
  await first.close();
  await sensor.close();

  const second = await startTestController(dataDir, { brokerPort: first.brokerPort });
  t.after(() => second.close());
  const again = new ApiClient(second.url, api.cookie);
  const after = await again.site(siteId);
  assert.equal(after.sensor.state, "silent");
  assert.deepEqual(
    after.hosts.map((host) => host.host),
    before.hosts.map((host) => host.host),
  );
  assert.equal(after.hosts[0]?.containments[0]?.id, asked.body.id);
  assert.equal(after.counts.contained, 1);
  assert.equal(after.sensor.desiredRevision, before.sensor.desiredRevision);

  const back = await FakeSensor.start({ profile, bootId });
  t.after(() => back.close());
  await back.until(() => back.adopted.length > 0 && back.stored.length > 0);
  assert.equal(back.adopted[0]?.containments[0]?.id, asked.body.id);
  assert.equal(back.stored.at(-1)?.sequence, 2);
});
