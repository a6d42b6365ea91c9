import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test, type TestContext } from "node:test";
import { everyContainment, maxPackedDesiredBytes, maxReportedBytes, packedDesired } from "@cordon/contract";
import type { Problem } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const store = await openStore(dataDir);
  t.after(async () => {
    await store.destroy();
    await controller.close();
    remove();
  });
  const path = `/api/v1/sites/${profile.site.id}/containments`;
  const cut = (index: number) => {
    const wish = { kind: "quarantine", host: macOf(20_000 + index), reason: "Infected", expiresAt: null };
    return api.call<Problem>("POST", path, wish);
  };
  /** As if a person had cut so many off, one after the other. */
  const cutMany = async (hosts: number, words: () => string) => {
    for (let from = 0; from < hosts; from += 500) {
      const rows = Array.from({ length: Math.min(500, hosts - from) }, (_, index) => ({
        id: `c-${((from + index) * 0x9e3779b1).toString(16).padStart(16, "0").slice(-16)}`,
        site_id: profile.site.id,
        sensor_id: profile.sensor,
        kind: "quarantine" as const,
        vector: null,
        host: macOf(from + index),
        reason: `${words()} (${from + index})`,
        author: "ann.miller@service.example",
        asked_at: 1_800_000_000_000 + index * 977,
        expires_at: null,
      }));
      await store.insertInto("containments").values(rows).execute();
    }
  };
  const start = async (takes?: readonly string[]) => {
    const sensor = await FakeSensor.start({ profile, ...(takes && { takes }) });
    await sensor.sendHosts([1, 2, 3].map((index) => aHost({ host: macOf(20_000 + index) })));
    await api.siteWhen(profile.site.id, ({ counts }) => counts.hosts === 3);
    return sensor;
  };
  return { profile, api, start, cut, cutMany };
}

const macOf = (index: number) =>
  `02:00:5e:20:${(index >> 8).toString(16).padStart(2, "0")}:${(index & 0xff).toString(16).padStart(2, "0")}`;
const isPacked = (message: string | undefined) => message?.startsWith('{"packed":') === true;

test("a box that says so gets its document packed, one that says nothing gets it plain", async (t) => {
  const { start, cut } = await setUp(t);
  const older = await start();
  await older.until(() => older.adopted.length > 0);
  await cut(1);
  await older.until(() => older.adopted.at(-1)?.containments.length === 1);
  assert.ok(older.received.every((message) => !isPacked(message)));
  await older.close();

  const newer = await start([packedDesired]);
  await newer.until(() => newer.received.some(isPacked));
  await cut(2);
  await newer.until(() => newer.adopted.at(-1)?.containments.length === 2);
  assert.ok(isPacked(newer.received.at(-1)));
  assert.deepEqual(newer.refused, []);
  await newer.close();

  // Back on the program of before: what the broker kept is refused once, and then comes so that it can be read.
  const back = await start();
  await back.until(() => back.adopted.length > 0);
  assert.equal(back.adopted.at(-1)?.containments.length, 2);
  assert.ok(back.refused.length <= 1);
  await back.close();
});

test("a thousand machines that are cut off go down and are reported far within the limits", async (t) => {
  const { profile, api, start, cut, cutMany } = await setUp(t);
  const sensor = await start([packedDesired]);
  t.after(() => sensor.close());
  await sensor.until(() => sensor.received.some(isPacked));
  await cutMany(999, () => "Infected: it tried 412 addresses on port 445 within a minute, and 3 of them answered");
  await cut(1);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1000);
  const [message = ""] = sensor.received.slice(-1);
  assert.ok(isPacked(message));
  assert.ok(message.length < maxPackedDesiredBytes / 2, `${message.length} bytes`);

  sensor.stopPackets(41_234);
  const publish = t.mock.method(sensor, "publish");
  await sensor.report();
  const reported = JSON.stringify(publish.mock.calls[0]?.arguments[1]);
  t.diagnostic(`a document of ${message.length} bytes, a report of ${reported.length} bytes`);
  assert.ok(reported.length < maxReportedBytes / 4, `${reported.length} bytes`);
  const site = await api.siteWhen(profile.site.id, ({ sensor: { reportedAt } }) => reportedAt !== null);
  assert.equal(site.sensor.health.length, 0);
});

test("the longest report that a document can lead to is taken", async (t) => {
  const { profile, api, start, cut, cutMany } = await setUp(t);
  const sensor = await start([packedDesired]);
  t.after(() => sensor.close());
  await sensor.until(() => sensor.received.some(isPacked));
  // Without a word more than must be they are as many as they can be.
  await cutMany(3500, () => "x");
  await cut(1);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 3501);
  const [document] = sensor.adopted.slice(-1);
  assert.ok(document !== undefined);
  const refusal = "r".repeat(200);
  const measured = {
    level: "none",
    inForceSince: null,
    packetsStopped: 999_999_999,
    lastStoppedAt: 1.8e12,
    refusal,
  } as const;
  const containments = document.containments.map((containment) => ({ ...containment, ...measured }));
  await sensor.report({ containments });
  await api.siteWhen(profile.site.id, ({ sensor: { reportedAt } }) => reportedAt !== null);
  t.diagnostic(
    `${everyContainment(document).length} machines, a report of ${JSON.stringify(containments).length} bytes`,
  );
});

for (const { name, hosts, words } of [
  { name: "plain", hosts: 1700, words: () => "y".repeat(450) },
  { name: "packed", hosts: 1100, words: () => randomBytes(330).toString("base64") },
]) {
  test(`what a box would refuse for its size, ${name}, is refused to whoever asks, and nothing is sent`, async (t) => {
    const { start, cut, cutMany } = await setUp(t);
    const sensor = await start([packedDesired]);
    t.after(() => sensor.close());
    await sensor.until(() => sensor.received.some(isPacked));
    const before = sensor.received.length;
    await cutMany(hosts, words);
    const refused = await cut(2);
    assert.deepEqual([refused.status, refused.body.code], [409, "too-many-containments"]);
    assert.equal(sensor.received.length, before);
  });
}
