import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { Agent, request } from "node:https";
import { test, type TestContext } from "node:test";
import { bundlePath, takesUpdate, type KeyedProfile, type ReportedUpdate } from "@cordon/contract";
import type { ReleaseView, RolloutView } from "../src/api/rollout-view.ts";
import type { Problem } from "../src/api/view.ts";
import { observe } from "../src/notify/observe.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { enrol, startTestController, type ApiClient } from "./harness.ts";
import { oversize } from "./oversized.ts";
import { asOwner } from "./people.ts";
import { tlsOf } from "./raw-mqtt.ts";
import { scratchDir } from "./scratch.ts";
import { openStore } from "./store.ts";

const kind = "cordon-pc-amd64";
const always = { from: "00:00", to: "00:00", timeZone: "UTC" };

/** One part of a bundle, as a sensor with that profile asks for it. */
function partOf(profile: KeyedProfile, sha256: string, range: string) {
  return new Promise<{ status: number; range: string | undefined; body: Buffer }>((resolve, reject) => {
    const agent = new Agent({ ALPNProtocols: ["http/1.1"] });
    const sent = request({ ...tlsOf(profile), agent, path: bundlePath(sha256), headers: { range } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("end", () => {
        const { statusCode = 0, headers } = response;
        resolve({ status: statusCode, range: headers["content-range"], body: Buffer.concat(chunks) });
      });
    });
    sent.once("error", reject);
    sent.end();
  });
}

async function upload(api: ApiClient, bundle: Buffer, naming: object) {
  const { body: draft } = await api.call<ReleaseView>("POST", "/api/v1/releases", { sizeBytes: bundle.length });
  for (let at = 0; at < bundle.length; at += 100_000) await put(api, draft.id, at, bundle.subarray(at, at + 100_000));
  return api.call<ReleaseView & Problem>("POST", `/api/v1/releases/${draft.id}/whole`, naming);
}

async function put(api: ApiClient, releaseId: string, at: number, part: Uint8Array, type = "application/octet-stream") {
  const path = `/api/v1/releases/${releaseId}/parts/${at}`;
  const response = await fetch(api.url + path, {
    method: "PUT",
    headers: { cookie: api.cookie, "content-type": type },
    body: Buffer.from(part),
  });
  return { status: response.status, body: (await response.json()) as { receivedBytes?: number; code?: string } };
}

/** A controller with boxes: two of one site are not to be had, so each has its own. */
async function standUp(t: TestContext, count: number) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir, { rolloutLookMs: 50 });
  t.after(async () => {
    await controller.close();
    remove();
  });
  const api = await asOwner(controller);
  const boxes: { profile: KeyedProfile; sensor: FakeSensor }[] = [];
  for (let index = 0; index < count; index += 1) {
    const wish = { sensorId: `box-${index}`, siteName: `Office ${index}` };
    const profile = await enrol(dataDir, controller.brokerPort, wish);
    const sensor = await FakeSensor.start({ profile, takes: [takesUpdate] });
    t.after(() => sensor.close());
    const isLast = index === count - 1;
    await sensor.until(() => sensor.adopted.length > 0);
    await sensor.report({ update: { running: { version: isLast ? "0.2.0" : "0.1.0", slot: "a", compatible: kind } } });
    boxes.push({ profile, sensor });
  }
  const rollout = async () => (await api.call<RolloutView[]>("GET", "/api/v1/rollouts")).body[0] ?? assert.fail();
  const until = async (holds: (view: RolloutView) => boolean) => {
    for (;;) {
      const view = await rollout();
      if (holds(view)) return view;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  /** The order that a box has, and what it says of it. */
  const says = async (index: number, phase: NonNullable<ReportedUpdate["order"]>["phase"], words = "") => {
    const { sensor } = boxes[index] ?? assert.fail();
    await sensor.until(() => sensor.adopted.at(-1)?.update !== undefined);
    const { id, version } = sensor.adopted.at(-1)?.update ?? assert.fail();
    await sensor.report({ update: { order: { id, version, phase, words, at: Date.now() } } });
  };
  return { dataDir, controller, api, boxes, rollout, until, says };
}

test("a bundle comes in parts, goes on where it broke, is named by hand where it does not name itself, and is taken away", async (t) => {
  const { api } = await standUp(t, 0);
  const bundle = randomBytes(250_000);
  const draft = await api.call<ReleaseView>("POST", "/api/v1/releases", { sizeBytes: bundle.length });
  assert.equal(draft.status, 201);
  const { id } = draft.body;
  assert.deepEqual((await put(api, id, 0, bundle.subarray(0, 100_000))).body, { receivedBytes: 100_000 });
  assert.equal((await put(api, id, 0, bundle.subarray(0, 100_000))).body.code, "release-wrong-offset");
  assert.equal((await put(api, id, 100_000, bundle.subarray(0, 9), "text/plain")).body.code, "bad-media-type");
  const whole = (naming: object) => api.call<ReleaseView & Problem>("POST", `/api/v1/releases/${id}/whole`, naming);
  assert.equal((await whole({})).body.code, "release-unfinished");
  assert.equal((await put(api, id, 100_000, Buffer.alloc(160_000))).body.code, "release-too-long");
  const [listed] = (await api.call<ReleaseView[]>("GET", "/api/v1/releases")).body;
  const at = listed?.receivedBytes ?? assert.fail();
  assert.equal((await put(api, id, at, bundle.subarray(at))).status, 200);
  assert.equal((await whole({})).body.code, "release-unnamed");
  const damaged = await whole({ version: "0.2.0", compatible: kind, sha256: "0".repeat(64) });
  assert.equal(damaged.body.code, "release-damaged", "what came too much was kept");
  const named = await upload(api, bundle, { version: "0.2.0", compatible: kind });
  assert.deepEqual([named.status, named.body.version, named.body.isInUse], [200, "0.2.0", false]);
  assert.equal(named.body.sha256, createHash("sha256").update(bundle).digest("hex"));
  const namesake = await upload(api, randomBytes(1000), { version: "0.2.0", compatible: kind });
  assert.deepEqual([namesake.status, namesake.body.code], [409, "release-version-taken"]);
  const forOthers = await upload(api, randomBytes(1000), { version: "0.2.0", compatible: "cordon-pi" });
  assert.equal(forOthers.status, 200, "what is for other boxes may have the same number");
  assert.equal((await api.call("DELETE", `/api/v1/releases/${forOthers.body.id}`)).status, 204);
  assert.equal(
    (await upload(api, bundle, { version: "1", compatible: kind })).body.id,
    named.body.id,
    "it is here already",
  );
  assert.equal((await api.call("DELETE", `/api/v1/releases/${named.body.id}`)).status, 204);
  assert.deepEqual((await api.call<ReleaseView[]>("GET", "/api/v1/releases")).body, []);
});

test(
  "one box after the other gets it, a failure halts all, and a person goes on without that box",
  { timeout: 60_000 },
  async (t) => {
    const { dataDir, api, boxes, rollout, until, says } = await standUp(t, 4);
    const bundle = randomBytes(5_000);
    const release = (await upload(api, bundle, { version: "0.2.0", compatible: kind })).body;
    const sha256 = release.sha256 ?? "";
    const wish = { releaseId: release.id, firstBox: "box-0", window: always, patienceHours: 1 };
    const begin = (changes: object = {}) => api.call<Problem>("POST", "/api/v1/rollouts", { ...wish, ...changes });
    assert.equal((await begin({ firstBox: "box-9" })).body.code, "update-not-taken");
    assert.equal((await begin({ window: { ...always, timeZone: "Middle/Earth" } })).body.code, "bad-window");
    assert.equal((await begin()).status, 201);
    assert.equal((await begin()).body.code, "rollout-open");
    assert.equal((await api.call<Problem>("DELETE", `/api/v1/releases/${release.id}`)).body.code, "release-in-use");
    const phases = async () => (await rollout()).boxes.map(({ sensorId, phase }) => [sensorId, phase].join(" "));

    const [first, second, third] = boxes;
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    await first.sensor.until(() => first.sensor.adopted.at(-1)?.update !== undefined);
    assert.deepEqual(await phases(), ["box-0 ordered", "box-1 listed", "box-2 listed", "box-3 same"]);
    const part = await partOf(first.profile, sha256, "bytes=1000-1999");
    assert.deepEqual([part.status, part.range], [206, "bytes 1000-1999/5000"]);
    assert.deepEqual(part.body, bundle.subarray(1000, 2000));
    assert.equal((await partOf(first.profile, sha256, "bytes=5000-5001")).status, 416);
    assert.equal((await partOf(second.profile, sha256, "bytes=0-1")).status, 404, "nobody has ordered it to have that");
    await says(0, "installed", "It waits for 02:00.");
    await until(({ boxes: [box] }) => box?.phase === "installed" && box.words === "It waits for 02:00.");
    await says(0, "good", "It works.");
    await until(({ stage }) => stage === "tenth");
    await first.sensor.until(() => first.sensor.adopted.at(-1)?.update === undefined);

    await says(1, "fell-back", "judge did not name the self-test worm");
    const halted = await until(({ state }) => state === "halted");
    assert.deepEqual([halted.haltedAt, halted.stage], ["box-1", "tenth"]);
    assert.equal(third.sensor.adopted.at(-1)?.update, undefined);
    await second.sensor.until(() => second.sensor.adopted.at(-1)?.update === undefined);
    const store = await openStore(dataDir);
    t.after(() => store.destroy());
    const orders = { withheld: () => null };
    const window = { orders, noticesAfter: 0, noticesUntil: 0, noticesAtMost: 1, hostsAtMost: 1 };
    const { observations } = await observe(store, { now: Date.now(), listeningSince: 0, boxSilentMs: 1e9, ...window });
    const told = observations.find(({ subject }) => subject === "health:box-1:rollout-halted");
    assert.match(JSON.stringify(told?.about), /0\.2\.0 .*judge did not name the self-test worm/);

    const state = `/api/v1/rollouts/${halted.id}/state`;
    assert.equal((await api.call("PUT", state, { state: "running", failed: "retry" })).status, 204);
    await says(1, "refused", "no room");
    await until((view) => view.state === "halted");
    assert.equal((await api.call("PUT", state, { state: "running", failed: "leave-out" })).status, 204);
    await third.sensor.until(() => third.sensor.adopted.at(-1)?.update !== undefined);
    assert.deepEqual(await phases(), ["box-0 good", "box-1 left", "box-2 ordered", "box-3 same"]);
    const before = third.sensor.adopted.at(-1)?.update?.id;
    assert.equal((await api.call("PUT", state, { state: "paused" })).status, 204);
    await third.sensor.until(() => third.sensor.adopted.at(-1)?.update === undefined);
    assert.equal((await api.call("PUT", state, { state: "running" })).status, 204);
    await says(2, "trying");
    assert.notEqual(third.sensor.adopted.at(-1)?.update?.id, before, "what was said of the one before is over");
    await until(({ boxes: all }) => all.some(({ phase }) => phase === "trying"));
    assert.equal((await api.call("PUT", state, { state: "paused" })).status, 204);
    assert.equal((await api.call("PUT", state, { state: "running" })).status, 204);
    await says(2, "good");
    const done = await until((view) => view.state === "done");
    assert.ok(done.endedAt !== null);
    assert.equal((await api.call<Problem>("PUT", state, { state: "aborted" })).body.code, "rollout-over");
    const { body } = await api.call<unknown>("GET", "/api/v1/audit");
    const actions = JSON.stringify(body);
    for (const action of ["release-added", "rollout-begun", "release-good", "release-fell-back", "rollout-halted"])
      assert.ok(actions.includes(action), action);
    for (const action of ["rollout-resumed", "rollout-paused", "rollout-done"])
      assert.ok(actions.includes(action), action);
  },
);

test("a window that is over is followed by the next one", async (t) => {
  const { dataDir, api, boxes } = await standUp(t, 1);
  const release = (await upload(api, randomBytes(100), { version: "0.3.0", compatible: kind })).body;
  const window = { from: "02:00", to: "04:00", timeZone: "Europe/Berlin" };
  await api.call("POST", "/api/v1/rollouts", { releaseId: release.id, firstBox: "box-0", window, patienceHours: 1 });
  const { sensor } = boxes[0] ?? assert.fail();
  await sensor.until(() => sensor.adopted.at(-1)?.update !== undefined);
  const { id, notAfter } = sensor.adopted.at(-1)?.update ?? assert.fail();
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  await store.updateTable("rollout_boxes").set({ not_before: 1, not_after: 2 }).execute();
  await t.waitFor(async () => {
    const box = await store.selectFrom("rollout_boxes").selectAll().executeTakeFirstOrThrow();
    assert.deepEqual([box.order_id, box.not_after], [id, notAfter]);
  });
});

test("a box whose document has no room for the order halts the rollout by its name, and keeps no other from it", async (t) => {
  const { dataDir, api, boxes, rollout, until, says } = await standUp(t, 3);
  const release = (await upload(api, randomBytes(100), { version: "0.3.0", compatible: kind })).body;
  const wish = { releaseId: release.id, firstBox: "box-0", window: always, patienceHours: 1 };
  await oversize(dataDir, boxes[1]?.profile ?? assert.fail());
  assert.equal((await api.call("POST", "/api/v1/rollouts", wish)).status, 201);
  await says(0, "good");
  const halted = await until(({ state }) => state === "halted");
  assert.equal(halted.haltedAt, "box-1");
  assert.match(halted.boxes.find(({ sensorId }) => sensorId === "box-1")?.words ?? "", /^the document for box-1 /);
  const { id } = await rollout();
  await api.call("PUT", `/api/v1/rollouts/${id}/state`, { state: "running", failed: "leave-out" });
  await says(2, "good");
  await until(({ state }) => state === "done");
});
