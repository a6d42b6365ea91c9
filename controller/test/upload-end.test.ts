/** What ends an upload, and what becomes of what was uploaded. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { test, type TestContext } from "node:test";
import { answerTopic, contractVersion, packetSliceKind, uploadPath, type KeyedProfile } from "@cordon/contract";
import { silentLog, systemAmbient, systemClock } from "../src/ambient.ts";
import type { AskView } from "../src/api/ask-view.ts";
import { defaultUploadLimits } from "../src/broker/upload-server.ts";
import { RevocationBook } from "../src/fleet/revocation-book.ts";
import { withdraw } from "../src/fleet/withdrawal.ts";
import { openStore } from "./store.ts";
import { happens } from "./connection.ts";
import { startTestController } from "./harness.ts";
import { tlsOf } from "./raw-mqtt.ts";
import { call, head, patch, uploadSite } from "./upload-site.ts";

/** An upload that is half there, and never goes on by itself. */
async function halfAnUpload(t: TestContext, profile: KeyedProfile, askId: string) {
  const socket = connectTls({ ...tlsOf(profile), ALPNProtocols: ["http/1.1"] });
  t.after(() => socket.destroy());
  socket.on("error", () => undefined).resume();
  await once(socket, "secureConnect");
  const lines = ["host: x", "upload-offset: 0", "upload-length: 200000", "content-length: 100000"];
  socket.write(`PATCH ${uploadPath(askId)} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  socket.write(randomBytes(50_000));
  await t.waitFor(async () => assert.equal((await head(profile, askId)).offset, 50_000), { timeout: 20_000 });
  return socket;
}

/** Well before its silence would end it. */
async function endsSoon(socket: TLSSocket): Promise<void> {
  const since = performance.now();
  await happens(socket, "close");
  assert.ok(performance.now() - since < defaultUploadLimits.idleTimeoutMs / 2, "it ended by itself");
}

test("a sensor that is revoked is in the middle of no upload any more", async (t) => {
  const { dataDir, profile, api, ask } = await uploadSite(t);
  const askId = await ask();
  const socket = await halfAnUpload(t, profile, askId);
  const closed = endsSoon(socket);
  const body = { kind: "revoke", reason: "Stolen" };
  assert.equal((await api.call("POST", `/api/v1/sites/${profile.site.id}/withdrawals`, body)).status, 200);
  await closed;
  const [part = ""] = readdirSync(join(dataDir, "answers"));
  assert.equal(statSync(join(dataDir, "answers", part)).size, 50_000);
});

test("one that another process revokes is ended as soon as that is seen", async (t) => {
  const { dataDir, profile, ask } = await uploadSite(t);
  const socket = await halfAnUpload(t, profile, await ask());
  const store = await openStore(dataDir);
  const ambient = systemAmbient(silentLog);
  const closed = endsSoon(socket);
  const wish = { sensorId: "box-one", kind: "revoke", author: "operator", reason: "Stolen" } as const;
  await withdraw(store, ambient, wish, new RevocationBook(dataDir));
  await closed;
  await store.destroy();
});

test("an ask that ends, ends its upload, and nothing stays of it", async (t) => {
  const { profile, api, path, ask, shelf } = await uploadSite(t);
  const askId = await ask();
  const socket = await halfAnUpload(t, profile, askId);
  const closed = endsSoon(socket);
  await api.call("DELETE", `${path}/${askId}`);
  await closed;
  assert.deepEqual(shelf(), []);
});

test("a part that says another length than the first begins anew, and room is kept for all that is announced", async (t) => {
  const { profile, ask, refusals, shelf } = await uploadSite(t, { uploadLimits: { shelfBytes: 100_000 } });
  const [one, two] = [await ask(), await ask()];
  const whole = randomBytes(60_000);
  assert.equal((await patch(profile, one, whole, 0, 10_000)).status, 204);
  // Ten thousand are here, and fifty are still to come.
  assert.equal((await patch(profile, two, randomBytes(50_000), 0, 1_000)).status, 507);
  assert.equal((await patch(profile, one, randomBytes(90_000), 10_000, 20_000)).status, 422);
  assert.deepEqual([shelf(), await head(profile, one)], [[], { status: 200, offset: 0 }]);
  assert.equal((await patch(profile, two, randomBytes(50_000), 0, 1_000)).status, 204);
  assert.deepEqual(await refusals(), { "box-one upload-no-room": 1, "box-one upload-length-changed": 1 });
});

test("what calls itself something else than bytes is not taken", async (t) => {
  const { profile, ask, refusals } = await uploadSite(t);
  const askId = await ask();
  const sizes = { "upload-offset": "0", "upload-length": "20" };
  for (const more of [{ "content-type": "text/html" }, { "content-encoding": "gzip" }]) {
    const options = { method: "PATCH", path: uploadPath(askId), headers: { ...sizes, ...more } };
    assert.equal((await call(profile, options, Buffer.alloc(10))).status, 415);
  }
  const plain = { ...sizes, "content-type": "application/octet-stream" };
  assert.equal(
    (await call(profile, { method: "PATCH", path: uploadPath(askId), headers: plain }, Buffer.alloc(10))).status,
    204,
  );
  assert.deepEqual(await refusals(), { "box-one upload-wrong-type": 2 });
});

/** A slice that was asked for, uploaded and answered. */
async function aSlice({ profile, api, client }: Awaited<ReturnType<typeof uploadSite>>): Promise<string> {
  const question = { from: Date.now() - 1000, to: Date.now(), host: "02:00:5e:00:00:01" };
  const asked = await api.call<AskView>("POST", `/api/v1/sites/${profile.site.id}/packet-slices`, question);
  assert.equal(asked.status, 201, JSON.stringify(asked.body));
  const whole = randomBytes(1_000);
  const { id } = asked.body;
  assert.equal((await patch(profile, id, whole, 0, 1_000)).status, 204);
  const sha256 = createHash("sha256").update(whole).digest("hex");
  const upload = { sizeBytes: 1_000, sha256, contentType: "application/vnd.tcpdump.pcap" };
  const message = { version: contractVersion, id, bootId: "0123456789abcdef", at: 1, status: "done", upload };
  await client.publishAsync(answerTopic(profile.sensor, id), JSON.stringify(message), { qos: 1 });
  return id;
}

test("that a slice was fetched, and by whom, is written down; it is deleted on request, or when the recording ends", async (t) => {
  const site = await uploadSite(t);
  const { dataDir, api, path, shelf, profile } = site;
  const [one, two, other] = [await aSlice(site), await aSlice(site), await site.ask()];
  await site.answer(other, Buffer.from("{}"));
  assert.equal((await api.call("GET", `${path}/${one}/upload`)).status, 200);
  const deleted = await api.call<AskView>("DELETE", `${path}/${one}/upload`);
  assert.deepEqual([deleted.body.upload, deleted.body.code], [null, "upload-deleted"]);
  assert.equal((await api.call("GET", `${path}/${one}/upload`)).status, 404);
  assert.equal((await api.call("DELETE", `${path}/${one}/upload`)).status, 404);
  assert.ok(shelf().every((name) => !name.startsWith(one)));

  await api.call("DELETE", `/api/v1/sites/${profile.site.id}/recording`, {});
  assert.equal((await api.call("GET", `${path}/${two}/upload`)).status, 404);
  assert.deepEqual(shelf(), []);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const lines = await store.selectFrom("audit_log").select(["action", "author", "detail"]).orderBy("at").execute();
  const told = lines.filter(({ action }) => action.startsWith("upload-"));
  assert.deepEqual(
    told.map(({ action, author, detail }) => [action, author, detail.includes(one), detail.includes(packetSliceKind)]),
    [
      ["upload-fetched", "operator", true, true],
      ["upload-deleted", "operator", true, true],
    ],
  );
});

test("a slice is kept for seven days", async (t) => {
  const site = await uploadSite(t);
  const { dataDir, controller, shelf } = site;
  const id = await aSlice(site);
  await t.waitFor(async () => {
    const { body } = await site.api.call<AskView>("GET", `${site.path}/${id}`);
    assert.equal(body.status, "done");
  });
  await controller.close();
  for (const [days, left] of [
    [6.9, 1],
    [7.1, 0],
  ] as const) {
    const now = () => Date.now() + days * 86_400_000;
    const later = await startTestController(dataDir, {
      ambient: { ...systemAmbient(silentLog), clock: { ...systemClock, now } },
    });
    await later.close();
    assert.equal(shelf().length, left);
  }
});
