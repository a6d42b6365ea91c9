/** What holds for the whole API: events that go on, requests that are done once, bounds, and its description. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, describe, test, type TestContext } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { problemCodes } from "../src/api/problem-codes.ts";
import type { Problem, SiteSummary } from "../src/api/view.ts";
import type { Controller } from "../src/controller.ts";
import { keepAnswer, keptForMs, reserveKey } from "../src/store/kept-answers.ts";
import { openStore } from "./store.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { asOwner, invite, take, type Invited } from "./people.ts";
import { scratchDir } from "./scratch.ts";

describe("the API", () => {
  const [dataDir, remove] = scratchDir();
  let offsetMs = 0;
  let controller: Controller;
  let owner: ApiClient;
  const start = (): Promise<Controller> => {
    const real = systemAmbient(silentLog);
    const ambient = { ...real, clock: { ...real.clock, now: () => real.clock.now() + offsetMs } };
    return startTestController(dataDir, { ambient, requestLimits: { changesPerMinute: 40 } });
  };
  before(async () => {
    controller = await start();
    await enrol(dataDir, controller.brokerPort, { sensorId: "box-a", siteName: "Office of A" });
    await enrol(dataDir, controller.brokerPort, { sensorId: "box-b", siteName: "Office of B" });
    owner = await asOwner(controller);
  });
  after(async () => {
    await controller.close();
    remove();
  });
  // Each test has the bounds of its own minute.
  const nextMinute = () => (offsetMs += 60_000);

  /** The events of a stream as they come. */
  const watch = async (t: TestContext, api: ApiClient, lastEventId: string | null = null) => {
    const abort = new AbortController();
    t.after(() => abort.abort());
    const response = await fetch(`${controller.url}/api/v1/events`, {
      headers: { cookie: api.cookie, ...(lastEventId === null ? {} : { "last-event-id": lastEventId }) },
      signal: abort.signal,
    });
    assert.ok(response.body !== null);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const next = async (): Promise<{ readonly id: string; readonly event: string; readonly siteId?: string }> => {
      for (;;) {
        const [, block, rest] = /^([^]*?)\n\n([^]*)$/.exec(text) ?? [];
        if (block !== undefined && rest !== undefined) {
          text = rest;
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
          if (field("event") === "") continue;
          const data = JSON.parse(field("data")) as object;
          return { ...data, id: field("id"), event: field("event") };
        }
        const { done, value } = await reader.read();
        assert.equal(done, false);
        text += value ?? "";
      }
    };
    return { next, close: () => reader.cancel() };
  };

  test("a stream goes on behind the last event, misses no site, and says when it cannot go on", async (t) => {
    const sites = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body.map(({ id }) => id);
    const [a = "", b = ""] = sites;
    const touch = async (siteId: string, policy: string) => {
      const path = `/api/v1/sites/${siteId}/policy`;
      assert.equal((await owner.call("PUT", path, { policy, reason: "Tried" })).status, 200);
    };
    const first = await watch(t, owner);
    const began = await first.next();
    assert.equal(began.event, "reset");
    await touch(a, "guard");
    const seen = await first.next();
    assert.deepEqual([seen.event, seen.siteId], ["site-changed", a]);
    await first.close();
    await touch(a, "observe");
    await touch(b, "guard");
    await touch(b, "observe");

    const second = await watch(t, owner, seen.id);
    const missed = [await second.next(), await second.next()];
    assert.deepEqual(
      missed.map(({ event, siteId }) => [event, siteId]),
      [
        ["site-changed", a],
        ["site-changed", b],
      ],
    );
    const last = missed[1]?.id ?? "";
    // How much has changed everywhere is in none of them.
    assert.match(last, /^\w+\.all\.[0-9a-f]{32}$/);
    const madeUp = last.replace(/\w+$/, "0".repeat(32));
    for (const tooOld of [last.replace(/^\w+/, "0000"), madeUp, last.replace(".all.", ".b.")]) {
      assert.equal((await (await watch(t, owner, tooOld)).next()).event, "reset", tooOld);
    }
  });

  test("a guest's stream is of other sites, and begins anew where they become others", async (t) => {
    const [site] = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body;
    const siteId = site?.id ?? "";
    const link = await invite(owner, { name: "Gus", role: "guest", sites: [siteId], expiresAt: Date.now() + 9e8 });
    const guest = new ApiClient(controller.url);
    await guest.signIn(link.body.path);
    const own = await (await watch(t, owner)).next();
    const theirs = await (await watch(t, guest)).next();
    assert.equal((await (await watch(t, guest, own.id)).next()).event, "reset");
    await owner.call("PATCH", `/api/v1/people/${link.body.person.id}`, { sites: [] });
    assert.equal((await (await watch(t, guest, theirs.id)).next()).event, "reset");
  });

  test("a request that is made again with its key is answered as the first was, and done once", async () => {
    nextMinute();
    const wish = { name: "Ina", role: "reader", customers: null, sites: null, expiresAt: null };
    const key = { "idempotency-key": "0f8fad5b-d9cb-469f-a165-70867728950e" };
    const ask = (api: ApiClient, body: unknown = wish) =>
      api.call<Invited & Problem>("POST", "/api/v1/people", body, key);
    const first = await ask(owner);
    assert.equal(first.status, 201);
    const again = await ask(owner);
    assert.deepEqual([again.status, again.body], [201, first.body]);
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    assert.match(again.headers.get("content-type") ?? "", /^application\/json/);
    const other = await ask(owner, { ...wish, name: "Otto" });
    assert.deepEqual([other.status, other.body.code], [422, "idempotency-key-reused"]);
    // Somebody else's key is another one.
    const second = await asOwner(controller);
    const taken = await ask(second);
    assert.deepEqual([taken.status, taken.body.code], [409, "name-taken"]);
    assert.equal((await ask(second)).headers.get("idempotency-replayed"), "true");
    const bad = await owner.call<Problem>("POST", "/api/v1/people", wish, { "idempotency-key": "short" });
    assert.deepEqual([bad.status, bad.body.code], [400, "bad-idempotency-key"]);
    const deleted = { "idempotency-key": "delete-customer-1" };
    const customer = await owner.call<{ id: string }>("POST", "/api/v1/customers", { name: "Gone" });
    for (const expected of [204, 204]) {
      const path = `/api/v1/customers/${customer.body.id}`;
      assert.equal((await owner.call("DELETE", path, undefined, deleted)).status, expected);
    }
    // What was told once is in no row as it was told.
    const store = await openStore(dataDir);
    const rows = JSON.stringify(await store.selectFrom("kept_answers").selectAll().execute());
    await store.destroy();
    assert.equal(rows.includes(first.body.token), false);
    assert.ok(rows.includes("delete-customer-1"));
    // Nor is a body there as a hash by which it could be guessed.
    const guess = JSON.stringify(["POST", "/api/v1/people", wish]);
    assert.equal(rows.includes(createHash("sha256").update(guess).digest("hex")), false);
  });

  test("of the same request many times at once one is done, and a key is forgotten after a day", async () => {
    nextMinute();
    const key = { "idempotency-key": "at-once-1" };
    const add = () => owner.call<Problem>("POST", "/api/v1/customers", { name: "Once" }, key);
    const answers = await Promise.all(Array.from({ length: 6 }, add));
    for (const { status, body, headers } of answers) {
      if (status !== 201) assert.deepEqual([body.code, headers.get("retry-after")], ["still-answering", "1"]);
    }
    assert.equal((await add()).status, 201);
    const all = await owner.call<{ name: string }[]>("GET", "/api/v1/customers");
    assert.equal(all.body.filter(({ name }) => name === "Once").length, 1);
    const token = await owner.call<{ secret: string }>("POST", "/api/v1/tokens", {
      ...{
        name: "t",
        role: "technician",
        customers: null,
        sites: null,
        expiresAt: Date.now() + offsetMs + 3 * keptForMs,
      },
    });
    const authorization = { authorization: `Bearer ${token.body.secret}` };
    const [site] = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body;
    const path = `/api/v1/sites/${site?.id ?? ""}/policy`;
    const change = () =>
      new ApiClient(controller.url).call(
        "PUT",
        path,
        { policy: "guard", reason: "Tried" },
        { ...authorization, ...key },
      );
    assert.equal((await change()).headers.get("idempotency-replayed"), null);
    assert.equal((await change()).headers.get("idempotency-replayed"), "true");
    offsetMs += keptForMs;
    assert.equal((await change()).headers.get("idempotency-replayed"), null);
    owner = await asOwner(controller);
  });

  test("large answers of one caller give way to newer ones", async () => {
    const store = await openStore(dataDir);
    const [now, caller] = [Date.now() + offsetMs, "somebody"];
    for (let count = 0; count < 10; count += 1) {
      const wish = { caller, key: `large-${count}`, fingerprint: "", run: "" };
      await store.transaction().execute((rows) => reserveKey(rows, wish, now + count));
      await keepAnswer(store, wish, "x".repeat(4_000_000));
    }
    const kept = await store.selectFrom("kept_answers").select("key").where("caller", "=", caller).execute();
    await store.deleteFrom("kept_answers").where("caller", "=", caller).execute();
    await store.destroy();
    assert.deepEqual(
      kept.map(({ key }) => key).toSorted(),
      Array.from({ length: 8 }, (_, index) => `large-${index + 2}`),
    );
  });

  test("a key whose answer was lost with the controller says that nobody knows", async () => {
    nextMinute();
    const key = "lost-with-it-1";
    const add = () => owner.call<Problem>("POST", "/api/v1/customers", { name: "Lost" }, { "idempotency-key": key });
    assert.equal((await add()).status, 201);
    const store = await openStore(dataDir);
    await store.updateTable("kept_answers").set({ answer: null, run: "earlier" }).where("key", "=", key).execute();
    await store.destroy();
    const { status, body } = await add();
    assert.deepEqual([status, body.code], [409, "outcome-unknown"]);
  });

  test("who asks for too much waits, and nobody else does", async () => {
    nextMinute();
    const { api } = await take(
      controller,
      (await invite(owner, { name: "Max", role: "owner" })).body.token,
      Date.now() + offsetMs,
    );
    nextMinute();
    const statuses: number[] = [];
    let last = await api.call<Problem>("POST", "/api/v1/customers", {});
    for (let count = 0; count < 40; count += 1) {
      last = await api.call<Problem>("POST", "/api/v1/customers", {});
      statuses.push(last.status);
    }
    assert.deepEqual([statuses.indexOf(429), last.body.code], [39, "too-many-requests"]);
    const waitS = Number(last.headers.get("retry-after"));
    assert.ok(waitS >= 1 && waitS <= 60, `${waitS}`);
    assert.equal((await api.call("GET", "/api/v1/customers")).status, 200);
    assert.equal((await owner.call("POST", "/api/v1/customers", {})).status, 400);
    offsetMs += waitS * 1000;
    assert.equal((await api.call("POST", "/api/v1/customers", {})).status, 400);
  });

  test("the description is valid, holds every route with its schemas, and every refusal with its codes", async () => {
    const { body } = await owner.call<Description>("GET", "/api/v1/openapi.json");
    const checked = await new Validator().validate({ ...structuredClone(body) });
    assert.deepEqual(checked, { valid: true });
    // The code itself, so that a route which hides itself is found.
    const folder = new URL("../src/api/", import.meta.url);
    const routes = readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => [
        ...readFileSync(new URL(name, folder), "utf8").matchAll(
          /\b(?:app|api)\.(get|post|put|patch|delete)\(\s*"([^"]+)"/g,
        ),
      ])
      .map(([, method = "", path = ""]) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
      .filter((route) => !["get /health", "get /api/v1/openapi.json"].includes(route));
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, method, path, operation })),
    );
    assert.deepEqual(described.map(({ route }) => route).toSorted(), routes.toSorted());
    assert.ok(described.length > 60, `${described.length}`);
    assert.deepEqual(body.components.schemas.Problem.properties.code.enum, [...problemCodes]);
    for (const { route, method, path, operation } of described) {
      const { summary, parameters = [], responses } = operation;
      assert.ok((summary ?? "").length > 5, route);
      const named = parameters.filter(({ in: place }) => place === "path").map(({ name }) => `{${name}}`);
      assert.deepEqual(named.toSorted(), (path.match(/\{\w+\}/g) ?? []).toSorted(), route);
      const answers = Object.entries(responses).filter(([status]) => status.startsWith("2"));
      assert.ok(answers.length > 0, route);
      for (const [status, { content }] of answers)
        assert.equal(content === undefined, ["202", "204"].includes(status), route);
      for (const [status, { content = {} }] of Object.entries(responses)) {
        if (Number(status) >= 400) assert.deepEqual(Object.keys(content), ["application/problem+json"], route);
      }
      const isOpen = operation.security.length === 0;
      for (const status of ["429", "500", ...(isOpen ? [] : ["401", "403"])]) assert.ok(status in responses, route);
      const takesKey = parameters.some(({ name }) => name === "idempotency-key");
      assert.equal(takesKey, method !== "get" && !isOpen, route);
    }
  });
});

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: { readonly Problem: { readonly properties: { readonly code: { readonly enum: string[] } } } };
  };
}

interface Operation {
  readonly summary?: string;
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, object>> }>>;
  readonly security: readonly object[];
}
