import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTls } from "node:tls";
import { test } from "node:test";
import { uploadPath } from "@cordon/contract";
import { openStore } from "./store.ts";
import { enrol, startTestController } from "./harness.ts";
import { tlsOf } from "./raw-mqtt.ts";
import { call, digestOf, head, patch, uploadSite, type Reply } from "./upload-site.ts";

test("an answer is uploaded in parts, goes on after a break, counts by its receipt, and is fetched as it came", async (t) => {
  const { controller, profile, api, path, ask, answer, shelf } = await uploadSite(t);
  const askId = await ask();
  const whole = randomBytes(300_000);
  assert.deepEqual(await head(profile, askId), { status: 200, offset: 0 });
  assert.deepEqual(await patch(profile, askId, whole, 0, 100_000), { status: 204, offset: 100_000 });

  // A connection that breaks within a part.
  const socket = connectTls({ ...tlsOf(profile), ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => undefined);
  await once(socket, "secureConnect");
  const lines = [
    `PATCH ${uploadPath(askId)} HTTP/1.1`,
    "host: x",
    "upload-offset: 100000",
    "upload-length: 300000",
    "content-length: 100000",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await new Promise<void>((resolve) => socket.write(whole.subarray(100_000, 150_000), () => resolve()));
  await t.waitFor(async () => assert.ok(Number((await head(profile, askId)).offset) > 100_000), { timeout: 20_000 });
  socket.destroy();

  // Where the sensor believes something else it is put right; what it sends again there is not taken.
  assert.equal((await patch(profile, askId, whole, 100_000, 300_000)).status, 409);
  const { offset } = await head(profile, askId);
  assert.ok(offset !== null && offset > 100_000 && offset <= 150_000);
  assert.deepEqual(await patch(profile, askId, whole, offset, 300_000), { status: 204, offset: 300_000 });
  assert.deepEqual(await patch(profile, askId, whole, 300_000, 300_000), { status: 409, offset: 300_000 });

  const view = await answer(askId, whole, "application/vnd.tcpdump.pcap");
  assert.equal(view.status, "done");
  const fetched = await fetch(`${controller.url}${path}/${askId}/upload`, { headers: { cookie: api.cookie } });
  assert.equal(fetched.headers.get("content-type"), "application/vnd.tcpdump.pcap");
  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), whole);
  assert.deepEqual(shelf(), [`${askId}-${createHash("sha256").update(whole).digest("hex")}.answer`]);
  assert.equal((await head(profile, askId)).status, 404, "an ask that is answered takes no more");
});

test("a newer connection of the sensor takes over from one that is dead and does not know it", async (t) => {
  const { profile, ask } = await uploadSite(t);
  const askId = await ask();
  const whole = randomBytes(20_000);
  const socket = connectTls({ ...tlsOf(profile), ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  const sizes = ["upload-offset: 0", "upload-length: 20000", "content-length: 20000"];
  const headers = ["host: x", ...sizes, `repr-digest: ${digestOf(whole)}`];
  socket.write(`PATCH ${uploadPath(askId)} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`);
  socket.write(whole.subarray(0, 10_000));
  await t.waitFor(async () => assert.equal((await head(profile, askId)).offset, 10_000), { timeout: 20_000 });
  assert.deepEqual(await patch(profile, askId, whole, 10_000, 20_000), { status: 204, offset: 20_000 });
});

test("what does not fit its digest is thrown away", async (t) => {
  const { profile, ask, refusals, shelf } = await uploadSite(t);
  const askId = await ask();
  const whole = randomBytes(5_000);
  assert.equal((await patch(profile, askId, whole, 0, 5_000, digestOf(randomBytes(5)))).status, 422);
  assert.deepEqual(await head(profile, askId), { status: 200, offset: 0 });
  assert.equal((await patch(profile, askId, whole, 0, 5_000)).status, 204);
  assert.deepEqual([await refusals(), shelf().length], [{ "box-one upload-damaged": 1 }, 1]);
});

test("what nobody asked for, somebody else's, too much, or no sense is refused and counted", async (t) => {
  const { dataDir, controller, profile, ask, refusals, shelf } = await uploadSite(t, {
    uploadLimits: { shelfBytes: 10_000 },
  });
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Another" });
  const askId = await ask();
  const small = randomBytes(9_000);
  const statuses: number[] = [];
  const note = async (reply: Promise<Reply>) => statuses.push((await reply).status);
  await note(patch(other, askId, small, 0, 9_000));
  await note(patch(profile, "0".repeat(32), small, 0, 9_000));
  await note(call(profile, { method: "PATCH", path: uploadPath("../x") }));
  await note(call(profile, { method: "POST", path: uploadPath(askId) }));
  await note(call(profile, { method: "GET", path: "/api/v1/sites" }));
  await note(call(profile, { method: "PATCH", path: uploadPath(askId) }, small));
  const headers = { "upload-offset": "0", "upload-length": "9000" };
  await note(call(profile, { method: "PATCH", path: uploadPath(askId), headers }, small));
  const huge = { "upload-offset": "0", "upload-length": "999999999999" };
  await note(call(profile, { method: "PATCH", path: uploadPath(askId), headers: huge }, small));
  await note(patch(profile, askId, randomBytes(10_001), 0, 9_000));
  assert.deepEqual(statuses, [404, 404, 404, 404, 404, 400, 400, 413, 507]);
  assert.deepEqual(await refusals(), {
    "box-two upload-unknown-ask": 1,
    "box-one upload-unknown-ask": 1,
    "box-one upload-malformed": 5,
    "box-one upload-too-large": 1,
    "box-one upload-no-room": 1,
  });
  assert.deepEqual(
    shelf().filter((name) => !name.endsWith(".part")),
    [],
  );
});

test("one sensor's uploads leave room for those of the others", async (t) => {
  const limits = { uploadLimits: { shelfBytes: 20_000, shelfBytesPerSensor: 10_000 } };
  const { dataDir, controller, profile, api, ask, refusals } = await uploadSite(t, limits);
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Another" });
  const store = await openStore(dataDir);
  const [one, two] = [await ask(), await ask()];
  const whole = randomBytes(6_000);
  assert.equal((await patch(profile, one, whole, 0, 6_000)).status, 204);
  // It is announced, and does not have to come to take the room.
  assert.equal((await patch(profile, two, whole, 0, 10)).status, 507);
  await api.call("DELETE", `/api/v1/sites/${profile.site.id}/asks/${two}`);
  const others = { id: "theirs", sensor_id: other.sensor, status: "open" as const };
  const row = await store.selectFrom("asks").selectAll().where("id", "=", two).executeTakeFirstOrThrow();
  await store
    .insertInto("asks")
    .values({ ...row, ...others })
    .execute();
  await store.destroy();
  assert.equal((await patch(other, others.id, randomBytes(9_000), 0, 10)).status, 204);
  assert.deepEqual(await refusals(), { "box-one upload-no-room": 1 });
});

test("what belongs to an ask that a restored store knows nothing of is thrown away at the next start", async (t) => {
  const { dataDir, controller, profile, ask, shelf } = await uploadSite(t);
  const [known, forgotten] = [await ask(), await ask()];
  const whole = randomBytes(1_000);
  await patch(profile, known, whole, 0, 1_000);
  await patch(profile, forgotten, whole, 0, 1_000);
  await patch(profile, await ask(), whole, 0, 500);
  assert.equal(shelf().length, 3);
  await controller.close();
  const store = await openStore(dataDir);
  await store.deleteFrom("asks").where("id", "!=", known).execute();
  await store.destroy();
  const second = await startTestController(dataDir);
  t.after(() => second.close());
  assert.deepEqual(
    shelf().map((name) => name.slice(0, known.length)),
    [known],
  );
});

test("without a certificate of ours nothing is let in, and what is no HTTP ends", async (t) => {
  const { profile, ask, refusals } = await uploadSite(t);
  const askId = await ask();
  const { cert: _cert, key: _key, ...anonymous } = tlsOf(profile);
  const unknown = { ...anonymous, cert: undefined, key: undefined, method: "HEAD", path: uploadPath(askId) };
  assert.equal(
    (await call(profile, unknown)).status,
    404,
    "who asks for a certificate may come, and finds nothing else",
  );
  const socket = connectTls({ ...tlsOf(profile), ALPNProtocols: ["http/1.1"] });
  socket.on("error", () => undefined);
  socket.resume();
  socket.write("\x10\x0c\x00\x04MQTT\x04\x02\x00\x0f\r\n\r\n");
  await once(socket, "close");
  assert.deepEqual(await refusals(), { "box-one upload-malformed": 1, " http-unknown-route": 1 });
});
