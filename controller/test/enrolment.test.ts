import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { X509Certificate } from "node:crypto";
import { test, type TestContext } from "node:test";
import type { MqttClient } from "mqtt";
import type { KeyedProfile, SiteProfile } from "@cordon/contract";
import { silentLog, systemAmbient, type Ambient } from "../src/ambient.ts";
import type { RefusalView, SiteView } from "../src/api/view.ts";
import type { Controller } from "../src/controller.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { announceSensor, reissueProfile, type EnrolmentWish } from "../src/fleet/enrol.ts";
import { openSigner } from "../src/fleet/signer.ts";
import { RevocationBook } from "../src/fleet/revocation-book.ts";
import { withdraw } from "../src/fleet/withdrawal.ts";
import { backUpStore, openStore, restoreStore } from "./store.ts";
import { enrolWith, keyed, makeKey, renewWith, type OwnKey } from "./enrolment-client.ts";
import { fateOf, happens } from "./connection.ts";
import { connectAs, FakeSensor } from "./fake-sensor.ts";
import { listSensors, showSensor } from "../src/commands/sensor-list.ts";
import { ApiClient, startTestController } from "./harness.ts";
import { scratchDir } from "./scratch.ts";

const dayMs = 86_400_000;

/** The machine's time, moved. */
function ambientAt(offsetMs: number): Ambient {
  const ambient = systemAmbient(silentLog);
  return { ...ambient, clock: { ...ambient.clock, now: () => Date.now() + offsetMs } };
}

async function withStore<T>(dataDir: string, use: (parts: Parameters<typeof announceSensor>[0]) => Promise<T>) {
  const ambient = systemAmbient(silentLog);
  const store = await openStore(dataDir);
  try {
    const authority = await openAuthority(dataDir, ambient);
    return await use({ store, ambient, authority, signer: await openSigner(dataDir, store, ambient) });
  } finally {
    await store.destroy();
  }
}

/** What `sensor show` prints of the one box. */
async function shown(dataDir: string): Promise<string> {
  const lines: string[] = [];
  await showSensor({ data: dataDir, sensorId: "box-one" }, (line) => lines.push(line));
  return lines.join("\n");
}

async function setUp(t: TestContext, offsetMs = 0) {
  const [dataDir, remove] = scratchDir();
  let controller = await startTestController(dataDir, { ambient: ambientAt(offsetMs) });
  t.after(async () => {
    await controller.close();
    remove();
  });
  const site = {
    siteName: "Harbour Office",
    sensorId: "box-one",
    placement: "lan",
    localNets: [],
    author: "operator",
    bridge: "br0",
    inside: "inside0",
    outside: "outside0",
    controllerHost: "127.0.0.1",
  } as const satisfies Partial<EnrolmentWish>;
  const profile = await withStore(dataDir, (parts) =>
    announceSensor(parts, { ...site, controllerPort: controller.brokerPort }),
  );
  const authority = (await openAuthority(dataDir, systemAmbient(silentLog))).certificate;
  let api = await signedIn(controller);
  return {
    dataDir,
    profile,
    authority,
    get api() {
      return api;
    },
    get port() {
      return controller.brokerPort;
    },
    announce: (sensorId: string) =>
      withStore(dataDir, (parts) =>
        announceSensor(parts, { ...site, sensorId, controllerPort: controller.brokerPort }),
      ),
    reissue: (sensorId: string) =>
      withStore(dataDir, (parts) => reissueProfile(parts, { sensorId, author: "operator" })),
    /** Switches it off, and on again as if so much later. */
    restart: async (at = 0, act: () => Promise<void> | void = () => undefined) => {
      await controller.close();
      await act();
      controller = await startTestController(dataDir, { ambient: ambientAt(at) });
      api = await signedIn(controller);
    },
    refusals: async () => {
      const { body } = await api.call<RefusalView[]>("GET", "/api/v1/refusals");
      return Object.fromEntries(body.map((row) => [`${row.sensorId} ${row.reason}`, row.count]));
    },
  };
}

async function signedIn(controller: Controller): Promise<ApiClient> {
  const api = new ApiClient(controller.url);
  await api.signIn(await controller.createLoginLink());
  return api;
}

async function certificateFor(profile: SiteProfile, key: OwnKey, port?: number): Promise<string> {
  const outcome = await enrolWith(profile, key, port);
  assert.ok("certificate" in outcome, JSON.stringify(outcome));
  return outcome.certificate;
}

async function connected(t: TestContext, profile: KeyedProfile): Promise<MqttClient> {
  const client = connectAs(profile);
  assert.equal(await fateOf(t, client), "connect");
  return client;
}

test("a box makes its own key, gets a certificate for its token, and connects with it", async (t) => {
  const { profile, authority, api, port } = await setUp(t);
  assert.equal(profile.credentials, undefined);
  assert.equal(profile.controller.authority, undefined);
  assert.equal(profile.controller.authorityFingerprint, new X509Certificate(authority).fingerprint256);
  assert.ok(Math.abs((profile.enrolment?.expiresAt ?? 0) - Date.now() - 90 * dayMs) < 60_000);
  assert.equal((await api.site(profile.site.id)).sensor.identity.state, "not-enrolled");

  const key = await makeKey("box-one");
  const certificate = await certificateFor(profile, key);
  const read = new X509Certificate(certificate);
  assert.ok(read.verify(new X509Certificate(authority).publicKey));
  assert.deepEqual([read.subject, read.ca, read.keyUsage], ["CN=box-one", false, ["1.3.6.1.5.5.7.3.2"]]);
  assert.ok(Math.abs(read.validToDate.getTime() - Date.now() - 30 * dayMs) < 60_000);

  const sensor = await FakeSensor.start({ profile: keyed(profile, certificate, key, authority) });
  t.after(() => sensor.close());
  const site = await api.siteWhen(profile.site.id, (seen) => seen.sensor.state === "online");
  assert.deepEqual(site.sensor.identity, { state: "enrolled", until: read.validToDate.getTime() });
  assert.equal(port, profile.controller.port);
});

test("a copied card is refused, counted, in the audit log and on the site's page; the first box goes on", async (t) => {
  const { dataDir, profile, authority, api, refusals } = await setUp(t);
  const first = await makeKey("box-one");
  const certificate = await certificateFor(profile, first);
  assert.deepEqual(await enrolWith(profile, await makeKey("box-one")), { code: "token-used" });
  assert.deepEqual(await enrolWith(profile, await makeKey("box-one")), { code: "token-used" });
  assert.deepEqual(await refusals(), { "box-one token-used": 2 });
  const { sensor } = await api.site(profile.site.id);
  const trouble = sensor.health.find(({ code }) => code === "token-used-twice");
  assert.match(
    trouble?.text ?? "",
    /^Two boxes have the token .* another box was refused 2 times, last from 127\.0\.0\.1/,
  );
  assert.match(
    await shown(dataDir),
    /^trouble +Two boxes have the token .* write the right card anew \(box create --sensor-id box-one\)\.$/m,
  );
  const lines: string[] = [];
  await listSensors({ data: dataDir }, (line) => lines.push(line));
  assert.match(lines.at(-1) ?? "", /^\nbox-one: Two boxes have the token of this one: /);
  const audit = await withStore(dataDir, ({ store }) =>
    store
      .selectFrom("audit_log")
      .select(["action", "subject", "detail"])
      .where("action", "=", "token-refused")
      .execute(),
  );
  assert.equal(audit.length, 1, "told once, for who is refused tries again");
  assert.match(audit[0]?.detail ?? "", /^used before, .* from 127\.0\.0\.1; now from 127\.0\.0\.1$/);
  assert.equal(await fateOf(t, connectAs(keyed(profile, certificate, first, authority))), "connect");
});

test("what another box says was refused at it hides no copied card", async (t) => {
  const { profile, authority, announce, api } = await setUp(t);
  const neighbour = await announce("box-two");
  const key = await makeKey("box-two");
  const certificate = await certificateFor(neighbour, key);
  const sensor = await FakeSensor.start({ profile: keyed(neighbour, certificate, key, authority) });
  t.after(() => sensor.close());
  const deed = { author: "unknown", action: "token-refused", subject: "box-one", host: null, detail: "" };
  await sensor.send({ kind: "deed", deed });
  await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= 1);
  await certificateFor(profile, await makeKey("box-one"));
  assert.deepEqual(await enrolWith(profile, await makeKey("box-one")), { code: "token-used" });
  const { body } = await api.call<{ siteId: string; author: string }[]>("GET", "/api/v1/audit?action=token-refused");
  assert.deepEqual(
    body.map(({ siteId, author }) => [siteId, author]),
    [
      [profile.site.id, "unknown"],
      [neighbour.site.id, "box-two"],
    ],
  );
});

test("of boxes that use a token at the same time one gets in", async (t) => {
  const { profile } = await setUp(t);
  const keys = await Promise.all(Array.from({ length: 6 }, () => makeKey("box-one")));
  const outcomes = await Promise.all(keys.map((key) => enrolWith(profile, key)));
  assert.equal(outcomes.filter((outcome) => "certificate" in outcome).length, 1);
  assert.equal(outcomes.filter((outcome) => "code" in outcome && outcome.code === "token-used").length, 5);
});

test("a box whose answer was lost asks again with the same key, and gets one", async (t) => {
  const { profile, authority } = await setUp(t);
  const key = await makeKey("box-one");
  await certificateFor(profile, key);
  const certificate = await certificateFor(profile, key);
  assert.equal(await fateOf(t, connectAs(keyed(profile, certificate, key, authority))), "connect");
});

test("a new token lets the old one count no longer, and who enrols with it takes the box's place at once", async (t) => {
  const { dataDir, profile, authority, reissue, refusals } = await setUp(t);
  const unused = await reissue("box-one");
  const old = await makeKey("box-one");
  assert.deepEqual(await enrolWith(profile, old), { code: "token-unknown" });
  await refusals();
  assert.match(
    await shown(dataDir),
    /^trouble +This box asks .* token that a newer one took the place of\. Put in the card/m,
  );
  const certificate = await certificateFor(unused, old);
  assert.doesNotMatch(await shown(dataDir), /^trouble/m, "it is enrolled");
  const sensor = await connected(t, keyed(profile, certificate, old, authority));

  const renewed = await reissue("box-one");
  assert.deepEqual([renewed.site, renewed.ports, renewed.sensor], [profile.site, profile.ports, profile.sensor]);
  assert.equal(sensor.connected, true, "it goes on until another has taken its place");
  const closed = happens(sensor, "close");
  const key = await makeKey("box-one");
  const next = await certificateFor(renewed, key);
  await closed;
  assert.equal(await fateOf(t, connectAs(keyed(profile, certificate, old, authority))), "close");
  assert.equal(await fateOf(t, connectAs(keyed(profile, next, key, authority))), "connect");
  assert.deepEqual(await refusals(), { "box-one token-unknown": 1, "box-one key-superseded": 1 });
});

test("a token ends after 90 days, be it unused or used", async (t) => {
  const used = await setUp(t);
  const key = await makeKey("box-one");
  await certificateFor(used.profile, key);
  const unused = await used.announce("box-two");
  await used.restart(91 * dayMs);
  assert.deepEqual(await enrolWith(used.profile, key, used.port), { code: "token-expired" });
  assert.deepEqual(await enrolWith(unused, await makeKey("box-two"), used.port), { code: "token-expired" });
  assert.deepEqual(await used.refusals(), { "box-one token-expired": 1, "box-two token-expired": 1 });
  const site = await used.api.site(unused.site.id);
  const told = site.sensor.health.find(({ code }) => code === "enrolment-refused");
  assert.match(told?.text ?? "", /by a token that is too old\. Write its card anew/);
});

test("after a year in a drawer the certificate opens nothing but its own renewal", async (t) => {
  const setting = await setUp(t, -365 * dayMs);
  const { profile, authority } = setting;
  const key = await makeKey("box-one");
  const old = await certificateFor(profile, key);
  assert.ok(new X509Certificate(old).validToDate.getTime() < Date.now());
  await setting.restart();
  const at = { ...profile, controller: { ...profile.controller, port: setting.port } };
  assert.equal(await fateOf(t, connectAs(keyed(at, old, key, authority))), "close");
  const outcome = await renewWith(setting.port, key, old);
  assert.ok("certificate" in outcome);
  assert.equal(await fateOf(t, connectAs(keyed(at, outcome.certificate, key, authority))), "connect");
  assert.deepEqual(await setting.refusals(), { "box-one certificate-expired": 1 });
});

test("a certificate is renewed for its own key and name alone", async (t) => {
  const { dataDir, profile, announce, refusals } = await setUp(t);
  const key = await makeKey("box-one");
  const certificate = await certificateFor(profile, key);
  const other = await announce("box-two");
  const port = profile.controller.port;
  const otherKey = await makeKey("box-two");
  await certificateFor(other, otherKey);
  assert.ok("certificate" in (await renewWith(port, key, certificate)));
  const codes = [
    await renewWith(port, key),
    await renewWith(port, { ...key, request: (await makeKey("box-one")).request }, certificate),
    await renewWith(port, { ...key, request: otherKey.request }, certificate),
  ];
  assert.deepEqual(codes, [
    { code: "renewal-without-certificate" },
    { code: "renewal-other-key" },
    { code: "renewal-other-key" },
  ]);
  const [foreignDir, remove] = scratchDir();
  t.after(remove);
  const foreign = await (await openAuthority(foreignDir, systemAmbient(silentLog))).sensor("box-one");
  const { request } = key;
  const foreignKey = { privateKey: foreign.privateKey, request };
  assert.deepEqual(await renewWith(port, foreignKey, foreign.certificate), { code: "renewal-foreign" });
  // The controller's own certificate is for a server, and opens nothing as a client's.
  const server = await (await openAuthority(dataDir, systemAmbient(silentLog))).server();
  const serverKey = { privateKey: server.privateKey, request };
  assert.deepEqual(await renewWith(port, serverKey, server.certificate), { code: "renewal-foreign" });
  assert.deepEqual(await refusals(), {
    " renewal-without-certificate": 1,
    "box-one renewal-other-key": 2,
    " renewal-foreign": 2,
  });
});

test("strangers that fail behind a box's address use up nothing of its renewals", async (t) => {
  const { profile, refusals } = await setUp(t);
  const key = await makeKey("box-one");
  const certificate = await certificateFor(profile, key);
  const port = profile.controller.port;
  const guess = { ...profile, enrolment: { token: "x".repeat(43), expiresAt: Date.now() } };
  const stranger = await makeKey("box-one");
  for (let tries = 0; tries < 31; tries += 1) await enrolWith(guess, stranger);
  assert.deepEqual(await enrolWith(guess, stranger), { code: "enrolment-too-often" });
  assert.ok("certificate" in (await renewWith(port, key, certificate)));
  assert.deepEqual(await renewWith(port, key), { code: "enrolment-too-often" }, "without the key he is a stranger");

  // Who fails with his own key uses up his own.
  const wrong = { ...key, request: stranger.request };
  for (let tries = 0; tries < 10; tries += 1) {
    assert.deepEqual(await renewWith(port, wrong, certificate), { code: "renewal-other-key" });
  }
  assert.deepEqual(await renewWith(port, key, certificate), { code: "enrolment-too-often" });
  assert.equal((await refusals())["box-one enrolment-too-often"], 1);
});

test("certificates of one key are made a few times a day, by renewal and by token alike", async (t) => {
  const setting = await setUp(t);
  const { profile, dataDir } = setting;
  const key = await makeKey("box-one");
  const certificate = await certificateFor(profile, key);
  const port = profile.controller.port;
  for (let time = 0; time < 2; time += 1) assert.ok("certificate" in (await renewWith(port, key, certificate)));
  await certificateFor(profile, key);
  assert.deepEqual(await renewWith(port, key, certificate), { code: "enrolment-too-often" });
  assert.deepEqual(await enrolWith(profile, key), { code: "enrolment-too-often" });
  assert.deepEqual(await setting.refusals(), { "box-one enrolment-too-often": 2 });
  const written = await withStore(dataDir, ({ store }) =>
    store.selectFrom("audit_log").select("action").where("subject", "=", "box-one").execute(),
  );
  assert.equal(written.filter(({ action }) => action === "certificate-renewed").length, 3);
});

for (const kind of ["revoke", "retire"] as const) {
  test(`${kind} by the API ends the connection at once, and everything is refused afterwards`, async (t) => {
    const { profile, authority, api, refusals, reissue } = await setUp(t);
    const key = await makeKey("box-one");
    const certificate = await certificateFor(profile, key);
    const sensor = await connected(t, keyed(profile, certificate, key, authority));
    const closed = happens(sensor, "close");
    const path = `/api/v1/sites/${profile.site.id}/withdrawals`;
    const answer = await api.call<SiteView>("POST", path, { kind, reason: "Stolen from the van" });
    assert.equal(answer.status, 200);
    await closed;
    const code = kind === "revoke" ? "sensor-revoked" : "sensor-retired";
    assert.equal(answer.body.sensor.identity.state, code.slice("sensor-".length));
    assert.ok(answer.body.sensor.health.some((trouble) => trouble.code === code));
    assert.equal(await fateOf(t, connectAs(keyed(profile, certificate, key, authority))), "close");
    assert.deepEqual(await renewWith(profile.controller.port, key, certificate), { code });
    assert.deepEqual(await enrolWith(profile, key), { code: "token-unknown" });
    assert.deepEqual(await refusals(), { [`box-one ${code}`]: 2, "box-one token-unknown": 1 });
    assert.equal((await api.call("POST", path, { kind, reason: "Again" })).status, 409);

    if (kind === "retire") {
      await assert.rejects(reissue("box-one"), { code: "sensor-retired" });
      return;
    }
    const anew = await reissue("box-one");
    assert.deepEqual(await enrolWith(anew, key), { code: "sensor-revoked" }, "the stolen key does not come back");
    const fresh = await makeKey("box-one");
    const next = await certificateFor(anew, fresh);
    assert.equal(await fateOf(t, connectAs(keyed(profile, next, fresh, authority))), "connect");
    assert.equal((await api.site(profile.site.id)).sensor.identity.state, "enrolled");
  });
}

test("a sensor revoked by another process loses its connection within a second or so", async (t) => {
  const { dataDir, profile, authority } = await setUp(t);
  const key = await makeKey("box-one");
  const sensor = await connected(t, keyed(profile, await certificateFor(profile, key), key, authority));
  const closed = happens(sensor, "close");
  const wish = { sensorId: "box-one", kind: "revoke", author: "operator", reason: "Stolen" } as const;
  await withStore(dataDir, ({ store, ambient }) => withdraw(store, ambient, wish, new RevocationBook(dataDir)));
  const from = performance.now();
  await closed;
  assert.ok(performance.now() - from < 5_000);
});

/** Copies of everything but the keys, made and put back. */
function backups(t: TestContext, dataDir: string) {
  const [backup, remove] = scratchDir();
  t.after(remove);
  const copy = (from: string, to: string) => {
    for (const name of readdirSync(to)) if (name !== "keys") rmSync(join(to, name), { recursive: true });
    for (const name of readdirSync(from)) {
      if (name !== "keys") cpSync(join(from, name), join(to, name), { recursive: true });
    }
  };
  return {
    make: () => {
      copy(dataDir, backup);
      backUpStore(dataDir, backup);
    },
    putBack: async () => {
      copy(backup, dataDir);
      await restoreStore(dataDir, backup);
    },
  };
}

for (const [name, isEnrolledBefore] of [
  ["of before the revocation", true],
  ["of before it enrolled", false],
] as const) {
  test(`a store that is put back to a backup ${name} lets a key that was taken back in by no door`, async (t) => {
    const setting = await setUp(t);
    const { dataDir, profile, authority, restart } = setting;
    const backup = backups(t, dataDir);
    const key = await makeKey("box-one");
    const before = isEnrolledBefore ? await certificateFor(profile, key) : null;
    await restart(0, backup.make);
    const certificate = before ?? (await certificateFor(profile, key, setting.port));
    const body = { kind: "revoke", reason: "Stolen from the van" };
    const path = `/api/v1/sites/${profile.site.id}/withdrawals`;
    assert.equal((await setting.api.call("POST", path, body)).status, 200);
    const file = join(dataDir, "keys", "revocations.jsonl");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    await restart(0, backup.putBack);

    const own = keyed(profile, certificate, key, authority);
    const there = { ...own, controller: { ...own.controller, port: setting.port } };
    assert.equal(await fateOf(t, connectAs(there)), "close");
    const again = await enrolWith(profile, key, setting.port);
    assert.deepEqual(again, { code: isEnrolledBefore ? "token-unknown" : "sensor-revoked" });
    if (isEnrolledBefore) {
      const { sensor } = await setting.api.site(profile.site.id);
      assert.equal(sensor.identity.state, "revoked");
      assert.ok(sensor.health.some(({ code }) => code === "sensor-revoked"));
    }
    await restart();
    assert.equal(readFileSync(file, "utf8").trimEnd().split("\n").length, 1, "once is enough");
  });
}

test("what was taken back before there was a book is in it after a start, and a line that broke off spoils none", async (t) => {
  const { dataDir, profile, api, restart } = await setUp(t);
  const key = await makeKey("box-one");
  await certificateFor(profile, key);
  const body = { kind: "revoke", reason: "Stolen" };
  assert.equal((await api.call("POST", `/api/v1/sites/${profile.site.id}/withdrawals`, body)).status, 200);
  const file = join(dataDir, "keys", "revocations.jsonl");
  await restart(0, () => writeFileSync(file, '{"sensorId":"box-o'));
  const [first] = new RevocationBook(dataDir).read();
  assert.deepEqual([first?.sensorId, first?.kind, new RevocationBook(dataDir).read().length], ["box-one", "revoke", 1]);
});
