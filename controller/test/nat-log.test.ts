import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { contractVersion, parseNotices, type Notice, type Translation } from "@cordon/contract";
import { storeBatch } from "../src/ingest/notice-store.ts";
import { natRetentionMs, whoWasBehind } from "../src/store/nat-rows.ts";
import { openStore } from "./store.ts";
import { forgetOld } from "../src/store/shares.ts";
import { enrol, startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

const noon = 1_800_000_000_000;

async function aStore(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  await controller.close();
  const store = await openStore(dataDir);
  t.after(async () => {
    await store.destroy();
    remove();
  });
  let sequence = 0;
  const tell = (translations: readonly Translation[], { lost = 0, now = noon } = {}) => {
    sequence += 1;
    const notice: Notice = { sequence, at: noon, kind: "nat", translations: [...translations], lost };
    const batch = { version: contractVersion, bootId: "boot-for-this-test", oldest: 1, notices: [notice] };
    const parsed = parseNotices(JSON.stringify(batch));
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
    return storeBatch(store, { id: "box-one", siteId: profile.site.id }, parsed.value, now);
  };
  return { store, tell };
}

function aTranslation(more: Partial<Translation>): Translation {
  return {
    id: "a",
    change: "begun",
    at: noon,
    protocol: "tcp",
    host: "02:00:00:00:00:01",
    insideAddress: "10.213.77.20",
    insidePort: 50_000,
    outsideAddress: "192.0.2.2",
    outsidePort: 40_000,
    remoteAddress: "198.51.100.9",
    remotePort: 25,
    ...more,
  };
}

const minute = 60_000;
const question = { sensorId: "box-one", outsidePort: 40_000, at: noon + 10 * minute };

test("the log says which machine was behind an outside port at a time, and not who had it before or after", async (t) => {
  const { store, tell } = await aStore(t);
  const span = (id: string, host: string, from: number, to: number | null) => [
    aTranslation({ id, host, at: noon + from * minute }),
    ...(to === null ? [] : [aTranslation({ id, host, change: "ended", at: noon + to * minute })]),
  ];
  await tell([...span("before", "02:00:00:00:00:01", 0, 5), ...span("then", "02:00:00:00:00:02", 6, 15)]);
  await tell([...span("after", "02:00:00:00:00:03", 20, null)]);
  const then = await whoWasBehind(store, question);
  assert.deepEqual(
    then.map(({ host, began_at, ended_at }) => [host, began_at, ended_at]),
    [["02:00:00:00:00:02", noon + 6 * minute, noon + 15 * minute]],
  );
  const later = await whoWasBehind(store, { ...question, at: noon + 90 * minute });
  assert.deepEqual(
    later.map(({ id }) => id),
    ["after"],
  );
  assert.deepEqual(await whoWasBehind(store, { ...question, outsidePort: 40_001 }), []);
  assert.deepEqual(await whoWasBehind(store, { ...question, remoteAddress: "198.51.100.10" }), []);
});

test("beginning and end may come apart, alone and again", async (t) => {
  const { store, tell } = await aStore(t);
  const end = aTranslation({ change: "ended", at: noon + 12 * minute });
  await tell([end]);
  assert.deepEqual(
    (await whoWasBehind(store, question)).map(({ began_at }) => began_at),
    [null],
  );
  await tell([aTranslation({ at: noon })]);
  await tell([aTranslation({ at: noon }), end]);
  const rows = await whoWasBehind(store, question);
  assert.deepEqual(
    rows.map(({ began_at, ended_at }) => [began_at, ended_at]),
    [[noon, noon + 12 * minute]],
  );
});

test("what the kernel did not tell of is written down as a number", async (t) => {
  const { store, tell } = await aStore(t);
  await tell([aTranslation({})], { lost: 7 });
  const losses = await store.selectFrom("nat_losses").select(["at", "lost"]).execute();
  assert.deepEqual(
    losses.map(({ at, lost }) => [at, lost]),
    [[noon, 7]],
  );
});

test("a translation is forgotten by its age here, and stands nowhere else", async (t) => {
  const { store, tell } = await aStore(t);
  const at = noon + 10 * minute;
  await tell([aTranslation({ id: "old", at })], { now: noon });
  await tell([aTranslation({ id: "new", at })], { now: noon + natRetentionMs });
  await forgetOld(store, "box-one", noon + natRetentionMs + 1);
  assert.deepEqual(
    (await whoWasBehind(store, question)).map(({ id }) => id),
    ["new"],
  );
  const bodies = await store.selectFrom("notices").select("body").execute();
  for (const { body } of bodies) assert.doesNotMatch(body, /10\.213\.77\.20/);
});
