import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { AuthorisationView, RecordingView } from "../src/api/recording-view.ts";
import type { Problem } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";

const host = { kind: "host", host: "02:00:5e:10:00:07" } as const;

async function setUp(t: TestContext) {
  const { dataDir, controller, path, siteId, sensor, api } = await standingSite(t);
  const call = (method: string, at: string, body?: object) =>
    api.call<RecordingView & Problem>(method, path + at, body);
  const signIn = async () => api.signIn(await controller.createLoginLink());
  const audit = async () => {
    const store = await openStore(dataDir);
    const lines = await store.selectFrom("audit_log").select(["action", "author", "detail"]).execute();
    await store.destroy();
    return lines.filter(({ action }) => action.startsWith("recording-"));
  };
  const everywhere = async () => (await api.call<AuthorisationView[]>("GET", "/api/v1/recordings")).body;
  return { sensor, siteId, call, signIn, audit, everywhere };
}

test("packets are recorded on somebody's word, which goes to the box with the wish, until it is taken back", async (t) => {
  const { sensor, siteId, call, signIn, audit, everywhere } = await setUp(t);
  const setting = { by: "R. Voss", role: "owner", scope: host, until: Date.now() + 3_600_000 };
  assert.equal((await call("PUT", "/recording", setting)).status, 401);
  await signIn();
  assert.deepEqual((await call("GET", "/recording")).body.wish, null);
  const { status, body } = await call("PUT", "/recording", setting);
  assert.equal(status, 200, JSON.stringify(body));
  const [authorisation] = body.wish?.authorisations ?? [];
  assert.deepEqual(
    [authorisation?.by, authorisation?.role, authorisation?.scope, authorisation?.until],
    ["R. Voss", "owner", host, setting.until],
  );
  const heard = sampleHosts(Date.now()).slice(0, 1);
  await sensor.sendHosts(heard.map((each) => ({ ...each, host: host.host, mac: host.host, name: "DESK-07" })));
  await t.waitFor(
    async () =>
      assert.deepEqual(
        (await everywhere()).map((each) => [each.siteId, each.authorisation, each.machine]),
        [[siteId, authorisation, "DESK-07"]],
      ),
    { timeout: 10_000 },
  );
  await sensor.until(() => sensor.adopted.at(-1)?.recording !== undefined);
  assert.deepEqual(sensor.adopted.at(-1)?.recording, body.wish);

  const record = { flows: { since: 5, lines: 1, sizeBytes: 4096, unwritten: 0 } };
  await sensor.report({ record });
  await t.waitFor(async () => assert.deepEqual((await call("GET", "/recording")).body.record, record), {
    timeout: 10_000,
  });

  assert.equal((await call("DELETE", "/recording", {})).body.wish, null);
  assert.deepEqual(await everywhere(), []);
  await sensor.until(() => sensor.adopted.at(-1)?.recording === undefined);
  const lines = await audit();
  assert.deepEqual(
    lines.map(({ action, author }) => [action, author]),
    [
      ["recording-authorised", "operator"],
      ["recording-ended", "operator"],
    ],
  );
  assert.ok(lines.every(({ detail }) => detail?.includes("R. Voss")));
});

test("without a name, a role, or an end that is still to come nothing is recorded", async (t) => {
  const { call, signIn } = await setUp(t);
  await signIn();
  const setting = { by: "R. Voss", role: "owner", scope: host, until: Date.now() + 3_600_000 };
  for (const wrong of [{ by: "" }, { role: undefined }, { until: undefined }, { scope: { kind: "host" } }]) {
    assert.equal((await call("PUT", "/recording", { ...setting, ...wrong })).status, 400, JSON.stringify(wrong));
  }
  const past = await call("PUT", "/recording", { ...setting, until: Date.now() - 1 });
  assert.deepEqual([past.status, past.body.code], [422, "expiry-in-the-past"]);
  assert.equal((await call("GET", "/recording")).body.wish, null);
});
