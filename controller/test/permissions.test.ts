import assert from "node:assert/strict";
import { test } from "node:test";
import { Errors } from "typebox/schema";
import { may, type Right, type Role } from "../src/account/rights.ts";
import type { Problem, SiteSummary } from "../src/api/view.ts";
import { ApiClient, enrol, startTestController, type Answer } from "./harness.ts";
import { asOwner, invite, take } from "./people.ts";
import { scratchDir } from "./scratch.ts";

const site = "/api/v1/sites/{siteId}";

/** Every route there is, with the right that it takes; `open` are for anybody. */
const expected: Readonly<Record<string, Right | "open">> = {
  "POST /api/v1/session": "open",
  "POST /api/v1/invitations/look": "open",
  "POST /api/v1/session/look": "open",
  "GET /api/v1/place": "open",
  "POST /api/v1/invitations/take": "open",
  "GET /languages": "open",
  "GET /languages/{file}": "open",
  "POST /api/v1/session/passkey": "open",
  "POST /api/v1/session/passkey/challenge": "open",
  "GET /api/v1/session": "look",
  "GET /api/v1/account": "look",
  "POST /api/v1/account/passkeys/challenge": "look",
  "POST /api/v1/account/passkeys": "look",
  "DELETE /api/v1/account/passkeys/{passkeyId}": "look",
  "PUT /api/v1/account/password": "look",
  "POST /api/v1/account/code": "look",
  "PUT /api/v1/account/code": "look",
  "DELETE /api/v1/session": "look",
  "GET /api/v1/events": "look",
  "GET /api/v1/sites": "look",
  "GET /api/v1/machines": "look",
  "GET /api/v1/recordings": "look",
  [`GET ${site}`]: "look",
  [`GET ${site}/changes`]: "look",
  [`GET ${site}/timeline`]: "look",
  [`GET ${site}/timeline/summary`]: "look",
  [`GET ${site}/timeline/export`]: "look",
  [`GET ${site}/reflex`]: "look",
  [`GET ${site}/recording`]: "look",
  [`POST ${site}/areas`]: "act",
  [`PUT ${site}/areas/{areaId}`]: "act",
  [`DELETE ${site}/areas/{areaId}`]: "act",
  [`POST ${site}/area-cuts`]: "act",
  [`DELETE ${site}/area-cuts/{cutId}`]: "act",
  [`PUT ${site}/barriers/{way}`]: "act",
  [`POST ${site}/containments`]: "act",
  [`DELETE ${site}/containments/{containmentId}`]: "act",
  [`PUT ${site}/duties/{host}`]: "act",
  [`DELETE ${site}/duties/{host}`]: "act",
  [`PUT ${site}/hosts/{host}/particulars`]: "act",
  [`PUT ${site}/hosts/{host}/photo`]: "act",
  [`DELETE ${site}/hosts/{host}/photo`]: "act",
  [`GET ${site}/hosts/{host}/photo`]: "look",
  [`PUT ${site}/line-cut`]: "act",
  [`DELETE ${site}/line-cut`]: "act",
  [`PUT ${site}/policy`]: "act",
  [`PUT ${site}/pardons/{host}`]: "act",
  [`DELETE ${site}/pardons/{host}`]: "act",
  [`PUT ${site}/reflex`]: "act",
  [`PUT ${site}/remedies`]: "act",
  [`POST ${site}/asks`]: "act",
  [`DELETE ${site}/asks/{askId}`]: "act",
  [`GET ${site}/walk`]: "look",
  [`POST ${site}/walk`]: "act",
  [`PUT ${site}/walk/{walkId}`]: "act",
  [`DELETE ${site}/walk/{walkId}`]: "act",
  [`GET ${site}/asks`]: "search",
  [`GET ${site}/asks/{askId}`]: "search",
  [`GET ${site}/nat-log`]: "search",
  [`POST ${site}/look-ups`]: "search",
  [`DELETE ${site}/asks/{askId}/upload`]: "record",
  [`GET ${site}/asks/{askId}/upload`]: "record",
  [`PUT ${site}/recording`]: "record",
  [`DELETE ${site}/recording`]: "record",
  [`POST ${site}/packet-slices`]: "record",
  [`POST ${site}/withdrawals`]: "withdraw",
  [`PUT ${site}/delegation`]: "withdraw",
  [`DELETE ${site}/two-words/{wordsId}`]: "act",
  [`PUT ${site}/customer`]: "run",
  "GET /api/v1/refusals": "run",
  "GET /api/v1/audit": "run",
  "GET /api/v1/presets/{presetId}": "look",
  "PUT /api/v1/presets/{presetId}": "act",
  "GET /metrics": "look",
  [`GET ${site}/refusals`]: "look",
  "POST /api/v1/backups": "run",
  "GET /api/v1/restores": "run",
  "POST /api/v1/restores": "run",
  "PUT /api/v1/restores/{restoreId}/parts/{offset}": "run",
  "POST /api/v1/restores/{restoreId}/check": "run",
  "POST /api/v1/restores/{restoreId}/begin": "run",
  "DELETE /api/v1/restores/{restoreId}": "run",
  "GET /api/v1/backups/{backupId}": "run",
  "GET /api/v1/boxes": "run",
  "POST /api/v1/boxes": "run",
  "GET /api/v1/boxes/terms": "run",
  "GET /api/v1/boxes/{boxId}/progress": "run",
  "GET /api/v1/boxes/{boxId}/image": "run",
  "GET /api/v1/boxes/{boxId}/profile": "run",
  "GET /api/v1/boxes/{boxId}/label": "run",
  [`POST ${site}/wipe`]: "run",
  [`POST ${site}/cards`]: "run",
  "GET /api/v1/releases": "run",
  "POST /api/v1/releases": "run",
  "PUT /api/v1/releases/{releaseId}/parts/{offset}": "run",
  "POST /api/v1/releases/{releaseId}/whole": "run",
  "DELETE /api/v1/releases/{releaseId}": "run",
  "GET /api/v1/rollouts": "run",
  "POST /api/v1/rollouts": "run",
  "PUT /api/v1/rollouts/{rolloutId}/state": "run",
  "GET /api/v1/people": "run",
  "POST /api/v1/people": "run",
  "PATCH /api/v1/people/{personId}": "run",
  "POST /api/v1/people/{personId}/invitation": "run",
  "GET /api/v1/customers": "run",
  "POST /api/v1/customers": "run",
  "DELETE /api/v1/customers/{customerId}": "run",
  "GET /api/v1/tokens": "run",
  "POST /api/v1/tokens": "run",
  "DELETE /api/v1/tokens/{tokenId}": "run",
  "GET /api/v1/notification-channels": "run",
  "POST /api/v1/notification-channels": "run",
  "PUT /api/v1/notification-channels/{channelId}": "run",
  "DELETE /api/v1/notification-channels/{channelId}": "run",
  "POST /api/v1/notification-channels/{channelId}/test": "run",
  "GET /api/v1/notification-deliveries": "run",
};

interface Described {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

interface Caller {
  readonly name: string;
  readonly role: Role | null;
  readonly api: ApiClient;
  readonly headers?: Record<string, string>;
  /** The sites that are seen. */
  readonly sees: readonly string[];
}

test("every route, by every role, at one's own customer and at another's", { timeout: 120_000 }, async (t) => {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  t.after(async () => {
    await controller.close();
    remove();
  });
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-a", siteName: "Office of A" });
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-b", siteName: "Office of B" });
  const owner = await asOwner(controller);
  const ids = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body.map(({ id }) => id).toSorted();
  const [a = "", b = ""] = ids;
  const customers: string[] = [];
  for (const [index, siteId] of ids.entries()) {
    const added = await owner.call<{ id: string }>("POST", "/api/v1/customers", { name: `Customer ${index}` });
    customers.push(added.body.id);
    const assigned = await owner.call("PUT", `/api/v1/sites/${siteId}/customer`, { customer: added.body.id });
    assert.equal(assigned.status, 204);
  }
  const [ofA = "", ofB = ""] = customers;
  const person = async (name: string, role: Role, scope: Readonly<Record<string, unknown>>): Promise<ApiClient> => {
    const { status, body } = await invite(owner, { name, role, ...scope });
    assert.equal(status, 201);
    return (await take(controller, body.token)).api;
  };
  const guest = new ApiClient(controller.url);
  const link = await invite(owner, { name: "Guest", role: "guest", sites: [a], expiresAt: Date.now() + 3_600_000 });
  await guest.signIn(link.body.path);
  const made = await owner.call<{ secret: string }>("POST", "/api/v1/tokens", {
    ...{ name: "probe", role: "technician", customers: [ofA], sites: null, expiresAt: Date.now() + 3_600_000 },
  });
  const callers: readonly Caller[] = [
    { name: "nobody", role: null, api: new ApiClient(controller.url), sees: [] },
    { name: "owner", role: "owner", api: await person("Olga", "owner", {}), sees: [a, b] },
    {
      name: "technician of A",
      role: "technician",
      api: await person("Tom", "technician", { customers: [ofA] }),
      sees: [a],
    },
    {
      name: "technician of B",
      role: "technician",
      api: await person("Bea", "technician", { customers: [ofB] }),
      sees: [b],
    },
    { name: "technician of both", role: "technician", api: await person("Ann", "technician", {}), sees: [a, b] },
    { name: "reader of A", role: "reader", api: await person("Rita", "reader", { customers: [ofA] }), sees: [a] },
    { name: "guest of A's site", role: "guest", api: guest, sees: [a] },
    {
      ...{ name: "token for A", role: "technician", api: new ApiClient(controller.url), sees: [a] },
      headers: { authorization: `Bearer ${made.body.secret}` },
    },
    {
      ...{ name: "a token that nobody made", role: null, api: new ApiClient(controller.url), sees: [] },
      headers: { authorization: `Bearer ${made.body.secret}x` },
    },
  ];

  const description = await owner.call<{ paths: Record<string, Record<string, Described>> }>(
    "GET",
    "/api/v1/openapi.json",
  );
  const found = Object.entries(description.body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(found.toSorted(), Object.keys(expected).toSorted());

  let calls = 0;
  for (const [route, right] of Object.entries(expected)) {
    const [method = "", template = ""] = route.split(" ");
    // It ends the session, or the stream does not end: each has a test of its own.
    if (
      right === "open" ||
      template === "/api/v1/events" ||
      template === "/metrics" ||
      route === "DELETE /api/v1/session"
    )
      continue;
    const described = description.body.paths[template]?.[method.toLowerCase()]?.responses ?? {};
    const pathAt = (siteId: string) => template.replace("{siteId}", siteId).replaceAll(/\{\w+\}/g, "none");
    for (const caller of callers) {
      const { role, api, headers = {} } = caller;
      const call = (siteId: string): Promise<Answer<Problem>> => {
        calls += 1;
        // Never a body that would do anything.
        return api.call<Problem>(method, pathAt(siteId), undefined, headers);
      };
      for (const siteId of template.includes("{siteId}") ? [a, b] : [""]) {
        const { status, headers: told, body } = await call(siteId);
        const what = `${caller.name}: ${method} ${pathAt(siteId)} gave ${status} ${JSON.stringify(body).slice(0, 200)}`;
        // What the description says is what is answered.
        const content = described[status]?.content;
        assert.ok(status in described, `not described: ${what}`);
        const type = told.get("content-type")?.split(";")[0] ?? null;
        const types = Object.keys(content ?? {});
        assert.ok(status === 204 ? types.length === 0 : types.includes(type ?? ""), what);
        const schema = content?.["application/json"]?.schema;
        if (schema !== undefined) assert.deepEqual(Errors(schema, body), [true, []], what);
        if (role === null) {
          assert.deepEqual([status, body.code], [401, "no-session"], what);
        } else if (!may(role, right)) {
          assert.deepEqual([status, body.code], [403, "not-allowed"], what);
        } else if (siteId !== "" && !caller.sees.includes(siteId)) {
          // As if it were not there, to the letter.
          const absent = await call("none-such");
          assert.equal(status, 404, what);
          assert.equal(JSON.stringify(body).replaceAll(siteId, "none-such"), JSON.stringify(absent.body), what);
        } else {
          assert.ok(status !== 401 && status !== 403 && body.code !== "unknown-site", what);
        }
      }
    }
  }
  assert.ok(calls > 500, `${calls} calls`);

  for (const { name, role, api, headers = {}, sees } of callers) {
    if (role === null) continue;
    const seen = (await api.call<SiteSummary[]>("GET", "/api/v1/sites", undefined, headers)).body;
    assert.deepEqual(seen.map(({ id }) => id).toSorted(), sees, name);
  }
  t.diagnostic(`${calls} calls`);
});
