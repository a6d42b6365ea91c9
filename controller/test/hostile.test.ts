import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { answerTopic, topicOf, upChannels, type UpChannel } from "@cordon/contract";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import type { RefusalView } from "../src/api/view.ts";
import { defaultBrokerLimits } from "../src/broker/limits.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { openStore } from "./store.ts";
import { happens } from "./connection.ts";
import { connectAs, FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import {
  badAnswers,
  badPayloads,
  badRequests,
  foreignFilters,
  foreignTopics,
  noMqtt,
  unknownChannels,
} from "./hostile-messages.ts";
import { connectPacket, packet, publishPacket, sendOverTls, sendPlain, tlsOf } from "./raw-mqtt.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

/** How many of each kind; ten thousand in all. */
const counts = {
  ...{ payloads: 1_260, answers: 1_000, unknownAsks: 500, unknownChannels: 700, filters: 400 },
  ...{ foreignTopics: 300, exactlyOnce: 100, longTopics: 60, wills: 100, large: 60, wildcards: 40 },
  ...{ noMqtt: 200, noConnect: 80, strangers: 80, noTls: 40, requests: 40 },
} as const;

/** Runs them a few at a time. */
async function each<T>(things: readonly T[], atOnce: number, deal: (thing: T, index: number) => Promise<unknown>) {
  const waiting = [...things.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await deal(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** What the store knows, but for who was heard when, and for what was refused. */
async function knowledgeOf(dataDir: string): Promise<Record<string, unknown>> {
  const store = await openStore(dataDir);
  try {
    const tables = [
      ...([
        "sites",
        "hosts",
        "notices",
        "spools",
        "containments",
        "desired_documents",
        "issued_documents",
        "reported",
        "asks",
      ] as const),
      ...(["series_points", "nat_log", "nat_losses", "areas", "site_wishes", "site_settings", "pardons"] as const),
      ...(["reflex_wishes", "signing_keys", "audit_log"] as const),
    ];
    const known: Record<string, unknown> = {};
    for (const table of tables) known[table] = await store.selectFrom(table).selectAll().execute();
    const columns = ["id", "site_id", "boot_id", "hello", "pulse", "line", "retired_at"] as const;
    known["sensors"] = await store.selectFrom("sensors").select(columns).execute();
    return known;
  } finally {
    await store.destroy();
  }
}

async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const many = 1_000_000;
  const controller = await startTestController(dataDir, {
    // What is too much of it is told in tests of their own; here it would only take longer.
    brokerLimits: { packetsPerSecond: many, bytesPerSecond: many * 1000, inFlight: many, strangers: many },
  });
  const [hostile, breaking, bystander] = [
    await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" }),
    await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Second" }),
    await enrol(dataDir, controller.brokerPort, { sensorId: "box-three", siteName: "Third" }),
  ];
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  t.after(async () => {
    await controller.close();
    remove();
  });
  return { dataDir, controller, hostile, breaking, bystander, api };
}

test("of ten thousand hostile messages none is taken, nothing breaks, and each kind is counted", async (t) => {
  const seed = Number(process.env["CORDON_SEED"] ?? Date.now() % 1_000_000_000);
  t.diagnostic(`CORDON_SEED=${seed}`);
  const startedAt = performance.now();
  const { dataDir, controller, hostile, breaking, bystander, api } = await setUp(t);
  const watching = await FakeSensor.start({ profile: bystander });
  t.after(() => watching.close());
  await watching.until(() => watching.adopted.length > 0);
  const client = connectAs(hostile);
  t.after(() => client.end(true));
  client.on("error", () => undefined);
  let hasBroken = false;
  client.on("close", () => (hasBroken = true));
  await happens(client, "connect");
  const one = hostile.sensor;
  const two = breaking.sensor;
  // Every sensor has its first document before anybody counts.
  await sendOverTls(tlsOf(breaking), Buffer.concat([connectPacket(two), packet(0xe0, Buffer.alloc(0))]));
  const before = await knowledgeOf(dataDir);

  const expected = new Map<string, number>();
  let sent = 0;
  const expect = (sensorId: string, reason: string, count: number) => {
    const key = `${sensorId} ${reason}`;
    expected.set(key, (expected.get(key) ?? 0) + count);
    sent += count;
  };

  // What leaves the connection standing.
  const publish = (topic: string, payload: Buffer) => client.publishAsync(topic, payload, { qos: 1 });
  for (const [index, channel] of upChannels.entries()) {
    const payloads = badPayloads(channel, counts.payloads, seed + index);
    await each(payloads, 32, (payload) => publish(topicOf(one, channel), payload));
    expect(one, `malformed-${channel satisfies UpChannel}`, payloads.length);
  }
  const answers = badAnswers(counts.answers, seed);
  await each(answers, 32, (payload) => publish(answerTopic(one, "0a1b2c3d"), payload));
  expect(one, "malformed-answer", answers.length);
  const unasked = Array.from({ length: counts.unknownAsks }, (_, index) => `${seed}-${index}`);
  await each(unasked, 32, (id) =>
    publish(
      answerTopic(one, id),
      Buffer.from(JSON.stringify({ version: 3, id, bootId: "0123456789abcdef", at: 1, status: "done" })),
    ),
  );
  expect(one, "unknown-ask", unasked.length);
  const channels = unknownChannels(one, counts.unknownChannels, seed);
  await each(channels, 32, (topic) => publish(topic, Buffer.from("{}")));
  expect(one, "unknown-channel", channels.length);
  const filters = foreignFilters(one, bystander.sensor, counts.filters, seed);
  await each(filters, 32, async (filter) => {
    await client.subscribeAsync(filter, { qos: 1 }).catch(() => undefined);
  });
  expect(one, "subscribe-outside-prefix", filters.length);
  assert.equal(hasBroken, false, "what is no sense ends no connection");

  // What ends it.
  const connected = (rest: Buffer, will: string | null = null) =>
    sendOverTls(tlsOf(breaking), Buffer.concat([connectPacket(two, will), rest]));
  const nothing = Buffer.from("{}");
  const topics = foreignTopics(two, bystander.sensor, counts.foreignTopics, seed);
  await each(topics, 1, (topic) => connected(publishPacket(topic, nothing)));
  expect(two, "publish-outside-prefix", topics.length);
  await each(topics.slice(0, counts.exactlyOnce), 1, (topic) => connected(publishPacket(topic, nothing, 2)));
  expect(two, "exactly-once", counts.exactlyOnce);
  const long = `v1/sensors/${two}/${"x".repeat(defaultBrokerLimits.topicBytes)}`;
  await each(Array.from({ length: counts.longTopics }), 1, () => connected(publishPacket(long, nothing)));
  expect(two, "topic-too-long", counts.longTopics);
  const wills = foreignTopics(two, bystander.sensor, counts.wills, seed + 1);
  await each(wills, 1, (will) => connected(Buffer.alloc(0), will));
  expect(two, "will-outside-prefix", wills.length);
  const large = packet(0x32, Buffer.alloc(10), defaultBrokerLimits.packetBytes + 1);
  await each(Array.from({ length: counts.large }), 1, () => connected(large));
  expect(two, "packet-too-large", counts.large);
  const wild = [`v1/sensors/${two}/+`, `v1/sensors/${two}/#`, "", `v1/sensors/${two}/${"a/".repeat(20)}b`];
  await each(Array.from({ length: counts.wildcards }), 1, (_, index) =>
    connected(publishPacket(wild[index % wild.length] ?? "", nothing)),
  );
  expect(two, "protocol-error", counts.wildcards);
  await each(noMqtt(counts.noMqtt, seed), 1, (bytes) => connected(bytes));
  await each(noMqtt(counts.noConnect, seed + 1), 1, (bytes) => sendOverTls(tlsOf(breaking), bytes));
  expect(two, "protocol-error", counts.noMqtt + counts.noConnect);

  // Whoever is somebody else.
  const authority = await openAuthority(dataDir, systemAmbient(silentLog));
  const [foreignDir, removeForeign] = scratchDir();
  t.after(removeForeign);
  const foreign = await (await openAuthority(foreignDir, systemAmbient(silentLog))).sensor(two);
  const [twin, nobody] = [await authority.sensor(two), await authority.sensor("box-nobody")];
  const { cert: _cert, key: _key, ...anonymous } = tlsOf(breaking);
  const identities = [
    {
      reason: "foreign-certificate",
      who: "",
      options: { ...anonymous, cert: foreign.certificate, key: foreign.privateKey },
    },
    { reason: "no-certificate", who: "", options: anonymous },
    { reason: "key-superseded", who: two, options: { ...anonymous, cert: twin.certificate, key: twin.privateKey } },
    {
      reason: "sensor-unknown",
      who: "box-nobody",
      options: { ...anonymous, cert: nobody.certificate, key: nobody.privateKey },
    },
  ];
  const bytes = Buffer.concat([connectPacket(two), publishPacket(topicOf(two, "notices"), nothing)]);
  await each(Array.from({ length: counts.strangers }), 4, (_, index) =>
    sendOverTls(identities[index % identities.length]?.options ?? {}, bytes),
  );
  for (const { reason, who } of identities) expect(who, reason, counts.strangers / identities.length);
  // Of less than a record's head more would be waited for.
  await each(noMqtt(counts.noTls, seed + 2), 4, (plain) =>
    sendPlain(controller.brokerPort, Buffer.concat([plain, Buffer.alloc(64)])),
  );
  expect("", "handshake-failed", counts.noTls);

  // The port of uploads.
  const requests = badRequests("0a1b2c3d", counts.requests, seed);
  await each(requests, 2, async (text) => {
    const reply = await sendOverTls({ ...tlsOf(breaking), ALPNProtocols: ["http/1.1"] }, Buffer.from(text));
    assert.match(reply.toString("latin1"), /^HTTP\/1\.1 4\d\d /, text);
  });
  sent += requests.length;

  const { body } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
  const counted = new Map(body.map((row) => [`${row.sensorId} ${row.reason}`, row.count]));
  for (const [key, count] of expected) assert.equal(counted.get(key), count, key);
  // Each attack of theirs comes by a connection of its own, in the place of the one before: that is told besides.
  const takenOver = [hostile.sensor, two].map((id) => `${id} identity-in-two-places`);
  const others = [...counted].filter(([key]) => !expected.has(key) && !takenOver.includes(key));
  assert.ok(
    others.every(([key]) => key.includes(" upload-")),
    JSON.stringify(others),
  );
  assert.equal(
    others.reduce((sum, [, count]) => sum + count, 0),
    counts.requests,
  );

  assert.deepEqual(await knowledgeOf(dataDir), before, "nothing was taken");
  await watching.sendHosts([aHost({ host: "02:00:5e:00:00:01" })]);
  await watching.until(() => watching.stored.some(({ sequence }) => sequence === 1));
  assert.equal((await api.site(bystander.site.id)).sensor.state, "online");
  assert.equal(hasBroken, false);
  assert.ok(sent >= 10_000, `${sent}`);
  t.diagnostic(`${sent} messages in ${Math.round(performance.now() - startedAt)} ms`);
  t.diagnostic([...counted].map(([key, count]) => `${key} ${count}`).join(", "));
});
