import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { MqttClient } from "mqtt";
import {
  answerTopic,
  askIdIn,
  asksFilter,
  contractVersion,
  maxAnswerBytes,
  parseAskMessage,
  takesAsks,
  topicOf,
  type Answer,
  type AskMessage,
  type KeyedProfile,
} from "@cordon/contract";
import type { AskView } from "../src/api/ask-view.ts";
import type { RefusalView } from "../src/api/view.ts";
import type { Controller, ControllerOptions } from "../src/controller.ts";
import { connectAs } from "./fake-sensor.ts";
import { openStore } from "./store.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

const bootId = "0123456789abcdef";

/** A client that takes asks as a sensor does, and answers by hand. */
class AskedSensor {
  readonly asks: AskMessage[] = [];
  readonly client: MqttClient;
  readonly #sensor: string;
  #waiters: (() => void)[] = [];

  private constructor(profile: KeyedProfile, client: MqttClient) {
    this.#sensor = profile.sensor;
    this.client = client;
    client.on("error", () => undefined);
    client.on("message", (topic, payload) => {
      const parsed = parseAskMessage(payload);
      assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
      assert.equal(askIdIn(profile.sensor, topic), parsed.value.id);
      this.asks.push(parsed.value);
      for (const wake of this.#waiters.splice(0)) wake();
    });
  }

  static async start(t: TestContext, profile: KeyedProfile, takes: readonly string[] = [takesAsks]) {
    const client = connectAs(profile);
    t.after(() => client.end(true));
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("close", () => reject(new Error("the connection was closed")));
    });
    const sensor = new AskedSensor(profile, client);
    await client.subscribeAsync(asksFilter(profile.sensor), { qos: 1 });
    const hello = {
      ...{ version: contractVersion, bootId, at: Date.now(), software: "0", kernel: "test", interfaces: [] },
      ...{ placement: { kind: "lan", reasons: [], blindSpots: [] }, kernelFeatures: {}, canContain: true, takes },
    };
    await client.publishAsync(topicOf(profile.sensor, "hello"), JSON.stringify(hello), { qos: 1 });
    return sensor;
  }

  async next(count: number): Promise<AskMessage> {
    while (this.asks.length < count) await new Promise<void>((resolve) => this.#waiters.push(resolve));
    return this.asks[count - 1] as AskMessage;
  }

  async answer(id: string, changes: Partial<Answer> = {}): Promise<void> {
    const answer = { version: contractVersion, id, bootId, at: Date.now(), status: "done", ...changes };
    await this.client.publishAsync(answerTopic(this.#sensor, id), JSON.stringify(answer), { qos: 1 });
  }
}

async function setUp(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  let controller: Controller | null = null;
  const start = async () => {
    controller = await startTestController(dataDir, more);
    const client = new ApiClient(controller.url);
    await client.signIn(await controller.createLoginLink());
    return { controller, api: client };
  };
  t.after(async () => {
    await controller?.close();
    remove();
  });
  const first = await start();
  const profile = await enrol(dataDir, first.controller.brokerPort, { sensorId: "box-one" });
  const path = `/api/v1/sites/${profile.site.id}/asks`;
  const refusalsOf = async (client: ApiClient) => {
    const { body } = await client.call<RefusalView[]>("GET", "/api/v1/refusals");
    return Object.fromEntries(body.map((row) => [`${row.sensorId} ${row.reason}`, row.count]));
  };
  return { ...first, dataDir, profile, path, start, refusalsOf };
}

/** Asks once the sensor's hello has been taken in. */
async function ask(api: ApiClient, path: string, patienceMs = 60_000): Promise<AskView> {
  const siteId = path.split("/")[4] ?? "";
  await api.siteWhen(siteId, (site) => site.sensor.software !== null);
  const { status, body } = await api.call<AskView>("POST", path, { kind: "self-test", patienceMs });
  assert.equal(status, 201, JSON.stringify(body));
  return body;
}

test("an ask goes down, its answer comes up, and whoever waits is given it", async (t) => {
  const { api, path, profile } = await setUp(t);
  const sensor = await AskedSensor.start(t, profile);
  const asked = await ask(api, path);
  assert.deepEqual([asked.status, asked.kind, asked.author, asked.body], ["open", "self-test", "operator", null]);
  const waiting = api.call<AskView>("GET", `${path}/${asked.id}?waitMs=20000`);
  const got = await sensor.next(1);
  assert.ok("kind" in got);
  const patienceMs = got.deadline - got.sentAt;
  assert.ok(patienceMs <= 60_000 && patienceMs > 30_000, `${patienceMs} ms`);
  await sensor.answer(asked.id, { body: { checks: [] } });
  const { body } = await waiting;
  assert.deepEqual([body.status, body.body, body.code, body.upload], ["done", { checks: [] }, null, null]);
  // It may come twice, and the first holds.
  await sensor.answer(asked.id, { status: "failed", code: "late" });
  const { body: all } = await api.call<AskView[]>("GET", path);
  assert.deepEqual(all, [body]);
});

test("what was asked before a restart, or while the sensor was silent, is asked when it says hello", async (t) => {
  const { api, path, profile, controller, start } = await setUp(t);
  const first = await AskedSensor.start(t, profile);
  const heard = await ask(api, path);
  await first.next(1);
  first.client.end(true);
  await api.siteWhen(profile.site.id, (site) => site.sensor.state !== "online");
  const unheard = await ask(api, path);
  await controller.close();
  const again = await start();
  const moved = { ...profile, controller: { ...profile.controller, port: again.controller.brokerPort } };
  const second = await AskedSensor.start(t, moved);
  await second.next(2);
  assert.deepEqual(
    second.asks.map(({ id }) => id),
    [heard.id, unheard.id],
  );
  const got = second.asks[0];
  assert.ok(got !== undefined && "kind" in got && got.deadline - got.sentAt < 60_000, "the time that went by counts");
  await second.answer(unheard.id);
  const { body } = await again.api.call<AskView>("GET", `${path}/${unheard.id}?waitMs=20000`);
  assert.equal(body.status, "done");
});

test("a look-up is asked with its question, and who asked what is written down", async (t) => {
  const { api, profile, dataDir } = await setUp(t);
  const sensor = await AskedSensor.start(t, profile);
  const { id: siteId } = profile.site;
  await api.siteWhen(siteId, (site) => site.sensor.software !== null);
  const path = `/api/v1/sites/${siteId}/look-ups`;
  const question = { at: 1_790_000_000_000, errorMs: 120_000, remoteAddress: "203.0.113.9", remotePort: 25 };
  const { status, body } = await api.call<AskView>("POST", path, question);
  assert.deepEqual([status, body.kind], [201, "look-up"]);
  const got = await sensor.next(1);
  assert.ok("kind" in got);
  assert.deepEqual([got.kind, got.question], ["look-up", question]);
  const rows = await openStore(dataDir);
  t.after(() => rows.destroy());
  const audits = await rows
    .selectFrom("audit_log")
    .select(["author", "detail"])
    .where("action", "=", "flow-log-asked")
    .execute();
  assert.deepEqual(
    audits.map(({ author, detail }) => [author, JSON.parse(detail ?? "")]),
    [["operator", { ask: body.id, ...question }]],
  );
  for (const wrong of [{ errorMs: 1 }, { at: 1, errorMs: 10 ** 9 }, { ...question, ourPort: 70_000 }]) {
    assert.equal((await api.call("POST", path, wrong)).status, 400);
  }
});

test("a cancel ends it here at once, and goes down", async (t) => {
  const { api, path, profile } = await setUp(t);
  const sensor = await AskedSensor.start(t, profile);
  const asked = await ask(api, path);
  const ended = await api.call<AskView>("DELETE", `${path}/${asked.id}`);
  assert.equal(ended.body.status, "cancelled");
  assert.deepEqual(await sensor.next(2), { version: contractVersion, id: asked.id, cancel: true });
});

test("what is not answered in time is expired", async (t) => {
  const { api, path, profile } = await setUp(t, { askLimits: { graceMs: 10 } });
  await AskedSensor.start(t, profile);
  const asked = await ask(api, path, 1_000);
  const { body } = await api.call<AskView>("GET", `${path}/${asked.id}?waitMs=20000`);
  assert.deepEqual([body.status, body.code], ["expired", "no-answer"]);
});

test("a sensor that does not take asks is asked nothing, and one takes only so many", async (t) => {
  const { api, path, profile } = await setUp(t, { askLimits: { openPerSensor: 2 } });
  const wish = { kind: "self-test" };
  const never = await api.call<{ code: string }>("POST", path, wish);
  assert.deepEqual([never.status, never.body.code], [409, "asks-not-taken"]);
  const old = await AskedSensor.start(t, profile, []);
  old.client.end(true);
  await api.siteWhen(profile.site.id, (site) => site.sensor.software !== null);
  assert.equal((await api.call<{ code: string }>("POST", path, wish)).body.code, "asks-not-taken");
  await AskedSensor.start(t, profile);
  await t.waitFor(async () => assert.equal((await api.call("POST", path, wish)).status, 201), { timeout: 10_000 });
  await ask(api, path);
  const { status, body } = await api.call<{ code: string }>("POST", path, wish);
  assert.deepEqual([status, body.code], [429, "too-many-asks"]);
  assert.equal((await api.call("POST", path, { kind: "packet-slice" })).status, 400);
});

test("answers to what nobody asked, to somebody else's ask, or that make no sense are counted and change nothing", async (t) => {
  const { api, path, profile, dataDir, controller, refusalsOf } = await setUp(t);
  const sensor = await AskedSensor.start(t, profile);
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Another" });
  const stranger = await AskedSensor.start(t, other);
  const asked = await ask(api, path);
  await stranger.answer(asked.id);
  await sensor.answer("0000");
  const topic = answerTopic(profile.sensor, asked.id);
  for (const payload of ["", "{}", JSON.stringify({ id: asked.id }), "x".repeat(maxAnswerBytes + 1)]) {
    await sensor.client.publishAsync(topic, payload, { qos: 1 });
  }
  await sensor.client.publishAsync(
    topic,
    JSON.stringify({ version: contractVersion, id: "b", bootId, at: 1, status: "done" }),
    { qos: 1 },
  );
  const receipt = { sizeBytes: 5, sha256: "0".repeat(64), contentType: "application/json" };
  const { body: before } = await api.call<AskView>("GET", `${path}/${asked.id}`);
  assert.equal(before.status, "open");
  await sensor.answer(asked.id, { upload: receipt });
  const { body } = await api.call<AskView>("GET", `${path}/${asked.id}?waitMs=20000`);
  assert.deepEqual([body.status, body.code, body.upload], ["failed", "upload-missing", null]);
  assert.deepEqual(await refusalsOf(api), {
    "box-two unknown-ask": 1,
    "box-one unknown-ask": 1,
    "box-one malformed-answer": 5,
    "box-one upload-missing": 1,
  });
});
