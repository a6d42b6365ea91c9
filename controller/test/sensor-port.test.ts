/** Who comes to the sensors' port and keeps others out, or would. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { test, type TestContext } from "node:test";
import type { RefusalView } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import { fateOf, happens } from "./connection.ts";
import { ask } from "./enrolment-client.ts";
import { connectAs } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { tlsOf } from "./raw-mqtt.ts";
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
  return { dataDir, controller, profile, refusals };
}

async function connected(t: TestContext, profile: Parameters<typeof connectAs>[0]) {
  const client = connectAs(profile);
  assert.equal(await fateOf(t, client), "connect");
  return client;
}

/** What a client says first. */
async function clientHello(): Promise<Buffer> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connectTls({
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    rejectUnauthorized: false,
  });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [Socket];
  const [said] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  client.destroy();
  server.close();
  return said;
}

test("thousands that say nothing, from the same address, hold up no sensor and no stranger", async (t) => {
  const brokerLimits = { unproven: 300, handshakesAtOnce: 2 };
  const { profile, refusals } = await setUp(t, { brokerLimits });
  const silent = Array.from({ length: 2_000 }, () => connectTcp({ host: "127.0.0.1", port: profile.controller.port }));
  t.after(() => silent.forEach((socket) => socket.destroy()));
  for (const socket of silent) socket.on("error", () => undefined);
  await Promise.all(silent.map((socket) => happens(socket, "connect")));
  const startedAt = performance.now();
  await connected(t, profile);
  const answer = await ask({ port: profile.controller.port, path: "/v1/enrolment", body: "{}" });
  assert.equal(answer.status, 400);
  assert.ok(performance.now() - startedAt < 5_000);
  await t.waitFor(async () => assert.ok(((await refusals())[" too-many-unproven"] ?? 0) >= 1_700), { timeout: 20_000 });
});

test("those that begin a handshake and say no more hold up no sensor, from wherever they come", async (t) => {
  const brokerLimits = { handshakesAtOnce: 4, handshakePlaceMs: 60_000, handshakeContestedPlaceMs: 50, handshakes: 20 };
  const { profile, refusals } = await setUp(t, { brokerLimits });
  const hello = await clientHello();
  const begun = Array.from({ length: 126 }, (_, index) =>
    connectTcp({
      host: "127.0.0.1",
      localAddress: `127.0.2.${1 + (index % 63)}`,
      port: profile.controller.port,
    }),
  );
  t.after(() => begun.forEach((socket) => socket.destroy()));
  for (const socket of begun) {
    socket.on("error", () => undefined);
    socket.write(hello);
  }
  await Promise.all(begun.map((socket) => happens(socket, "connect")));
  const startedAt = performance.now();
  await connected(t, profile);
  assert.ok(performance.now() - startedAt < 4_000);
  await t.waitFor(async () => assert.ok(((await refusals())[" too-many-handshakes"] ?? 0) > 0), { timeout: 20_000 });
});

test("who would wait too long for his handshake is turned away, and counted", async (t) => {
  const brokerLimits = { handshakesAtOnce: 1, handshakePlaceMs: 60_000, handshakeWaitMs: 300 };
  const { profile, refusals } = await setUp(t, { brokerLimits });
  const hello = await clientHello();
  const sockets = Array.from({ length: 5 }, () => connectTcp({ host: "127.0.0.1", port: profile.controller.port }));
  t.after(() => sockets.forEach((socket) => socket.destroy()));
  const closed = sockets.map((socket) =>
    happens(
      socket.on("error", () => undefined),
      "close",
    ),
  );
  for (const socket of sockets) socket.resume().write(hello);
  await Promise.any(closed);
  await t.waitFor(async () => assert.equal((await refusals())[" too-busy"], 4), { timeout: 20_000 });
});

test("who says nothing, or half of his first word, is let go in time", async (t) => {
  const { profile, refusals } = await setUp(t, { brokerLimits: { connectTimeoutMs: 300 } });
  const hello = await clientHello();
  const words = [Buffer.alloc(0), hello.subarray(0, 3), hello.subarray(0, -1)];
  await Promise.all(
    words.map(async (word) => {
      const socket = connectTcp({ host: "127.0.0.1", port: profile.controller.port });
      socket.on("error", () => undefined).resume();
      socket.write(word);
      await happens(socket, "close");
    }),
  );
  assert.deepEqual(await refusals(), { " no-handshake": 3 });
});

test("a first word that comes in pieces is as good as one", async (t) => {
  const { profile } = await setUp(t);
  const slow = createServer((near) => {
    const far = connectTcp({ host: "127.0.0.1", port: profile.controller.port, noDelay: true });
    near.on("error", () => undefined).on("close", () => far.destroy());
    far.on("error", () => undefined).pipe(near);
    near.on("data", (chunk: Buffer) => {
      for (const byte of [chunk.subarray(0, 1), chunk.subarray(1, 4), chunk.subarray(4)]) far.write(byte);
    });
  }).listen(0, "127.0.0.1");
  t.after(() => slow.close());
  await happens(slow, "listening");
  const { port } = slow.address() as AddressInfo;
  const client = connectAs({ ...profile, controller: { ...profile.controller, port } });
  assert.equal(await fateOf(t, client), "connect");
  await client.endAsync(true);
});

test("a sensor that comes again and again loses its oldest connections, and nobody else any", async (t) => {
  const { dataDir, controller, profile, refusals } = await setUp(t, { brokerLimits: { connectionsPerSensor: 3 } });
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Second" });
  const beside = await connected(t, other);
  const sockets: ReturnType<typeof connectTls>[] = [];
  for (let index = 0; index < 5; index += 1) {
    const socket = connectTls(tlsOf(profile));
    t.after(() => socket.destroy());
    socket.on("error", () => undefined).resume();
    await happens(socket, "secureConnect");
    sockets.push(socket);
  }
  await t.waitFor(async () => assert.equal((await refusals())["box-one too-many-connections"], 2), { timeout: 20_000 });
  await t.waitFor(() =>
    assert.deepEqual(
      sockets.map(({ destroyed }) => destroyed),
      [true, true, false, false, false],
    ),
  );
  assert.equal(beside.connected, true);
});
