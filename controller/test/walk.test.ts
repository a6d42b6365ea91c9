import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { takesAsks, type Placement } from "@cordon/contract";
import type { RefusalView } from "../src/api/view.ts";
import type { TimelinePage } from "../src/api/timeline-view.ts";
import type { WalkView } from "../src/api/walk-view.ts";
import type { Controller, ControllerOptions } from "../src/controller.ts";
import { FakeSensor, type FakeSensorOptions } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";
import { openStore } from "./store.ts";
import { silentMs, WalkScript, walking } from "./walk-script.ts";

const [desk, printer] = ["02:00:5e:10:00:07", "02:00:5e:10:00:08"] as const;

/** By how much the box's clock is behind. */
const behindMs = 90_000;

async function setUp(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  const started: { controller: Controller; sensor: FakeSensor | null }[] = [];
  t.after(async () => {
    for (const { controller, sensor } of started.reverse()) {
      await sensor?.close();
      await controller.close();
    }
    remove();
  });
  const start = async () => {
    const controller = await startTestController(dataDir, more);
    started.push({ controller, sensor: null });
    const api = new ApiClient(controller.url);
    await api.signIn(await controller.createLoginLink());
    return { controller, api };
  };
  const { controller, api } = await start();
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const path = `/api/v1/sites/${profile.site.id}/walk`;
  const box = async (of: Partial<FakeSensorOptions> = {}) => {
    const sensor = await FakeSensor.start({ profile, ...walking(), now: () => Date.now() - behindMs, ...of });
    const last = started.at(-1);
    if (last !== undefined) last.sensor = sensor;
    await api.siteWhen(profile.site.id, (site) => site.sensor.state === "online" && site.sensor.software !== null);
    return { sensor, script: new WalkScript(sensor) };
  };
  /** Looks until the walk is as wished: each step of it comes by the stream of events. */
  const when = async (condition: (view: WalkView) => boolean): Promise<WalkView> => {
    const stop = new AbortController();
    const response = await fetch(`${controller.url}/api/v1/events`, {
      headers: { cookie: api.cookie },
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]),
    });
    try {
      let view = (await api.call<WalkView>("GET", path)).body;
      if (condition(view)) return view;
      for await (const chunk of response.body ?? []) {
        if (!Buffer.from(chunk as Uint8Array).includes("event: walk-changed")) continue;
        view = (await api.call<WalkView>("GET", path)).body;
        if (condition(view)) return view;
      }
      throw new Error("the events ended before");
    } finally {
      stop.abort();
    }
  };
  return { dataDir, controller, api, profile, path, box, when, start };
}

test("a walk is begun, watched by events in the controller's own time, joined, and stopped for everybody", async (t) => {
  const { dataDir, api, path, box, when, profile } = await setUp(t);
  const { sensor, script } = await box();
  const armed = await api.call<WalkView>("POST", path);
  assert.equal(armed.status, 200);
  const { id = "", author, isArmed, over } = armed.body.walk ?? {};
  assert.deepEqual([author, isArmed, over], ["operator", false, null]);
  const ask = await script.begun();
  assert.deepEqual([ask.id, ask.kind, ask.question], [id, "walk", { forMs: 600_000 }]);
  // Somebody else who comes joins it.
  assert.equal((await api.call<WalkView>("POST", path)).body.walk?.id, id);

  const told = when(({ walk }) => (walk?.findings.length ?? 0) > 0);
  await script.set("answering", printer).find("gone", desk).say(id);
  const { walk } = await told;
  const [finding] = walk?.findings ?? [];
  assert.deepEqual([finding?.kind, finding?.hosts], ["gone", [desk]]);
  // The box's clock is a minute and a half behind.
  const now = Date.now();
  assert.ok(now - (finding?.toldAt ?? 0) < 5000 && now - (finding?.at ?? 0) < 5000, JSON.stringify(finding));
  assert.equal((finding?.at ?? 0) - (finding?.heardAt ?? 0), silentMs);
  assert.deepEqual(
    walk?.machines.map(({ host, state }) => [host, state]),
    [
      [printer, "answering"],
      [desk, "gone"],
    ],
  );

  assert.equal((await api.call<WalkView>("PUT", `${path}/${id}`)).status, 200);
  const stopped = await api.call<WalkView>("DELETE", `${path}/${id}`);
  assert.deepEqual([stopped.body.walk?.over?.why, stopped.body.walk?.over?.by], ["stopped", "operator"]);
  await sensor.until(() => sensor.cancelled.includes(id));
  for (const method of ["PUT", "DELETE"]) assert.equal((await api.call(method, `${path}/${id}`)).status, 404);
  // What was on its way changes nothing.
  await script.find("gone", printer).say(id);
  const next = await api.call<WalkView>("POST", path);
  assert.notEqual(next.body.walk?.id, id);
  assert.deepEqual(next.body.walk?.findings, []);

  const store = await openStore(dataDir);
  const lines = await store.selectFrom("audit_log").select(["action", "detail", "site_id"]).orderBy("number").execute();
  await store.destroy();
  const ended = lines.find(({ action }) => action === "walk-ended");
  assert.equal(ended?.site_id, profile.site.id);
  assert.deepEqual(JSON.parse(ended?.detail ?? "{}"), { walk: id, why: "stopped", named: [desk], silent: [desk] });
  assert.equal(lines.filter(({ action }) => action === "walk-armed").length, 2);
  // On the time line it stands with the machine.
  const { body } = await api.call<TimelinePage>("GET", path.replace(/walk$/, "timeline"));
  const pulled = body.entries.find(({ what }) => what === "cable-pulled");
  assert.deepEqual([pulled?.kind, pulled?.host, pulled?.person], ["action", desk, "operator"]);
});

test("a walk that nobody watches ends, and so do those of a box or a controller that began anew", async (t) => {
  const { api, path, box, when, controller, start } = await setUp(t, { walkLimits: { leaseMs: 300 } });
  const { sensor, script } = await box();
  const first = (await api.call<WalkView>("POST", path)).body.walk?.id ?? "";
  assert.equal((await when(({ walk }) => walk?.over !== null)).walk?.over?.why, "page-closed");
  await sensor.until(() => sensor.cancelled.includes(first));

  const second = (await api.call<WalkView>("POST", path)).body.walk?.id ?? "";
  await script.say(second);
  await script.say(second, { bootId: "fedcba9876543210" });
  assert.equal((await when(({ walk }) => walk?.id === second && walk.over !== null)).walk?.over?.why, "box-restarted");

  const third = (await api.call<WalkView>("POST", path)).body.walk?.id ?? "";
  await sensor.answer(third, { status: "failed", code: "no-own-mac", text: "Not yet." });
  const failed = await when(({ walk }) => walk?.id === third && walk.over !== null);
  assert.deepEqual([failed.walk?.over?.why, failed.walk?.over?.text], ["failed", "Not yet."]);

  const fourth = (await api.call<WalkView>("POST", path)).body.walk?.id ?? "";
  await script.begun(4);
  await sensor.close();
  await controller.close();
  const again = await start();
  assert.equal((await again.api.call<WalkView>("GET", path)).body.walk, null);
  const asked = await again.api.call<{ status: string }>("GET", path.replace("/walk", `/asks/${fourth}`));
  assert.equal(asked.body.status, "cancelled");
});

test("where a box cannot walk that is said, and not begun", async (t) => {
  const { api, path, box } = await setUp(t);
  const obstacle = async () => (await api.call<WalkView>("GET", path)).body.obstacle;
  assert.equal(await obstacle(), "no-box");
  const cases: readonly (readonly [Placement, readonly string[], string])[] = [
    ["wan", [takesAsks], "outside-router"],
    ["mirror", [takesAsks], "mirror"],
    ["lan", [takesAsks], "box-too-old"],
  ];
  for (const [placement, takes, expected] of cases) {
    const { sensor } = await box({ placement, takes });
    while ((await obstacle()) !== expected) await new Promise((resolve) => setTimeout(resolve, 20));
    const refused = await api.call<{ code: string }>("POST", path);
    assert.deepEqual([refused.status, refused.body.code], [409, "walk-not-offered"], expected);
    assert.equal(sensor.asks.length, 0);
    await sensor.close();
  }
  const { script } = await box();
  const { body } = await api.call<WalkView>("POST", path);
  await script.begun();
  await script.say(body.walk?.id ?? "", { others: -1 });
  for (;;) {
    const refusals = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
    if (refusals.body.some(({ reason }) => reason === "malformed-walk")) break;
  }
});
