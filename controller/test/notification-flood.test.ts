/** One site's flood and what it costs the others' notifications, with a real broker and a real store. */
import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import { test, type TestContext } from "node:test";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import type { ChannelView } from "../src/api/notification-view.ts";
import type { Finding } from "../src/notify/finding.ts";
import { defaultWatchLimits, Watcher, type WatchLimits } from "../src/notify/watcher.ts";
import { forgetDeliveries } from "../src/store/notification-rows.ts";
import { FakeSensor, type SentNotice } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { openStore } from "./store.ts";

/** Two sites on one controller whose notifier looks when it is told to. */
async function setUp(t: TestContext, limits: Partial<WatchLimits> = {}) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir, { notifyLimits: { roundMs: 1e9, ...limits } });
  const profiles = [
    await enrol(dataDir, controller.brokerPort, { sensorId: "bad", siteName: "Bad" }),
    await enrol(dataDir, controller.brokerPort, { sensorId: "good", siteName: "Good" }),
  ] as const;
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const store = await openStore(dataDir);
  const bad = await FakeSensor.start({ profile: profiles[0] });
  const good = await FakeSensor.start({ profile: profiles[1] });
  t.after(async () => {
    await Promise.all([bad.close(), good.close()]);
    await store.destroy();
    await controller.close();
    remove();
  });
  const ambient = systemAmbient(silentLog);
  const watcher = new Watcher({
    ...{
      store,
      ambient,
      timeZone: "UTC",
      orders: { withheld: () => null },
      limits: { ...defaultWatchLimits, commitMs: 0, ...limits },
    },
  });
  return {
    ...{ store, bad, good, watcher, api },
    aChannel: async (): Promise<ChannelView> => {
      const { status, body } = await api.call<ChannelView>("POST", "/api/v1/notification-channels", {
        ...{ name: "Hook", kind: "webhook", settings: {}, secrets: { url: "https://example.com/in" } },
        ...{ leastSeverity: "info", quietHours: null, sites: null, isEnabled: true },
      });
      assert.equal(status, 201);
      return body;
    },
    marks: async () => (await store.selectFrom("notification_marks").select("subject").execute()).length,
    waiting: async (siteName: string): Promise<Finding[]> =>
      (await store.selectFrom("notification_findings").select("body").orderBy("at").orderBy("id").execute())
        .map(({ body }) => JSON.parse(body) as Finding)
        .filter((finding) => finding.siteName === siteName),
  };
}

/** Sends notices and waits until they are stored. */
async function tell(sensor: FakeSensor, ...notices: readonly SentNotice[]): Promise<void> {
  for (let from = 0; from < notices.length; from += 500) {
    const count = sensor.stored.length;
    await sensor.send(...notices.slice(from, from + 500));
    await sensor.until(() => sensor.stored.length > count);
  }
}

const refusals = (name: string, count: number): SentNotice[] =>
  Array.from({ length: count }, (_, index) => ({
    ...{
      kind: "containment",
      containmentId: `${name}${index}`,
      host: key(index),
      change: "refused",
      text: "It refused.",
    },
  }));

const key = (index: number): string => `02:00:5e:20:${[index >> 8, index & 0xff].map(hex).join(":")}`;
const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

const hosts = (verdict: "suspect" | "infected", from: number, count: number): SentNotice[] =>
  Array.from({ length: count }, (_, index) => ({
    kind: "host",
    host: aHost({ host: key(from + index), name: `PC-${from + index}`, verdict }),
  }));

test("without a channel nothing is marked, and one made later is told what is new and nothing of before", async (t) => {
  const { bad, good, watcher, aChannel, marks, waiting } = await setUp(t);
  await tell(bad, ...refusals("x", 600), ...hosts("infected", 0, 3));
  assert.equal(await watcher.look(), 0);
  assert.equal(await marks(), 0);
  await aChannel();
  assert.equal(await watcher.look(), 0);
  await tell(bad, ...hosts("infected", 0, 4), ...refusals("y", 1));
  await tell(good, ...hosts("infected", 0, 1));
  assert.equal(await watcher.look(), 3);
  const told = [...(await waiting("Bad")), ...(await waiting("Good"))];
  assert.deepEqual(told.map(({ verdict }) => verdict.slice(0, 10)).sort(), ["PC-0 is in", "PC-3 is in", "The box di"]);
});

test("once the last channel is switched off what was told is forgotten, and what began meanwhile is no news", async (t) => {
  const { bad, watcher, aChannel, marks, api, waiting } = await setUp(t);
  const { id } = await aChannel();
  await tell(bad, ...hosts("infected", 0, 1));
  assert.equal(await watcher.look(), 1);
  const wish = { name: "Hook", kind: "webhook", settings: {}, secrets: {}, leastSeverity: "info", quietHours: null };
  const switched = async (isEnabled: boolean): Promise<void> => {
    const path = `/api/v1/notification-channels/${id}`;
    assert.equal((await api.call("PUT", path, { ...wish, sites: null, isEnabled })).status, 200);
  };
  await switched(false);
  await tell(bad, ...hosts("infected", 1, 1));
  assert.equal(await watcher.look(), 0);
  assert.equal(await marks(), 0);
  await switched(true);
  assert.equal(await marks(), 2);
  await tell(bad, ...hosts("infected", 2, 1));
  assert.equal(await watcher.look(), 1);
  assert.deepEqual(
    (await waiting("Bad")).map(({ label }) => label),
    ["PC-2"],
  );
});

test("a site that floods is bounded in marks and in what waits, and another's alarm is told in the same round", async (t) => {
  const limits = { changesPerSite: 60, waitingPerSite: 20, containmentMarksPerSite: 100, changesAtOnce: 25 };
  const { store, bad, good, watcher, aChannel, marks, waiting } = await setUp(t, limits);
  const { id } = await aChannel();
  for (const name of ["a", "b", "c"]) {
    await tell(bad, ...refusals(name, 1_500));
    assert.equal(await watcher.look(), 60);
  }
  await tell(bad, ...refusals("d", 1_500));
  await tell(good, ...hosts("infected", 0, 1), ...refusals("g", 1));
  assert.equal(await watcher.look(), 62);
  assert.equal(await marks(), 102);
  assert.deepEqual((await waiting("Good")).map(({ noun }) => noun).sort(), ["infected", "refused by the box"]);
  assert.equal((await waiting("Bad")).length, 20);
  const beyond = await store
    .selectFrom("notification_overflows")
    .innerJoin("sites", "sites.id", "notification_overflows.site_id")
    .select(["sites.name", "count"])
    .where("channel_id", "=", id)
    .execute();
  // 4 times 1,500, of which 20 wait.
  assert.deepEqual(
    beyond.map(({ name, count }) => [name, Number(count)]),
    [["Bad", 5_980]],
  );
});

test("an infected machine finds room where lesser things wait, and gives way to none of them", async (t) => {
  const { bad, watcher, aChannel, waiting } = await setUp(t, { waitingPerSite: 5 });
  await aChannel();
  await tell(bad, ...hosts("suspect", 0, 9));
  await watcher.look();
  await tell(bad, ...hosts("infected", 20, 2));
  await watcher.look();
  await tell(bad, ...hosts("suspect", 40, 9), ...refusals("x", 2));
  await watcher.look();
  const nouns = (await waiting("Bad")).map(({ noun }) => noun).sort();
  assert.deepEqual(nouns, ["infected", "infected", "refused by the box", "refused by the box", "suspect"]);
});

test("of many changes of one site the worst come first and the others in the next rounds, and anybody has a turn between", async (t) => {
  const { store, bad, watcher, aChannel, waiting } = await setUp(t, { changesPerSite: 100, changesAtOnce: 5 });
  await aChannel();
  await tell(bad, ...hosts("suspect", 0, 140), ...hosts("infected", 200, 10));
  let [turns, isOver] = [0, false];
  const looked = watcher.look().then((found) => {
    isOver = true;
    return found;
  });
  while (!isOver) {
    await store.transaction().execute((rows) => rows.selectFrom("sites").select("id").execute());
    turns += 1;
    await nextTurn();
  }
  assert.equal(await looked, 100);
  // Twenty transactions.
  assert.ok(turns >= 15, `${turns} turns`);
  assert.equal((await waiting("Bad")).filter(({ noun }) => noun === "infected").length, 10);
  assert.equal(await watcher.look(), 50);
  assert.equal(await watcher.look(), 0);
});

test("of messages that are over so many of each channel are kept, the newest, and all that wait", async (t) => {
  const { store, aChannel } = await setUp(t);
  for (const { id: channel_id } of [await aChannel(), await aChannel()]) {
    for (let at = 1; at <= 8; at += 1) {
      const isOver = at > 2;
      await store
        .insertInto("notification_deliveries")
        .values({
          ...{ id: `${channel_id}-${at}`, channel_id, severity: "critical", title: `${at}`, body: "{}", is_test: 0 },
          ...{ state: isOver ? "delivered" : "waiting", tries: 1, created_at: at, due_at: at },
          ...{ done_at: isOver ? at : null, answer: null },
        })
        .execute();
    }
  }
  await forgetDeliveries(store, 4, 3);
  const left = await store.selectFrom("notification_deliveries").select("title").orderBy("created_at").execute();
  assert.deepEqual(
    left.map(({ title }) => Number(title)),
    [1, 1, 2, 2, 6, 6, 7, 7, 8, 8],
  );
});
