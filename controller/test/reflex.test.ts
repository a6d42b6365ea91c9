import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { defaultReflex, type ReportedReflex } from "@cordon/contract";
import type { Problem, ReflexView } from "../src/api/view.ts";
import { standingSite } from "./standing-site.ts";

async function setUp(t: TestContext) {
  const { controller, path: sitePath, siteId, sensor, api } = await standingSite(t);
  const path = `${sitePath}/reflex`;
  const call = (method: "GET" | "PUT", body?: object, at = path) => api.call<ReflexView & Problem>(method, at, body);
  const signIn = async () => await api.signIn(await controller.createLoginLink());
  return { sensor, api, call, signIn, siteId };
}

const enforce = {
  mode: "enforce",
  budget: "usual",
  hosts: [{ host: "02:00:5e:10:00:07", mode: "dry", budget: "wide" }],
} as const;
const held: ReportedReflex = { mode: "enforce", budget: "tight", passed: 0, stopped: 9, hosts: [], refusal: null };

test("the reflex is set by a person, signed, and shown beside what the box does", async (t) => {
  const { sensor, api, call, signIn, siteId } = await setUp(t);
  assert.equal((await call("PUT", { ...enforce, reason: "x" })).status, 401);
  await signIn();
  assert.deepEqual((await call("GET")).body, { wish: defaultReflex, reported: null, reportedAt: null });
  assert.ok(!("reflex" in (sensor.adopted.at(-1) ?? {})), "nobody has said anything");

  const set = await call("PUT", { ...enforce, reason: "A worm is about" });
  assert.deepEqual([set.status, set.body.wish], [200, enforce]);
  await sensor.until(() => sensor.adopted.at(-1)?.reflex?.mode === "enforce");
  assert.deepEqual(sensor.adopted.at(-1)?.reflex, enforce);
  await sensor.report({ reflex: held });
  await api.siteWhen(siteId, (site) => site.sensor.reportedAt !== null);
  assert.deepEqual((await call("GET")).body.reported, held);

  for (const wrong of [{}, { ...enforce }, { ...enforce, reason: "x", mode: "off" }]) {
    assert.deepEqual((await call("PUT", wrong)).body.code, "bad-request");
  }
  assert.equal((await call("GET", undefined, "/api/v1/sites/nowhere/reflex")).body.code, "unknown-site");
  assert.deepEqual(sensor.refused, []);
});

test("records restored from a backup keep the reflex as the box has it", async (t) => {
  const { sensor, call, signIn } = await setUp(t);
  await signIn();
  const rules = [{ host: "02:00:5e:10:00:07", mode: "dry", budget: "unlimited" } as const];
  await sensor.report({ epoch: 2, revision: 41, reflex: { ...held, rules } });
  await sensor.until(() => sensor.adopted.at(-1)?.epoch === 2);
  assert.deepEqual(sensor.adopted.at(-1)?.reflex, { mode: "enforce", budget: "tight", hosts: rules });
  assert.equal((await call("GET")).body.wish.mode, "enforce");
});
