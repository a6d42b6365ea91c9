/** What the box of one site may say, and what of that is to reach nobody who looks at another. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { contractVersion, pinAuthor } from "@cordon/contract";
import type { Problem, SiteSummary } from "../src/api/view.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { enrol, startTestController } from "./harness.ts";
import { oversize } from "./oversized.ts";
import { asOwner } from "./people.ts";
import { scratchDir } from "./scratch.ts";
import { openStore } from "./store.ts";

async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const hostile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-a", siteName: "Office of A" });
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-b", siteName: "Office of B" });
  const sensor = await FakeSensor.start({ profile: hostile });
  const owner = await asOwner(controller);
  t.after(async () => {
    await sensor.close();
    await controller.close();
    remove();
  });
  return { controller, sensor, owner, a: hostile.site.id, b: other.site.id };
}

test("what a box says was done at it stands on the page of its own site alone, however it says so", async (t) => {
  const { sensor, owner, a, b } = await setUp(t);
  // A name that is a number stands before all others, and so before the place.
  const detail = JSON.stringify({ 0: "", reason: "Forged" });
  const deed = { author: pinAuthor, action: "containment-asked", subject: "box-b", host: null, detail };
  await sensor.send({ kind: "deed", deed });
  await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= 1);
  assert.equal((await owner.site(a)).atBox.deeds.length, 1);
  assert.deepEqual((await owner.site(b)).atBox.deeds, []);
  const [line] = (await owner.call<{ detail: string }[]>("GET", "/api/v1/audit?action=containment-asked")).body;
  assert.match(line?.detail ?? "", /^\{"place":"box",.*"reason":"Forged"/);
});

test("a report that could be read and not be shown is not taken: the pages of all sites go on", async (t) => {
  const { sensor, owner, a } = await setUp(t);
  const said = {
    ...{ version: contractVersion, bootId: sensor.bootId, at: 1, epoch: 0, revision: 0, placement: "lan" },
    ...{ line: { state: "healthy", since: 1, text: "Deep.", more: "MORE" }, containments: [], health: [], refused: {} },
  };
  for (const depth of [70, 4_500, 5_500, 50_000]) {
    const nested = "[".repeat(depth) + "]".repeat(depth);
    await sensor.publish("reported", JSON.stringify(said).replace('"MORE"', nested));
  }
  const seen = await owner.siteWhen(a, ({ sensor: { health } }) =>
    health.some(({ text }) => text.includes("malformed-reported (4)")),
  );
  assert.equal(seen.line, null);
  assert.equal((await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).status, 200);
});

test("the list of all sites carries of a box's words what this release knows", async (t) => {
  const { sensor, owner, a } = await setUp(t);
  const more = "x".repeat(100_000);
  const line = { state: "dead", since: 1, text: "No answer.", more } as const;
  const trouble = { code: "capture-down", severity: "error", since: 1, text: "Nothing is captured.", more } as const;
  await sensor.report({ line, health: [trouble], boot: { judgingMs: 9, ...{ more } } });
  await owner.siteWhen(a, (site) => site.line?.state === "dead");
  const { body } = await owner.call<SiteSummary[]>("GET", "/api/v1/sites");
  assert.ok(JSON.stringify(body).length < 20_000);
  const row = body.find(({ id }) => id === a);
  assert.deepEqual([row?.line, row?.sensor.boot], [{ state: "dead", since: 1, text: "No answer." }, { judgingMs: 9 }]);
});

test("a stranger's request that nests without end is refused, and is no fault of the controller", async (t) => {
  const { controller } = await setUp(t);
  for (const depth of [70, 30_000]) {
    const nested = "[".repeat(depth) + "]".repeat(depth);
    const body = `{"id":"a","rawId":"a","type":"public-key","response":{"x":${nested}}}`;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${controller.url}/api/v1/session/passkey`, { method: "POST", headers, body });
    assert.deepEqual([answer.status, ((await answer.json()) as Problem).code], [400, "bad-request"]);
  }
});

test("a controller starts and serves the others where one box's document would be too large", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const before = await startTestController(dataDir);
  const large = await enrol(dataDir, before.brokerPort, { sensorId: "box-a", siteName: "Office of A" });
  const other = await enrol(dataDir, before.brokerPort, { sensorId: "box-b", siteName: "Office of B" });
  await before.close();
  await oversize(dataDir, large);
  const store = await openStore(dataDir);
  const over = { id: "c-over", site_id: other.site.id, sensor_id: other.sensor, kind: "quarantine" as const };
  const asked = { host: "02:00:5e:00:00:08", reason: "Infected", author: "operator", asked_at: 1 };
  const expires_at = Date.now() + 3_000;
  await store
    .insertInto("containments")
    .values([
      { ...over, ...asked, expires_at },
      { ...over, ...asked, id: "c-over-a", site_id: large.site.id, sensor_id: large.sensor, expires_at: 2 },
    ])
    .execute();
  await store.destroy();
  const controller = await startTestController(dataDir);
  t.after(() => controller.close());
  const port = controller.brokerPort;
  const sensor = await FakeSensor.start({ profile: { ...other, controller: { ...other.controller, port } } });
  t.after(() => sensor.close());
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 0);
});
