import assert from "node:assert/strict";
import { request, type IncomingMessage } from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { loginLinkLifeMs } from "../src/account/login-link.ts";
import { sessionLifeMs } from "../src/account/session.ts";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import type { Problem } from "../src/api/view.ts";
import type { ControllerOptions } from "../src/controller.ts";
import { openStore } from "./store.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { asOwner, codeAt, invite, password, take } from "./people.ts";
import { scratchDir } from "./scratch.ts";

async function setUp(t: TestContext, more: Partial<ControllerOptions> = {}) {
  const [dataDir, remove] = scratchDir();
  const uiDir = join(dataDir, "ui");
  mkdirSync(uiDir);
  writeFileSync(join(uiDir, "index.html"), "<!doctype html><title>Cordon</title>");
  writeFileSync(join(uiDir, "app.js"), "export {};");
  writeFileSync(join(uiDir, "app.js.gz"), gzipSync("export {}; // packed"));
  writeFileSync(join(uiDir, "app.js.br"), brotliCompressSync("export {}; // packed well"));
  // A clock that tests move; timers stay the machine's.
  const real = systemAmbient(silentLog);
  let offsetMs = 0;
  const ambient = { ...real, clock: { ...real.clock, now: () => real.clock.now() + offsetMs } };
  const controller = await startTestController(dataDir, { ambient, uiDir, ...more });
  t.after(async () => {
    await controller.close();
    remove();
  });
  const wait = (ms: number) => (offsetMs += ms);
  return { dataDir, controller, wait, api: new ApiClient(controller.url) };
}

test("a login link works once", async (t) => {
  const { controller, api } = await setUp(t);
  const link = await controller.createLoginLink();
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/login#[\w-]{43}$/);
  assert.equal((await api.signIn(link)).status, 201);
  assert.equal((await api.call("GET", "/api/v1/session")).status, 200);
  const second = await new ApiClient(controller.url).signIn(link);
  assert.deepEqual([second.status, (second.body as Problem).code], [401, "bad-login-link"]);
});

test("of many who use a link at once one gets in", async (t) => {
  const { controller } = await setUp(t);
  const link = await controller.createLoginLink();
  const answers = await Promise.all(Array.from({ length: 6 }, () => new ApiClient(controller.url).signIn(link)));
  assert.deepEqual(
    answers.map((answer) => answer.status).sort((a, b) => a - b),
    [201, 401, 401, 401, 401, 401],
  );
});

test("looking at a login link does not use it up", async (t) => {
  const { controller, api } = await setUp(t);
  const link = await controller.createLoginLink();
  const page = await fetch(link);
  assert.deepEqual([page.status, page.headers.get("set-cookie")], [200, null]);
  assert.equal((await api.signIn(link)).status, 201);
});

test("a login link is too old after a quarter of an hour", async (t) => {
  const { controller, api, wait } = await setUp(t);
  const link = await controller.createLoginLink();
  wait(loginLinkLifeMs);
  assert.equal((await api.signIn(link)).status, 401);
});

test("a session ends by itself, by signing out, and never begins without a cookie", async (t) => {
  const { controller, api, wait } = await setUp(t);
  await api.signIn(await controller.createLoginLink());
  wait(sessionLifeMs - 1_000);
  assert.equal((await api.call("GET", "/api/v1/sites")).status, 200);
  wait(1_000);
  assert.equal((await api.call("GET", "/api/v1/sites")).status, 401);
  await api.signIn(await controller.createLoginLink());
  assert.equal((await api.call("DELETE", "/api/v1/session")).status, 204);
  assert.equal((await api.call("GET", "/api/v1/sites")).status, 401);
  assert.equal((await new ApiClient(controller.url, "cordon-session=x").call("GET", "/api/v1/sites")).status, 401);
});

test("the cookie is for this site and out of reach of scripts, and no secret stands in the store", async (t) => {
  const { controller, api, dataDir } = await setUp(t);
  const link = await controller.createLoginLink();
  const answer = await api.signIn(link);
  const cookie = answer.headers.get("set-cookie") ?? "";
  assert.match(cookie, /; HttpOnly/i);
  assert.match(cookie, /; SameSite=Strict/i);
  assert.match(cookie, /; Path=\//i);
  assert.match(cookie, /Max-Age=43200/i);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const rows = JSON.stringify([
    await store.selectFrom("sessions").selectAll().execute(),
    await store.selectFrom("login_links").selectAll().execute(),
    await store.selectFrom("audit_log").selectAll().execute(),
  ]);
  assert.equal(rows.includes(link.split("#")[1] ?? "?"), false);
  assert.equal(rows.includes(api.cookie.split("=")[1] ?? "?"), false);
});

test("everything but signing in, health and the pages needs a session", async (t) => {
  const { controller } = await setUp(t);
  const cases: readonly [string, string, number][] = [
    ["GET", "/health", 200],
    ["GET", "/", 200],
    ["GET", "/app.js", 200],
    ["GET", "/login", 200],
    ["GET", "/sites/x", 200],
    ["GET", "/missing.js", 404],
    ["GET", "/../controller.sqlite", 400],
    ["GET", "/%2e%2e/controller.sqlite", 400],
    ["GET", "/api/v1/session", 401],
    ["DELETE", "/api/v1/session", 401],
    ["GET", "/api/v1/sites", 401],
    ["HEAD", "/api/v1/sites", 401],
    ["GET", "/%61pi/v1/sites", 401],
    ["GET", "/api/v1/sites/x", 401],
    ["GET", "/api/v1/refusals", 401],
    ["GET", "/api/v1/events", 401],
    ["GET", "/api/v1/openapi.json", 401],
    ["GET", "/api/v1/nothing", 404],
    ["POST", "/api/v1/sites/x/containments", 401],
    ["DELETE", "/api/v1/sites/x/containments/y", 401],
  ];
  const { port } = new URL(controller.url);
  for (const [method, path, status] of cases) {
    // Not by fetch, which would tidy the path.
    const got = await new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
      const sent = request({ host: "127.0.0.1", port, method, path }, (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, headers: response.headers });
      });
      sent.on("error", reject);
      sent.end();
    });
    assert.equal(got.status, status, `${method} ${path}`);
    assert.match(String(got.headers["content-security-policy"]), /default-src 'self'.*frame-ancestors 'none'/, path);
    assert.doesNotMatch(String(got.headers["content-security-policy"]), /unsafe|\*|https?:/, path);
    assert.equal(got.headers["x-content-type-options"], "nosniff", path);
    assert.equal(got.headers["referrer-policy"], "no-referrer", path);
  }
});

test("the interface is sent packed to whoever takes it so", async (t) => {
  const { controller } = await setUp(t);
  const got = async (takes: string) => {
    const response = await fetch(`${controller.url}/app.js`, { headers: { "accept-encoding": takes } });
    return [response.headers.get("content-type"), response.headers.get("content-encoding"), await response.text()];
  };
  const type = "application/javascript; charset=utf-8";
  assert.deepEqual(await got("gzip, deflate"), [type, "gzip", "export {}; // packed"]);
  assert.deepEqual(await got("gzip, deflate, br, zstd"), [type, "br", "export {}; // packed well"]);
  assert.deepEqual(await got("identity"), [type, null, "export {};"]);
});

test("a change asked from another site is refused, whatever it carries", async (t) => {
  const { controller, api } = await setUp(t);
  await api.signIn(await controller.createLoginLink());
  const path = "/api/v1/sites/x/containments";
  const body = { kind: "quarantine", host: "h", reason: "r", expiresAt: null };
  const code = async (headers: Record<string, string>) =>
    (await api.call<Problem>("POST", path, body, headers)).body.code;
  assert.equal(await code({ origin: "http://elsewhere.example" }), "foreign-origin");
  assert.equal(await code({ origin: "http://127.0.0.1:1" }), "foreign-origin");
  assert.equal(await code({ origin: "null" }), "foreign-origin");
  assert.equal(await code({ "sec-fetch-site": "same-site" }), "foreign-origin");
  assert.equal(await code({ "content-type": "text/plain" }), "bad-media-type");
  assert.equal(await code({ "content-type": "application/x-www-form-urlencoded" }), "bad-media-type");
  assert.equal(await code({ origin: controller.url, "sec-fetch-site": "same-origin" }), "unknown-site");
});

test("guessing at login tokens is slowed down for whoever guesses, and keeps nobody out who has one", async (t) => {
  const { controller } = await setUp(t, { trustedProxies: ["127.0.0.1"] });
  const from = (address: string) => (token: string) =>
    new ApiClient(controller.url).call("POST", "/api/v1/session", { token }, { "x-forwarded-for": address });
  const guesser = from("203.0.113.7");
  const statuses: number[] = [];
  for (let round = 0; round < 12; round += 1) statuses.push((await guesser("guess")).status);
  assert.deepEqual(statuses, [...Array.from({ length: 10 }, () => 401), 429, 429]);
  const token = async () => (await controller.createLoginLink()).split("#")[1] ?? "";
  assert.equal((await from("203.0.113.8")("guess")).status, 401);
  for (const come of [guesser, from("203.0.113.8")]) assert.equal((await come(await token())).status, 201);
});

test("ten addresses that try all the time keep nobody else out", async (t) => {
  const { controller, wait } = await setUp(t, { trustedProxies: ["127.0.0.1"] });
  const owner = await asOwner(controller);
  const { secret } = await take(controller, (await invite(owner, { name: "Ann", role: "reader" })).body.token);
  wait(60_000);
  const signIn = (address: string, name: string, code: string) =>
    new ApiClient(controller.url).call<Problem>(
      ...(["POST", "/api/v1/session", { name, password, code }, { "x-forwarded-for": address }] as const),
    );
  const flood = Array.from({ length: 100 }, (_, each) => signIn(`203.0.113.${each % 10}`, `Nobody ${each}`, "000000"));
  // Once they have come in, and while the passwords of most of them still wait to be looked at.
  await Promise.race(flood);
  const mistyped = signIn("198.51.100.7", "Ann", "000000");
  assert.deepEqual((await mistyped).status, 401);
  const statuses = (await Promise.all(flood)).map(({ status }) => status);
  assert.ok(statuses.every((status) => status === 401 || status === 429));
  for (let round = 0; round < 10; round += 1) {
    for (let each = 0; each < 10; each += 1) await signIn(`203.0.113.${each}`, "Nobody", "000000");
  }
  assert.equal((await signIn("203.0.113.1", "Ann", codeAt(secret, Date.now() + 60_000))).body.code, "too-many-tries");
  assert.equal((await signIn("198.51.100.7", "Ann", codeAt(secret, Date.now() + 60_000))).status, 201);
});

test("behind a proxy that speaks TLS the cookie is for TLS alone, by the proxy's word or by the public address", async (t) => {
  for (const [more, headers, isSecure] of [
    [{ trustedProxies: ["127.0.0.1"] }, { "x-forwarded-proto": "https" }, true],
    // Anybody can say so; only a proxy that was named is believed.
    [{}, { "x-forwarded-proto": "https" }, false],
  ] as const) {
    const { controller } = await setUp(t, more);
    const token = (await controller.createLoginLink()).split("#")[1] ?? "";
    const answer = await new ApiClient(controller.url).call("POST", "/api/v1/session", { token }, headers);
    assert.equal(/; Secure/.test(answer.headers.get("set-cookie") ?? ""), isSecure);
  }
  const { controller } = await setUp(t, { publicUrl: "https://cordon.example.net" });
  const token = (await controller.createLoginLink()).split("#")[1] ?? "";
  const { headers } = await asHost(controller.url, "cordon.example.net", token);
  assert.match(String(headers["set-cookie"]), /; Secure/);
});

/** Signs in as a proxy does that leaves the name that was called. */
async function asHost(url: string, host: string, token: string) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const body = JSON.stringify({ token });
  const sent = request(`${url}/api/v1/session`, {
    method: "POST",
    headers: { host, "content-type": "application/json", "content-length": body.length },
  });
  sent.once("response", resolve).once("error", reject).end(body);
  const answer = await promise;
  answer.resume();
  return answer;
}

test("requests that are no sense are problems with a code, never a stack", async (t) => {
  const { controller, api } = await setUp(t);
  await api.signIn(await controller.createLoginLink());
  const send = async (body: string) => {
    const response = await fetch(`${controller.url}/api/v1/sites/x/containments`, {
      method: "POST",
      headers: { cookie: api.cookie, "content-type": "application/json" },
      body,
    });
    return (await response.json()) as Problem;
  };
  assert.equal((await send("{")).code, "bad-request");
  assert.equal((await send("")).code, "bad-request");
  assert.equal((await send('{"__proto__":1}')).code, "bad-request");
  assert.equal((await send(JSON.stringify({ pad: "x".repeat(70_000) }))).code, "body-too-large");
  assert.equal((await api.call<Problem>("GET", "/api/v1/nothing")).body.code, "unknown-route");
});

test("whoever goes to a page gets it, though its address ends like a file's", async (t) => {
  const { controller } = await setUp(t);
  const asked = async (path: string, accept: string) => {
    const response = await fetch(controller.url + path, { headers: { accept } });
    await response.arrayBuffer();
    return [response.status, response.headers.get("content-type")?.split(";")[0]];
  };
  const browser = "text/html,application/xhtml+xml,*/*;q=0.8";
  const pages = [
    "/sites/one/hosts/203.0.113.7",
    "/sites/one/timeline?text=mail.example",
    "/sites/one/timeline?from=2026-11-30T14%3A42%3A34.370Z",
  ];
  for (const page of pages) assert.deepEqual(await asked(page, browser), [200, "text/html"], page);
  assert.deepEqual(await asked("/missing.js", "*/*"), [404, "application/problem+json"]);
  assert.deepEqual(await asked("/api/v1/nothing", browser), [404, "application/problem+json"]);
});

test("another app for codes is taken by who proves to be the same person, and the old one counts until then", async (t) => {
  const { controller, wait } = await setUp(t);
  let now = Date.now();
  const later = () => {
    wait(60_000);
    now += 60_000;
  };
  const owner = await asOwner(controller);
  const { api, secret } = await take(
    controller,
    (await invite(owner, { name: "Tom", role: "reader" })).body.token,
    now,
  );
  const code = async (method: string, body: object) =>
    api.call<Problem & { secret: string }>(method, "/api/v1/account/code", body);
  assert.equal((await code("PUT", { code: "123456" })).body.code, "no-code-offered");
  later();
  assert.equal((await code("POST", { password: "not this one", code: codeAt(secret, now) })).body.code, "bad-sign-in");
  const offered = await code("POST", { password, code: codeAt(secret, now) });
  assert.equal(offered.status, 200);
  assert.equal((await code("PUT", { code: codeAt(secret, now) })).body.code, "bad-code");
  const signIn = (of: string) =>
    new ApiClient(controller.url).call("POST", "/api/v1/session", { name: "Tom", password, code: codeAt(of, now) });
  later();
  assert.equal((await signIn(secret)).status, 201);
  later();
  assert.equal((await code("PUT", { code: codeAt(offered.body.secret, now) })).status, 204);
  later();
  assert.equal((await signIn(secret)).status, 401);
  assert.equal((await signIn(offered.body.secret)).status, 201);
  // Whoever came by a link of the terminal has none, and without a name and TLS there are no passkeys.
  const proof = { password, code: codeAt(offered.body.secret, now) };
  assert.equal((await owner.call<Problem>("POST", "/api/v1/account/code", proof)).body.code, "no-account");
  const path = "/api/v1/account/passkeys/challenge";
  assert.equal((await api.call<Problem>("POST", path, proof)).body.code, "no-passkeys");
  const account = await api.call<{ isOwn: boolean; passkeyName: string | null }>("GET", "/api/v1/account");
  assert.deepEqual([account.body.isOwn, account.body.passkeyName], [true, null]);
});

test("another password takes the present one and a code, ends all other sessions, and is guessed at no more than at the door", async (t) => {
  const { controller, wait, dataDir } = await setUp(t);
  let now = Date.now();
  const later = () => {
    wait(60_000);
    now += 60_000;
  };
  const owner = await asOwner(controller);
  const invited = await invite(owner, { name: "Tom", role: "reader" });
  const { api, secret } = await take(controller, invited.body.token, now);
  const signIn = async (by: string) => {
    later();
    const other = new ApiClient(controller.url);
    const code = codeAt(secret, now);
    const { status, headers } = await other.call("POST", "/api/v1/session", { name: "Tom", password: by, code });
    other.cookie = (headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return { status, other };
  };
  const change = async (fields: object) => {
    const wish = { password, code: codeAt(secret, now), newPassword: "another horse entirely", ...fields };
    return api.call<Problem>("PUT", "/api/v1/account/password", wish);
  };
  const { other } = await signIn(password);
  const events = await openEvents(controller.url, other.cookie);
  later();
  assert.equal((await change({ password: "not this one" })).body.code, "bad-sign-in");
  assert.equal((await change({ newPassword: "too short" })).status, 400);
  assert.equal((await change({})).status, 204);
  assert.equal((await api.call("GET", "/api/v1/account")).status, 200, "who changed it goes on");
  assert.equal((await other.call("GET", "/api/v1/account")).status, 401);
  await readToEnd(events.reader);
  assert.equal((await signIn(password)).status, 401);
  assert.equal((await signIn("another horse entirely")).status, 201);

  for (let tries = 0; tries < 10; tries += 1) await change({ password: "a guess at a page left open" });
  later();
  const locked = await change({ password: "another horse entirely", newPassword: "a third one, at last" });
  assert.deepEqual([locked.status, locked.body.code], [429, "account-locked"]);
  assert.equal(
    (
      await owner.call<Problem>("PUT", "/api/v1/account/password", {
        ...{ password, code: "123456", newPassword: "none of the terminal" },
      })
    ).body.code,
    "no-account",
  );

  const store = await openStore(dataDir);
  const lines = await store
    .selectFrom("audit_log")
    .select(["author", "detail"])
    .where("action", "=", "password-changed")
    .execute();
  await store.destroy();
  assert.deepEqual(
    lines.map(({ author, detail }) => `${author} ${detail}`),
    [`Tom ${JSON.stringify({ sessionsEnded: 1 })}`],
  );
});

async function openEvents(url: string, cookie: string) {
  const response = await fetch(`${url}/api/v1/events`, { headers: { cookie } });
  assert.ok(response.body !== null);
  return { status: response.status, type: response.headers.get("content-type"), reader: response.body.getReader() };
}

async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += Buffer.from(value).toString();
  }
}

test("an event stream ends when its session is signed out, and only then", async (t) => {
  const { controller, api } = await setUp(t);
  await api.signIn(await controller.createLoginLink());
  const other = new ApiClient(controller.url);
  await other.signIn(await controller.createLoginLink());
  const own = await openEvents(controller.url, api.cookie);
  const theirs = await openEvents(controller.url, other.cookie);
  assert.match(own.type ?? "", /^text\/event-stream/);
  await api.call("DELETE", "/api/v1/session");
  assert.match(await readToEnd(own.reader), /^retry: 2000/);
  await theirs.reader.read();
  await theirs.reader.cancel();
});

test("an event stream ends when its session runs out", async (t) => {
  const { controller, api, wait } = await setUp(t, { eventLimits: { heartbeatMs: 100 } });
  await api.signIn(await controller.createLoginLink());
  const stream = await openEvents(controller.url, api.cookie);
  wait(sessionLifeMs);
  await readToEnd(stream.reader);
});

test("a session opens no more than eight streams", async (t) => {
  const { controller, api } = await setUp(t);
  await api.signIn(await controller.createLoginLink());
  const atOnce = await Promise.all(Array.from({ length: 12 }, () => openEvents(controller.url, api.cookie)));
  assert.equal(atOnce.filter(({ status }) => status === 200).length, 8);
  assert.equal((await api.call<Problem>("GET", "/api/v1/events")).body.code, "too-many-streams");
});

test("a guest's link opens so many streams and sessions, and leaves room for everybody else", async (t) => {
  const { controller, dataDir, wait } = await setUp(t, { eventLimits: { perOwner: 2 } });
  const owner = await asOwner(controller);
  const link = await invite(owner, { name: "Gus", role: "guest", sites: [], expiresAt: Date.now() + 3_600_000 });
  const guests = Array.from({ length: 51 }, () => new ApiClient(controller.url));
  const [first = owner, ...others] = guests;
  await first.signIn(link.body.path);
  wait(1);
  for (const guest of others) await guest.signIn(link.body.path);
  assert.equal((await first.call("GET", "/api/v1/session")).status, 401);
  const statuses: number[] = [];
  for (const { cookie } of others.slice(-3)) statuses.push((await openEvents(controller.url, cookie)).status);
  assert.deepEqual(statuses, [200, 200, 429]);
  assert.equal((await openEvents(controller.url, owner.cookie)).status, 200);
  const store = await openStore(dataDir);
  const sessions = await store.selectFrom("sessions").select("hash").where("person_id", "is not", null).execute();
  await store.destroy();
  assert.equal(sessions.length, 50);
});

test("closing the controller ends open streams and connections at once", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const controller = await startTestController(dataDir);
  await enrol(dataDir, controller.brokerPort);
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  const stream = await openEvents(controller.url, api.cookie);
  await controller.close();
  await readToEnd(stream.reader);
  await assert.rejects(fetch(controller.url));
});
