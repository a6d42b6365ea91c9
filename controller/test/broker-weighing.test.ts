import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { test, type TestContext } from "node:test";
import { topicOf, type UpChannel } from "@cordon/contract";
import { MqttClient } from "mqtt";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { Broker } from "../src/broker/broker.ts";
import { defaultBrokerLimits } from "../src/broker/limits.ts";

const sensor = "box-one";

/** A broker before an ingest that takes as long as the test wants, and a client of it. */
async function setUp(t: TestContext, weighingMs = defaultBrokerLimits.weighingMs) {
  const heard: UpChannel[] = [];
  const weighed = Promise.withResolvers<void>();
  const settled = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const nothing = () => Promise.resolve();
  const keptBack = new Set<string>();
  const broker = new Broker(
    { limits: { ...defaultBrokerLimits, weighingMs }, ambient: systemAmbient(silentLog) },
    {
      ...{ whyUnknown: () => Promise.resolve(null), connected: nothing, disconnected: nothing, answer: nothing },
      message: async (_sensorId, channel) => {
        heard.push(channel);
        if (channel === "reported") await weighed.promise;
      },
      settled: () => {
        asked.resolve();
        return settled.promise;
      },
      keepsBack: (sensorId) => keptBack.has(sensorId),
      refused: (_sensorId, reason, error) => assert.fail(`${reason}: ${error}`),
    },
  );
  await broker.start();
  const [near, far] = duplexPair();
  broker.accept(far, {
    ...{ sensorId: sensor, keyHash: "k", fingerprint: "f", address: "192.0.2.1" },
    standing: "trusted",
  });
  const client = new MqttClient(() => near, { protocolVersion: 4, clientId: sensor, reconnectPeriod: 0 });
  t.after(async () => {
    client.end(true);
    await broker.close();
  });
  await new Promise<void>((resolve) => client.once("connect", () => resolve()));
  const orders: string[] = [];
  client.on("message", (_topic, payload) => orders.push(payload.toString()));
  return { broker, client, heard, weighed, settled, asked, orders, keptBack };
}

test("who tells what it holds before it asks for its orders gets none from before that was weighed", async (t) => {
  const { broker, client, heard, weighed, settled, asked, orders } = await setUp(t);
  await broker.publish(sensor, "desired", "of before");
  client.publish(topicOf(sensor, "hello"), "{}", { qos: 1 });
  client.publish(topicOf(sensor, "reported"), "{}", { qos: 1 });
  const granted = client.subscribeAsync(topicOf(sensor, "desired"), { qos: 1 });
  await t.waitFor(() => assert.deepEqual(heard, ["hello", "reported"]));
  weighed.resolve();
  await asked.promise;
  await broker.publish(sensor, "desired", "of afterwards");
  settled.resolve();
  await granted;
  await t.waitFor(() => assert.deepEqual(orders, ["of afterwards"]));
});

test("who asks for its orders first, as older ones do, is not kept waiting by what it tells later", async (t) => {
  const { broker, client, settled, weighed, orders } = await setUp(t);
  settled.resolve();
  await broker.publish(sensor, "desired", "of before");
  await client.subscribeAsync(topicOf(sensor, "desired"), { qos: 1 });
  client.publish(topicOf(sensor, "reported"), "{}", { qos: 1 });
  await t.waitFor(() => assert.deepEqual(orders, ["of before"]));
  weighed.resolve();
});

test("who cannot be weighed in time asks for its orders in vain, and is not sent those of before", async (t) => {
  const { broker, client, weighed, settled, orders } = await setUp(t, 50);
  await broker.publish(sensor, "desired", "of before");
  client.publish(topicOf(sensor, "reported"), "{}", { qos: 1 });
  await assert.rejects(client.subscribeAsync(topicOf(sensor, "desired"), { qos: 1 }), /Unspecified error/);
  assert.deepEqual(orders, []);
  weighed.resolve();
  settled.resolve();
});

test("while it is kept back neither what is retained nor what is new is sent, and everything else is", async (t) => {
  const { broker, client, settled, orders, keptBack } = await setUp(t);
  settled.resolve();
  keptBack.add(sensor);
  await broker.publish(sensor, "desired", "retained");
  await client.subscribeAsync([topicOf(sensor, "desired"), topicOf(sensor, "stored")], { qos: 1 });
  await broker.publish(sensor, "desired", "new");
  await broker.publish(sensor, "stored", "stored");
  await t.waitFor(() => assert.deepEqual(orders, ["stored"]));
  keptBack.clear();
  await broker.publish(sensor, "desired", "known again");
  await t.waitFor(() => assert.deepEqual(orders, ["stored", "known again"]));
});
