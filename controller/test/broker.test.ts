import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { connect as connectTls } from "node:tls";
import { test, type TestContext } from "node:test";
import type { IConnackPacket, MqttClient } from "mqtt";
import { contractVersion, topicOf, type KeyedProfile } from "@cordon/contract";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import type { RefusalView } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { openStore } from "./store.ts";
import { fateOf, happens } from "./connection.ts";
import { ask } from "./enrolment-client.ts";
import { connectAs, FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

async function setUp(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir, more);
  t.after(async () => {
    await controller.close();
    remove();
  });
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const refusals = async () => {
    const { body } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
    return Object.fromEntries(body.map((row) => [`${row.sensorId} ${row.reason}`, row.count]));
  };
  return { dataDir, controller, profile, api, refusals };
}

async function connected(t: TestContext, profile: KeyedProfile): Promise<MqttClient> {
  const client = connectAs(profile);
  assert.equal(await fateOf(t, client), "connect");
  return client;
}

test("a certificate of another authority with the same name is refused", async (t) => {
  const { profile, refusals } = await setUp(t);
  const [foreignDir, remove] = scratchDir();
  t.after(remove);
  const foreign = await openAuthority(foreignDir, systemAmbient(silentLog));
  const credentials = await foreign.sensor(profile.sensor);
  assert.equal(await fateOf(t, connectAs({ ...profile, credentials })), "close");
  assert.deepEqual(await refusals(), { " foreign-certificate": 1 });
});

test("a certificate that is over is refused, though TLS has trusted it, as in a session that is resumed", async (t) => {
  const system = systemAmbient(silentLog);
  const later = { ms: 0 };
  const ambient = { ...system, clock: { ...system.clock, now: () => Date.now() + later.ms } };
  const { profile, refusals } = await setUp(t, { ambient });
  later.ms = 20 * 365 * 86_400_000;
  assert.equal(await fateOf(t, connectAs(profile)), "close");
  later.ms = 0;
  assert.deepEqual(await refusals(), { "box-one certificate-expired": 1 });
});

test("nothing is kept for a sensor that is away, whatever it asks for", async (t) => {
  const { profile } = await setUp(t);
  for (let time = 1; time <= 2; time += 1) {
    const client = connectAs(profile, { clean: false });
    t.after(() => client.end(true));
    const connack = await new Promise<IConnackPacket>((resolve) => client.once("connect", resolve));
    assert.equal(connack.sessionPresent, false);
    await client.subscribeAsync(topicOf(profile.sensor, "stored"), { qos: 1 });
    await client.endAsync();
  }
});

test("who speaks MQTT without a certificate is told that he is not authorised, and counted", async (t) => {
  const { profile, refusals } = await setUp(t);
  for (const ALPNProtocols of [["mqtt"], undefined]) {
    const socket = connectTls({
      host: "127.0.0.1",
      port: profile.controller.port,
      ca: profile.controller.authority,
      servername: profile.controller.serverName,
      ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }),
    });
    t.after(() => socket.destroy());
    const answer: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => answer.push(chunk));
    await happens(socket, "secureConnect");
    socket.write("\u0010\u000c\u0000\u0004MQTT\u0004\u0002\u0000\u003c\u0000\u0000");
    await happens(socket, "close");
    assert.equal(Buffer.concat(answer).toString("hex"), "20020005");
  }
  assert.deepEqual(await refusals(), { " no-certificate": 2 });
});

test("a certificate of ours for a sensor that is not enrolled, or no longer, is refused", async (t) => {
  const { dataDir, profile, refusals } = await setUp(t);
  const authority = await openAuthority(dataDir, systemAmbient(silentLog));
  const stranger = await authority.sensor("box-nobody");
  assert.equal(await fateOf(t, connectAs({ ...profile, credentials: stranger })), "close");
  const twin = await authority.sensor(profile.sensor);
  assert.equal(await fateOf(t, connectAs({ ...profile, credentials: twin })), "close");
  const store = await openStore(dataDir);
  await store.updateTable("sensors").set({ retired_at: 1 }).where("id", "=", profile.sensor).execute();
  await store.destroy();
  assert.equal(await fateOf(t, connectAs(profile)), "close");
  assert.deepEqual(await refusals(), {
    "box-nobody sensor-unknown": 1,
    "box-one key-superseded": 1,
    "box-one sensor-retired": 1,
  });
});

test("a subscription outside a sensor's own down channels is answered by 128, and the connection stays", async (t) => {
  const { profile, refusals } = await setUp(t);
  const client = await connected(t, profile);
  const filters = [
    "v1/sensors/box-two/desired",
    "v1/sensors/+/desired",
    "v1/sensors/box-one/#",
    "#",
    "$SYS/#",
    "$share/group/v1/sensors/box-one/desired",
  ];
  for (const filter of filters) {
    const granted = await new Promise<readonly number[]>((resolve) => {
      client.subscribe(filter, { qos: 1 }, (_error, _granted, packet) => {
        resolve((packet as { granted?: number[] } | undefined)?.granted ?? []);
      });
    });
    assert.deepEqual(granted, [128], filter);
  }
  assert.equal(client.connected, true);
  assert.deepEqual(await refusals(), { "box-one subscribe-outside-prefix": filters.length });
  const own = await client.subscribeAsync(topicOf(profile.sensor, "desired"), { qos: 1 });
  assert.deepEqual(
    own.map((each) => each.qos),
    [1],
  );
});

test("a publish outside a sensor's own up channels closes the connection and reaches nobody", async (t) => {
  const { dataDir, controller, profile, api, refusals } = await setUp(t);
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two" });
  const message = JSON.stringify({ version: contractVersion, state: "online", bootId: "boot-faked", at: 1 });
  for (const topic of [topicOf("box-two", "presence"), topicOf("box-one", "desired"), "elsewhere", "$SYS/x"]) {
    const client = await connected(t, profile);
    const closed = happens(client, "close");
    client.publish(topic, message, { qos: 1, retain: true });
    await closed;
  }
  assert.equal((await api.site(other.site.id)).sensor.state, "never-seen");
  assert.deepEqual(await refusals(), { "box-one publish-outside-prefix": 4 });
});

test("a last will outside its own channels is refused with the connection", async (t) => {
  const { profile, refusals } = await setUp(t);
  const will = { topic: topicOf("box-two", "presence"), payload: Buffer.from("{}"), qos: 1, retain: true } as const;
  assert.equal(await fateOf(t, connectAs(profile, { will })), "close");
  assert.deepEqual(await refusals(), { "box-one will-outside-prefix": 1 });
});

test("a channel of a newer contract is dropped and counted while the connection stays", async (t) => {
  const { profile, refusals } = await setUp(t);
  const client = await connected(t, profile);
  await client.publishAsync("v1/sensors/box-one/novelty", "anything", { qos: 1, retain: true });
  await client.publishAsync("v1/sensors/box-one/answers/17/18", "anything", { qos: 1 });
  await client.subscribeAsync(topicOf(profile.sensor, "stored"), { qos: 1 });
  assert.equal(client.connected, true);
  assert.deepEqual(await refusals(), { "box-one unknown-channel": 2 });
});

test("a packet beyond the limit closes the connection before it is gathered", async (t) => {
  const { profile, refusals } = await setUp(t, { brokerLimits: { packetBytes: 2_000 } });
  const client = await connected(t, profile);
  const closed = happens(client, "close");
  client.publish(topicOf(profile.sensor, "notices"), Buffer.alloc(50_000), { qos: 1 });
  await closed;
  assert.deepEqual(await refusals(), { "box-one packet-too-large": 1 });
});

test("topics deeper than the limit close the connection", async (t) => {
  const { profile } = await setUp(t);
  const client = await connected(t, profile);
  const closed = happens(client, "close");
  client.publish(`v1/sensors/box-one/${"a/".repeat(20)}b`, "x", { qos: 1 });
  await closed;
});

test("a second connection of a sensor takes over, whatever it calls itself", async (t) => {
  const { profile } = await setUp(t);
  const first = await connected(t, profile);
  const closed = happens(first, "close");
  const second = connectAs(profile, { clientId: "quite-another-name" });
  assert.equal(await fateOf(t, second), "connect");
  await closed;
  assert.equal(second.connected, true);
});

test("a keepalive longer than the limit is refused, and so is none", async (t) => {
  const { profile } = await setUp(t);
  assert.equal(await fateOf(t, connectAs(profile, { keepalive: 3_600 })), "close");
  assert.equal(await fateOf(t, connectAs(profile, { keepalive: 0 })), "close");
});

test("a connection that never says CONNECT is closed", async (t) => {
  const { profile } = await setUp(t, { brokerLimits: { connectTimeoutMs: 300 } });
  const socket = connectTls({
    host: "127.0.0.1",
    port: profile.controller.port,
    ca: profile.controller.authority,
    cert: profile.credentials.certificate,
    key: profile.credentials.privateKey,
    servername: profile.controller.serverName,
  });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await happens(socket, "secureConnect");
  socket.resume();
  await happens(socket, "close");
});

test("bytes that are no MQTT close that connection alone", async (t) => {
  const { profile, api } = await setUp(t);
  const sensor = await FakeSensor.start({ profile });
  t.after(() => sensor.close());
  const socket = connectTls({
    host: "127.0.0.1",
    port: profile.controller.port,
    ca: profile.controller.authority,
    cert: profile.credentials.certificate,
    key: profile.credentials.privateKey,
    servername: profile.controller.serverName,
  });
  socket.on("error", () => undefined);
  await happens(socket, "secureConnect");
  socket.resume();
  socket.write(Buffer.from("GET / HTTP/1.1\r\nHost: example\r\n\r\n"));
  await happens(socket, "close");
  await sensor.sendHosts([aHost({ host: "02:00:5e:00:00:01" })]);
  await sensor.until(() => sensor.stored.some((each) => each.sequence === 1));
  assert.equal((await api.site(profile.site.id)).counts.hosts, 1);
});

test("a sensor that loses power turns silent, and online again when it returns", async (t) => {
  const { profile, api } = await setUp(t);
  const sensor = await FakeSensor.start({ profile });
  await api.siteWhen(profile.site.id, (site) => site.sensor.state === "online");
  await sensor.cutPower();
  const silent = await api.siteWhen(profile.site.id, (site) => site.sensor.state === "silent");
  assert.match(silent.sentence, /^Box silent/);
  const back = await FakeSensor.start({ profile });
  t.after(() => back.close());
  await api.siteWhen(profile.site.id, (site) => site.sensor.state === "online");
});

test("a second port serves the same by ALPN: MQTT, and HTTPS to who has no certificate yet", async (t) => {
  const { controller, profile } = await setUp(t, { fallbackPort: 0 });
  const port = controller.fallbackPort ?? 0;
  assert.notEqual(port, controller.brokerPort);
  for (const at of [port, controller.brokerPort]) {
    const there = { ...profile, controller: { ...profile.controller, port: at } };
    assert.equal(await fateOf(t, connectAs(there, { ALPNProtocols: ["mqtt"] } as object)), "connect");
    const answer = await ask({ port: at, path: "/v1/enrolment", body: "{}" });
    assert.equal(answer.status, 400);
  }
});

test("a second port that cannot be had is done without", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await happens(taken, "listening");
  const { controller, profile } = await setUp(t, { fallbackPort: (taken.address() as AddressInfo).port });
  assert.equal(controller.fallbackPort, null);
  assert.equal(await fateOf(t, connectAs(profile)), "connect");
});

test("who speaks nothing that is served here is refused in the handshake", async (t) => {
  const { profile, refusals } = await setUp(t);
  const socket = connectTls({
    host: "127.0.0.1",
    port: profile.controller.port,
    ALPNProtocols: ["h2"],
    rejectUnauthorized: false,
  });
  socket.on("error", () => undefined);
  await happens(socket, "close");
  assert.deepEqual(await refusals(), { " handshake-failed": 1 });
});

test("a sensor that sends faster than its share is read more slowly, and loses nothing", async (t) => {
  const { profile, api, refusals } = await setUp(t, { brokerLimits: { packetsPerSecond: 10 } });
  const sensor = await FakeSensor.start({ profile });
  t.after(() => sensor.close());
  const startedAt = performance.now();
  const hosts = Array.from({ length: 70 }, (_, index) => `02:00:5e:00:01:${index.toString(16).padStart(2, "0")}`);
  // As many at a time as a sensor leaves unacknowledged.
  for (let at = 0; at < hosts.length; at += 16) {
    await Promise.all(hosts.slice(at, at + 16).map((host) => sensor.sendHosts([aHost({ host })])));
  }
  await sensor.until(() => sensor.stored.some((each) => each.sequence === hosts.length));
  // A burst of five seconds passes at once: 50 of more than 70 packets.
  assert.ok(performance.now() - startedAt > 1_000);
  assert.ok(((await refusals())["box-one too-fast"] ?? 0) > 0);
  assert.equal((await api.site(profile.site.id)).counts.hosts, hosts.length);
});

test("a topic beyond the limit closes the connection, and so do more messages than may wait", async (t) => {
  const { profile, refusals } = await setUp(t, { brokerLimits: { inFlight: 3 } });
  const long = await connected(t, profile);
  const isClosed = happens(long, "close");
  long.publish(`v1/sensors/box-one/${"a".repeat(300)}`, "x", { qos: 1 });
  await isClosed;
  const eager = await connected(t, profile);
  const isLetGo = happens(eager, "close");
  // In one write, so that they are there together.
  eager.stream.cork();
  for (let index = 0; index < 20; index += 1) eager.publish(topicOf(profile.sensor, "pulse"), "{}", { qos: 1 });
  eager.stream.uncork();
  await isLetGo;
  const counts = await refusals();
  assert.equal(counts["box-one topic-too-long"], 1);
  assert.ok((counts["box-one too-many-in-flight"] ?? 0) > 0);
});

test("without a certificate only so many may be there, and not for long; sensors keep their room", async (t) => {
  const { profile, refusals } = await setUp(t, { brokerLimits: { strangers: 3, strangerMs: 700 } });
  const options = { host: "127.0.0.1", port: profile.controller.port, rejectUnauthorized: false };
  const startedAt = performance.now();
  const closed = Array.from({ length: 5 }, async () => {
    const socket = connectTls({ ...options, ALPNProtocols: ["http/1.1"] });
    socket.on("error", () => undefined);
    socket.resume();
    await happens(socket, "close");
    return performance.now() - startedAt;
  });
  assert.equal(await fateOf(t, connectAs(profile)), "connect");
  const lasted = (await Promise.all(closed)).toSorted((one, other) => one - other);
  assert.ok((lasted[4] ?? 0) >= 700);
  assert.deepEqual(await refusals(), { " too-many-strangers": 2 });
});

test("two boxes with one key are told, by the boots that come back", async (t) => {
  const { profile, api } = await setUp(t);
  const bootIds = ["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "aaaaaaaaaaaaaaaa"];
  for (const bootId of bootIds) {
    const sensor = await FakeSensor.start({ profile, bootId });
    t.after(() => sensor.close());
  }
  const site = await api.siteWhen(profile.site.id, ({ sensor }) =>
    sensor.health.some(({ code }) => code === "identity-in-two-places"),
  );
  assert.match(site.sensor.health.find(({ code }) => code === "identity-in-two-places")?.text ?? "", /card was copied/);
});

test("a second box with the same key is told also where it says nothing, and a line that breaks again and again is not", async (t) => {
  const { profile, api, refusals } = await setUp(t);
  for (let time = 0; time < 6; time += 1) {
    const sensor = await FakeSensor.start({ profile });
    await sensor.cutPower();
  }
  assert.deepEqual(await refusals(), {});
  for (let time = 0; time < 2; time += 1) {
    const sensor = await FakeSensor.start({ profile, bootId: "the-boot-of-the-box" });
    t.after(() => sensor.close());
    // It takes the orders of the box, and is silent about itself.
    const copy = connectAs(profile);
    t.after(() => copy.endAsync(true));
    assert.equal(await fateOf(t, copy), "connect");
  }
  const site = await api.siteWhen(profile.site.id, ({ sensor }) =>
    sensor.health.some(({ code }) => code === "identity-in-two-places"),
  );
  assert.match(site.sensor.health.find(({ code }) => code === "identity-in-two-places")?.text ?? "", /revoke the box/);
});
