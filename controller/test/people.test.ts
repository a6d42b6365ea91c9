import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { invitationLifeMs } from "../src/account/people.ts";
import type { LoginLinkView, Problem, SessionView, SiteSummary } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import { openStore } from "./store.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { asOwner, codeAt, invite, password, take, type Invited } from "./people.ts";
import { scratchDir } from "./scratch.ts";

const minuteMs = 60_000;

async function setUp(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  const warnings: string[] = [];
  const warn = (message: string, fields: object = {}) => void warnings.push(`${message} ${JSON.stringify(fields)}`);
  const real = systemAmbient({ ...silentLog, warn });
  let offsetMs = 0;
  const now = () => real.clock.now() + offsetMs;
  const controller = await startTestController(dataDir, {
    ambient: { ...real, clock: { ...real.clock, now } },
    ...more,
  });
  t.after(async () => {
    await controller.close();
    remove();
  });
  const owner = await asOwner(controller);
  const signIn = async (fields: { readonly name: string; readonly code: string; readonly password?: string }) => {
    const api = new ApiClient(controller.url);
    const answer = await api.call<Problem & SessionView>("POST", "/api/v1/session", { password, ...fields });
    api.cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return { api, status: answer.status, code: answer.body.code, body: answer.body };
  };
  return { dataDir, controller, owner, signIn, now, warnings, wait: (ms: number) => (offsetMs += ms) };
}

test("whoever is invited takes the account once, and signs in by name, password and code", async (t) => {
  const { controller, owner, signIn, now, wait } = await setUp(t);
  const { body } = await invite(owner, { name: "Tom Reed", role: "technician" });
  assert.equal(body.path, `/invitation#${body.token}`);
  const takenAt = now();
  const { api, secret, taken } = await take(controller, body.token, takenAt);
  assert.equal(taken.status, 201);
  const who = (await api.call<SessionView>("GET", "/api/v1/session")).body;
  assert.deepEqual(
    [who.author, who.role, who.rights.includes("act"), who.rights.includes("run")],
    ["Tom Reed", "technician", true, false],
  );
  assert.equal((await take(controller, body.token, now())).taken.status, 404);
  // The code that took the account has been used.
  assert.equal((await signIn({ name: "Tom Reed", code: codeAt(secret, takenAt) })).status, 401);
  wait(minuteMs);
  const code = codeAt(secret, now());
  assert.equal((await signIn({ name: "tom reed ", code })).status, 201);
  const again = await signIn({ name: "Tom Reed", code });
  assert.deepEqual([again.status, again.code], [401, "bad-sign-in"]);
  wait(minuteMs);
  const wrong = await signIn({ name: "Tom Reed", code: codeAt(secret, now()), password: "some other words" });
  assert.deepEqual([wrong.status, wrong.code], [401, "bad-sign-in"]);
  const nobody = await signIn({ name: "Nobody", code: "123456" });
  assert.deepEqual([nobody.status, nobody.body], [401, wrong.body]);
});

test("of many who send one code at once one gets in", async (t) => {
  const { controller, owner, signIn, now, wait } = await setUp(t);
  const { body } = await invite(owner, { name: "Tom", role: "reader" });
  const { secret } = await take(controller, body.token, now());
  wait(minuteMs);
  const code = codeAt(secret, now());
  const answers = await Promise.all(Array.from({ length: 5 }, () => signIn({ name: "Tom", code })));
  assert.deepEqual(
    answers.map(({ status }) => status).toSorted((one, other) => one - other),
    [201, 401, 401, 401, 401],
  );
});

test("guessing at an account locks it for a quarter of an hour, from wherever it comes, and nobody else's", async (t) => {
  const { controller, owner, signIn, now, wait, warnings } = await setUp(t);
  const people = await Promise.all(
    ["Tom", "Ann"].map(async (name) => {
      const { body } = await invite(owner, { name, role: "reader" });
      return { name, secret: (await take(controller, body.token, now())).secret };
    }),
  );
  for (let round = 0; round < 10; round += 1) {
    assert.equal((await signIn({ name: "Tom", code: "000000" })).status, 401);
    // The limit by address is another, and over sooner.
    if (round % 5 === 4) wait(minuteMs);
  }
  const [tom = { secret: "" }, ann = { secret: "" }] = people;
  const locked = await signIn({ name: "Tom", code: codeAt(tom.secret, now()) });
  assert.deepEqual([locked.status, locked.code], [429, "account-locked"]);
  assert.equal((await signIn({ name: "Ann", code: codeAt(ann.secret, now()) })).status, 201);
  // Of names that nobody has nothing is written down: they may be anything, a password too.
  for (let round = 0; round < 11; round += 1) await signIn({ name: "Eve", code: "000000" });
  const lines = (await owner.call<{ subject: string; detail: string }[]>("GET", "/api/v1/audit?action=account-locked"))
    .body;
  assert.deepEqual(
    lines.map(({ subject, detail }) => [subject, { ...JSON.parse(detail), lockedForSeconds: 0 }]),
    [["Tom", { tries: 10, from: ["127.0.0.1"], lockedForSeconds: 0 }]],
  );
  const told = warnings.filter((line) => line.startsWith("an account was locked"));
  assert.equal(told.length, 1);
  for (const secret of [password, "000000", tom.secret]) assert.ok(!JSON.stringify([told, lines]).includes(secret));
  const figures = (await owner.call<string>("GET", "/metrics")).body;
  assert.match(figures, /^cordon_failed_sign_ins_total\{reason="bad-sign-in"\} 20$/m);
  assert.match(figures, /^cordon_failed_sign_ins_total\{reason="account-locked"\} 2$/m);
  wait(15 * minuteMs);
  assert.equal((await signIn({ name: "Tom", code: codeAt(tom.secret, now()) })).status, 201);
});

test("guesses that are sent together count like guesses one after the other", async (t) => {
  const { controller, owner, signIn, now, wait } = await setUp(t);
  const { body } = await invite(owner, { name: "Tom", role: "reader" });
  const { secret } = await take(controller, body.token, now());
  wait(minuteMs);
  const code = codeAt(secret, now());
  const right = Number(code);
  const guesses = Array.from({ length: 60 }, (_, index) => String((right + 1 + index) % 1_000_000).padStart(6, "0"));
  const statuses = (await Promise.all(guesses.map((guess) => signIn({ name: "Tom", code: guess })))).map(
    ({ status }) => status,
  );
  assert.equal(statuses.filter((status) => status === 401).length, 10);
  assert.ok(statuses.every((status) => status === 401 || status === 429));
  assert.equal((await signIn({ name: "Tom", code })).status, 429);
});

test("an owner sees all, and a guest's link never opens more than a guest's", async (t) => {
  const { controller, owner, now } = await setUp(t);
  assert.equal((await invite(owner, { name: "Olga", role: "owner", customers: [] })).status, 422);
  const { body } = await invite(owner, { name: "Olga", role: "owner" });
  const path = (id: string) => `/api/v1/people/${id}`;
  assert.equal((await owner.call("PATCH", path(body.person.id), { sites: [] })).status, 422);

  const guest = await invite(owner, { name: "Guest", role: "guest", expiresAt: now() + minuteMs });
  const visitor = new ApiClient(controller.url);
  assert.equal((await visitor.signIn(guest.body.path)).status, 201);
  assert.equal(
    (await owner.call("PATCH", path(guest.body.person.id), { role: "technician", expiresAt: null })).status,
    200,
  );
  assert.equal((await visitor.call("GET", "/api/v1/session")).status, 401);
  assert.equal((await take(controller, guest.body.token, now())).taken.status, 404);
  assert.equal((await new ApiClient(controller.url).signIn(guest.body.path)).status, 401);
});

test("an invitation ends after a week, and another one takes its place", async (t) => {
  const { controller, owner, now, wait } = await setUp(t);
  const first = await invite(owner, { name: "Tom", role: "reader" });
  const { id } = first.body.person;
  const second = (await owner.call<Invited>("POST", `/api/v1/people/${id}/invitation`)).body;
  assert.equal((await take(controller, first.body.token, now())).taken.status, 404);
  wait(invitationLifeMs);
  const fresh = await asOwner(controller);
  assert.equal((await take(controller, second.token, now())).taken.status, 404);
  const third = (await fresh.call<Invited>("POST", `/api/v1/people/${id}/invitation`)).body;
  assert.equal((await take(controller, third.token, now())).taken.status, 201);
  assert.equal((await invite(fresh, { name: " TOM", role: "reader" })).status, 409);
  assert.equal((await invite(fresh, { name: "Operator", role: "reader" })).status, 409);
});

test("what somebody may changes with the next request, and a new invitation ends what stands", async (t) => {
  const { controller, owner, now } = await setUp(t);
  const { body } = await invite(owner, { name: "Tom", role: "technician" });
  const { api } = await take(controller, body.token, now());
  const path = `/api/v1/people/${body.person.id}`;
  assert.equal((await owner.call("PATCH", path, { role: "reader" })).status, 200);
  assert.deepEqual((await api.call<SessionView>("GET", "/api/v1/session")).body.role, "reader");
  assert.equal((await owner.call("PATCH", path, { isDisabled: true })).status, 200);
  assert.equal((await api.call("GET", "/api/v1/session")).status, 401);
  assert.equal((await owner.call("PATCH", path, { isDisabled: false })).status, 200);
  assert.equal((await api.call("GET", "/api/v1/session")).status, 200);
  // A lost phone: whoever takes the account anew ends the sessions of the one before.
  const again = (await owner.call<Invited>("POST", `${path}/invitation`)).body;
  assert.equal((await take(controller, again.token, now())).taken.status, 201);
  assert.equal((await api.call("GET", "/api/v1/session")).status, 401);
});

test("a guest's link opens one site until it ends, and has to have an end", async (t) => {
  const { dataDir, controller, owner, now, wait } = await setUp(t);
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-a", siteName: "Office A" });
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-b", siteName: "Office B" });
  const sites = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body;
  const endless = await invite(owner, { name: "Guest", role: "guest" });
  assert.equal(endless.status, 422);
  const shown = sites.slice(0, 1).map(({ id }) => id);
  const { body } = await invite(owner, {
    name: "Guest",
    role: "guest",
    sites: shown,
    expiresAt: now() + 20 * minuteMs,
  });
  assert.equal(body.path, `/login#${body.token}`);
  for (let visit = 0; visit < 2; visit += 1) {
    const guest = new ApiClient(controller.url);
    assert.equal((await guest.signIn(body.path)).status, 201);
    const seen = (await guest.call<SiteSummary[]>("GET", "/api/v1/sites")).body;
    assert.deepEqual(
      seen.map(({ id }) => id),
      shown,
    );
  }
  // It is no invitation to take an account by.
  assert.equal((await take(controller, body.token, now())).taken.status, 404);
  const late = new ApiClient(controller.url);
  await late.signIn(body.path);
  wait(20 * minuteMs);
  assert.equal((await late.call("GET", "/api/v1/sites")).status, 401);
  assert.equal((await late.signIn(body.path)).status, 401);
});

test("a link says whom it lets in and until when, and is not used up by that", async (t) => {
  const { controller, owner, now, wait } = await setUp(t);
  const look = async (token: string) => {
    const { status, body } = await new ApiClient(controller.url).call<LoginLinkView & Problem>(
      ...(["POST", "/api/v1/session/look", { token }] as const),
    );
    return status === 200 ? body : { status, code: body.code };
  };
  const link = await controller.createLoginLink();
  const token = new URL(link).hash.slice(1);
  for (let i = 0; i < 2; i += 1) {
    const own = await look(token);
    assert.ok("kind" in own && own.kind === "operator", JSON.stringify(own));
    assert.ok(own.madeAt <= now() && own.until - own.madeAt === 15 * minuteMs);
  }
  const gone = { status: 401, code: "bad-login-link" };
  assert.equal((await new ApiClient(controller.url).signIn(link)).status, 201);
  assert.deepEqual(await look(token), gone, "used up");
  const late = new URL(await controller.createLoginLink()).hash.slice(1);
  wait(15 * minuteMs);
  assert.deepEqual(await look(late), gone, "too old");
  const until = now() + minuteMs;
  const guest = await invite(owner, { name: "Office of Brandt", role: "guest", expiresAt: until });
  assert.deepEqual(await look(guest.body.token), { kind: "guest", name: "Office of Brandt", until });
  const account = await invite(owner, { name: "Tom Reed", role: "technician" });
  assert.deepEqual(await look(account.body.token), gone, "an invitation is no login link");
});

test("events tell of the sites that are seen, and of no others", async (t) => {
  const { dataDir, controller, owner, now } = await setUp(t);
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-a", siteName: "Office A" });
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-b", siteName: "Office B" });
  const [a = "", b = ""] = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body.map(({ id }) => id);
  const { body } = await invite(owner, { name: "Tom", role: "reader", sites: [a] });
  const { api } = await take(controller, body.token, now());
  const abort = new AbortController();
  t.after(() => abort.abort());
  const stream = await fetch(`${controller.url}/api/v1/events`, {
    headers: { cookie: api.cookie },
    signal: abort.signal,
  });
  const customer = (await owner.call<{ id: string }>("POST", "/api/v1/customers", { name: "C" })).body.id;
  for (const siteId of [b, a]) await owner.call("PUT", `/api/v1/sites/${siteId}/customer`, { customer });
  let text = "";
  for await (const chunk of stream.body ?? []) {
    text += Buffer.from(chunk).toString();
    if (text.includes(a)) break;
  }
  assert.ok(text.includes(`"siteId":"${a}"`) && !text.includes(b), text);
});

/** Opens the events of somebody, and says what came of them until they ended. Rejects after a while. */
async function openEvents(url: string, headers: Record<string, string>): Promise<() => Promise<string>> {
  const stream = await fetch(`${url}/api/v1/events`, { headers, signal: AbortSignal.timeout(20_000) });
  assert.equal(stream.status, 200);
  return () => stream.text();
}

test("streams that are not allowed any more end at once, and nobody else's", async (t) => {
  // Nothing but what is done ends a stream here.
  const { dataDir, controller, owner, now } = await setUp(t, { eventLimits: { heartbeatMs: 3_600_000 } });
  const { url } = controller;
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-a", siteName: "Office A" });
  const [a = ""] = (await owner.call<SiteSummary[]>("GET", "/api/v1/sites")).body.map(({ id }) => id);
  const others = await fetch(`${url}/api/v1/events`, { headers: { cookie: owner.cookie } });

  await t.test("of a guest whose link was made anew, and the session with it", async () => {
    const { body } = await invite(owner, { name: "Gus", role: "guest", expiresAt: now() + 20 * minuteMs });
    const guest = new ApiClient(url);
    assert.equal((await guest.signIn(body.path)).status, 201);
    const ended = await openEvents(url, { cookie: guest.cookie });
    const again = (await owner.call<Invited>("POST", `/api/v1/people/${body.person.id}/invitation`)).body;
    await ended();
    assert.equal((await guest.call("GET", "/api/v1/sites")).status, 401);
    assert.equal((await guest.signIn(body.path)).status, 401);
    assert.equal((await guest.signIn(again.path)).status, 201);
  });

  await t.test("of a person whose account was taken anew", async () => {
    const { body } = await invite(owner, { name: "Tom", role: "reader" });
    const { api } = await take(controller, body.token, now());
    const again = (await owner.call<Invited>("POST", `/api/v1/people/${body.person.id}/invitation`)).body;
    assert.equal((await api.call("GET", "/api/v1/sites")).status, 200);
    const ended = await openEvents(url, { cookie: api.cookie });
    assert.equal((await take(controller, again.token, now())).taken.status, 201);
    await ended();
  });

  await t.test("of a token that was ended", async () => {
    const made = await owner.call<{ secret: string; token: { id: string } }>("POST", "/api/v1/tokens", {
      ...{ name: "probe", role: "reader", customers: null, sites: null, expiresAt: now() + minuteMs },
    });
    const ended = await openEvents(url, { authorization: `Bearer ${made.body.secret}` });
    assert.equal((await owner.call("DELETE", `/api/v1/tokens/${made.body.token.id}`)).status, 204);
    await ended();
  });

  await t.test("of those whose site is another customer's now", async () => {
    const customer = async (name: string) =>
      (await owner.call<{ id: string }>("POST", "/api/v1/customers", { name })).body.id;
    const [one, other] = [await customer("One"), await customer("Other")];
    await owner.call("PUT", `/api/v1/sites/${a}/customer`, { customer: one });
    const { body } = await invite(owner, { name: "Una", role: "reader", customers: [one] });
    const { api } = await take(controller, body.token, now());
    const ended = await openEvents(url, { cookie: api.cookie });
    await owner.call("PUT", `/api/v1/sites/${a}/customer`, { customer: other });
    assert.doesNotMatch(await ended(), /site-changed/);
  });

  const reader = others.body?.getReader();
  assert.ok(reader !== undefined);
  const { value } = await reader.read();
  assert.match(Buffer.from(value ?? []).toString(), /^retry/);
  await owner.call("PUT", `/api/v1/sites/${a}/customer`, { customer: null });
  assert.equal((await reader.read()).done, false);
  await reader.cancel();
});

test("what people do stands under their names, and neither password, code nor link is written down", async (t) => {
  const { dataDir, controller, owner, now } = await setUp(t);
  const { body } = await invite(owner, { name: "Olga", role: "owner" });
  const { api, secret } = await take(controller, body.token, now());
  const made = await api.call<{ secret: string }>("POST", "/api/v1/tokens", {
    ...{ name: "probe", role: "reader", customers: null, sites: null, expiresAt: now() + minuteMs },
  });
  assert.equal(made.status, 201);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const audit = await store.selectFrom("audit_log").selectAll().orderBy("at").execute();
  assert.deepEqual(
    audit.filter(({ author }) => author === "Olga").map(({ action }) => action),
    ["account-taken", "session-opened", "api-token-created"],
  );
  const tables = ["audit_log", "people", "invitations", "api_tokens", "sessions"] as const;
  const kept = JSON.stringify(await Promise.all(tables.map((name) => store.selectFrom(name).selectAll().execute())));
  for (const word of [password, body.token, made.body.secret]) assert.ok(!kept.includes(word));
  assert.ok(!JSON.stringify(audit).includes(secret));
});
