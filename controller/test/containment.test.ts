import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { honestLevel } from "@cordon/contract";
import type { ContainmentView, Problem, SiteView } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { FakeSensor, type FakeSensorOptions } from "./fake-sensor.ts";
import { enrol } from "./harness.ts";
import { aHost, sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";

const mailer = "02:00:5e:10:00:07";
const scanner = "02:00:5e:10:00:03";

async function setUp(t: TestContext, options: Omit<FakeSensorOptions, "profile"> = {}) {
  const { dataDir, controller, profile, siteId, path: sitePath, sensor, api } = await standingSite(t, options);
  await api.signIn(await controller.createLoginLink());
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report();
  await api.siteWhen(siteId, (site) => site.counts.hosts === 10 && site.sensor.reportedAt !== null);
  const path = `${sitePath}/containments`;
  const ask = (wish: object) => api.call<ContainmentView & Problem>("POST", path, wish);
  const cut = (host: string) => ask({ kind: "quarantine", host, reason: "Infected", expiresAt: null });
  const release = (id: string) => api.call<ContainmentView & Problem>("DELETE", `${path}/${id}`, { reason: "Clean" });
  return { dataDir, controller, profile, siteId, sensor, api, ask, cut, release };
}

const containmentsOf = (site: SiteView, host: string) =>
  site.hosts.find((each) => each.host === host)?.containments ?? [];

test("cut and release: asked, signed, obeyed, reported, proven, gone", async (t) => {
  const { siteId, sensor, api, cut, release, dataDir } = await setUp(t);
  assert.equal((await api.site(siteId)).sentence, "Line open: 2 machines infected, none of them cut off.");

  const asked = await cut(mailer);
  assert.equal(asked.status, 201);
  assert.equal(asked.body.level, "unconfirmed");
  assert.match(asked.body.levelText, /^Asked .*; the box has not confirmed\.$/);
  assert.deepEqual([asked.body.inForceSince, asked.body.packetsStopped, asked.body.releasing], [null, 0, false]);
  assert.equal((await api.site(siteId)).counts.contained, 0, "a wish contains nobody");

  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  assert.deepEqual(sensor.refused, []);
  const wish = sensor.adopted.at(-1)?.containments[0];
  assert.deepEqual([wish?.id, wish?.host, wish?.kind, wish?.author], [asked.body.id, mailer, "quarantine", "operator"]);

  sensor.stopPackets(412);
  await sensor.report();
  const held = await api.siteWhen(siteId, (site) => site.counts.contained === 1);
  const [view] = containmentsOf(held, mailer);
  assert.deepEqual([view?.level, view?.packetsStopped], ["internet-cut", 412]);
  assert.equal(
    view?.levelText,
    "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.",
  );
  assert.equal(held.sentence, "Line open: FRONTDESK still scans.");

  const released = await release(asked.body.id);
  assert.deepEqual([released.status, released.body.releasing, released.body.level], [200, true, "internet-cut"]);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 0);
  assert.equal(containmentsOf(await api.site(siteId), mailer)[0]?.releasing, true, "until the sensor says it is gone");
  await sensor.report();
  await api.siteWhen(siteId, (site) => containmentsOf(site, mailer).length === 0);
  assert.equal((await release(asked.body.id)).body.code, "already-released");

  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const audit = await store
    .selectFrom("audit_log")
    .select(["action", "author"])
    .where("subject", "=", asked.body.id)
    .orderBy("at")
    .execute();
  assert.deepEqual(
    audit.map((line) => `${line.author} ${line.action}`),
    ["operator containment-asked", "operator containment-released"],
  );
});

test("every change is one revision further and carries everything that is wanted", async (t) => {
  const { sensor, ask, cut, release } = await setUp(t);
  const first = await cut(mailer);
  await ask({ kind: "vector", vector: "smb", host: scanner, reason: "Scans", expiresAt: null });
  await release(first.body.id);
  await sensor.until(() => sensor.adopted.at(-1)?.revision === 4);
  assert.deepEqual(
    sensor.adopted.map((document) => [
      document.revision,
      document.containments.map((each) => `${each.kind} ${each.host}`),
    ]),
    [
      [1, []],
      [2, [`quarantine ${mailer}`]],
      [3, [`quarantine ${mailer}`, `vector ${scanner}`]],
      [4, [`vector ${scanner}`]],
    ],
  );
});

test("what a person declared a server is cut off after a second confirmation, and slowed down without", async (t) => {
  const { ask, api, siteId, sensor } = await setUp(t);
  const host = "02:00:00:00:00:77";
  await sensor.sendHosts([aHost({ host, role: { name: "server", reason: "A person declared it.", declared: true } })]);
  await api.siteWhen(siteId, (site) => site.counts.hosts === 11);
  const cut = { kind: "quarantine", host, reason: "Infected", expiresAt: null };
  assert.equal((await ask(cut)).body.code, "server-unconfirmed");
  assert.equal((await ask({ ...cut, isConfirmed: false })).body.code, "server-unconfirmed");
  assert.equal((await ask({ ...cut, kind: "throttle" })).status, 201);
  assert.equal((await ask({ ...cut, isConfirmed: true })).status, 201);
});

test("wishes that cannot be granted are refused by name", async (t) => {
  const { ask, api, siteId, sensor } = await setUp(t);
  await sensor.sendHosts([aHost({ host: "192.168.10.99", mac: null })]);
  await api.siteWhen(siteId, (site) => site.counts.hosts === 11);
  const good = { kind: "quarantine", host: mailer, reason: "Infected", expiresAt: null };
  const cases: readonly [string, object, number, string][] = [
    ["unknown host", { ...good, host: "02:00:00:00:00:99" }, 404, "unknown-host"],
    ["host without a MAC", { ...good, host: "192.168.10.99" }, 422, "host-without-mac"],
    ["vector without its name", { ...good, kind: "vector" }, 422, "vector-missing"],
    ["vector null", { ...good, kind: "vector", vector: null }, 422, "vector-missing"],
    ["vector without ports", { ...good, kind: "vector", vector: "other" }, 422, "vector-without-ports"],
    ["an end in the past", { ...good, expiresAt: 1_000 }, 422, "expiry-in-the-past"],
    ["no reason", { ...good, reason: "" }, 400, "bad-request"],
    ["a kind of its own", { ...good, kind: "area" }, 400, "bad-request"],
    ["no end named", { kind: "quarantine", host: mailer, reason: "x" }, 400, "bad-request"],
    ["an array", [good], 400, "bad-request"],
  ];
  for (const [name, wish, status, code] of cases) {
    const answer = await ask(wish);
    assert.deepEqual([answer.status, answer.body.code, answer.body.status], [status, code, status], name);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/, name);
  }
  const elsewhere = await api.call<Problem>("POST", "/api/v1/sites/nowhere/containments", good);
  assert.deepEqual([elsewhere.status, elsewhere.body.code], [404, "unknown-site"]);
  const unknown = await api.call<Problem>("DELETE", `/api/v1/sites/${siteId}/containments/c-0`, { reason: "x" });
  assert.deepEqual([unknown.status, unknown.body.code], [404, "unknown-containment"]);
  assert.equal(sensor.adopted.length, 1, "no document was issued");
});

test("asking twice names what stands already", async (t) => {
  const { ask, cut, release } = await setUp(t);
  const first = await cut(mailer);
  const second = await cut(mailer);
  assert.deepEqual([second.status, second.body.code, second.body.existing?.id], [409, "already-asked", first.body.id]);
  const vector = { kind: "vector", vector: "mail", host: mailer, reason: "Mails", expiresAt: null };
  assert.equal((await ask(vector)).status, 201, "another kind is another containment");
  await release(first.body.id);
  assert.equal((await cut(mailer)).status, 201, "once released it may be asked anew");
});

test("a throttle is asked, obeyed, reported and released like a cut, and counts as none", async (t) => {
  const { sensor, api, siteId, ask, release } = await setUp(t);
  const throttle = { kind: "throttle", host: mailer, reason: "Perhaps a mailer", expiresAt: null };
  const other = await ask({ ...throttle, vector: "other" });
  assert.deepEqual([other.status, other.body.code], [422, "vector-without-ports"]);
  const asked = await ask(throttle);
  assert.deepEqual([asked.status, asked.body.kind, asked.body.vector], [201, "throttle", null]);
  assert.equal((await ask({ ...throttle, vector: "mail" })).status, 201, "one vector is another throttle");
  assert.equal((await ask(throttle)).body.code, "already-asked");
  await sensor.until(() => sensor.adopted.at(-1)?.throttles?.length === 2);
  assert.deepEqual(sensor.adopted.at(-1)?.containments, []);

  sensor.stopPackets(5);
  await sensor.report();
  const site = await api.siteWhen(siteId, (each) => containmentsOf(each, mailer)[0]?.level === "throttled");
  const [view] = containmentsOf(site, mailer);
  assert.deepEqual([view?.packetsStopped, site.counts.contained], [5, 0]);
  assert.match(view?.levelText ?? "", /contacts beyond the switch are limited/);

  await release(asked.body.id);
  await sensor.until(() => sensor.adopted.at(-1)?.throttles?.length === 1);
  await sensor.report();
  const after = await api.siteWhen(siteId, (each) => containmentsOf(each, mailer).length === 1);
  assert.equal(containmentsOf(after, mailer)[0]?.vector, "mail");
  assert.deepEqual(sensor.refused, []);
});

test("pings and searches by ARP are shut like any vector, each with what it comes to", async (t) => {
  const { sensor, api, siteId, ask, release } = await setUp(t);
  const sweep = { kind: "vector", host: mailer, reason: "It looks for machines", expiresAt: null };
  const slowed = await ask({ ...sweep, kind: "throttle", vector: "ping" });
  assert.deepEqual([slowed.status, slowed.body.code], [422, "vector-without-ports"]);
  const asked = await ask({ ...sweep, vector: "ping" });
  assert.deepEqual([asked.status, asked.body.kind, asked.body.vector], [201, "vector", "ping"]);
  assert.equal((await ask({ ...sweep, vector: "arp" })).status, 201);
  await sensor.until(() => sensor.adopted.at(-1)?.sweeps?.length === 2);
  assert.deepEqual(sensor.adopted.at(-1)?.containments, [], "a sensor of before reads past them");

  sensor.stopPackets(5);
  await sensor.report();
  const site = await api.siteWhen(siteId, (each) =>
    containmentsOf(each, mailer).every(({ level }) => level !== "unconfirmed"),
  );
  const shown = new Map(containmentsOf(site, mailer).map((view) => [view.vector, [view.level, view.packetsStopped]]));
  assert.deepEqual(shown.get("ping"), ["vector-stopped", 5]);
  assert.deepEqual(shown.get("arp"), ["throttled", 5]);

  await release(asked.body.id);
  await sensor.until(() => sensor.adopted.at(-1)?.sweeps?.length === 1);
  await sensor.report();
  await api.siteWhen(siteId, (each) => containmentsOf(each, mailer).length === 1);
  assert.deepEqual(sensor.refused, []);
});

test("two who ask at once get one containment", async (t) => {
  const { sensor, cut } = await setUp(t);
  const statuses = (await Promise.all([cut(mailer), cut(mailer), cut(mailer)])).map((answer) => answer.status);
  assert.deepEqual(
    statuses.sort((a, b) => a - b),
    [201, 409, 409],
  );
  await sensor.until(() => sensor.adopted.length > 1);
  assert.equal(sensor.adopted.at(-1)?.containments.length, 1);
});

test("an expired containment leaves the document by itself", async (t) => {
  const { sensor, ask, api, siteId } = await setUp(t);
  await ask({ kind: "quarantine", host: mailer, reason: "For a moment", expiresAt: Date.now() + 700 });
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 0);
  await sensor.report();
  await api.siteWhen(siteId, (site) => containmentsOf(site, mailer).length === 0);
});

test("the level is what the placement can reach, not what was wished", async (t) => {
  for (const [placement, level] of [
    ["lan", "internet-cut"],
    ["gateway", "gateway-cut"],
    ["wan", "none"],
    ["mirror", "none"],
  ] as const) {
    await t.test(placement, async (inner) => {
      const { sensor, api, siteId, cut } = await setUp(inner, { placement });
      const asked = await cut(mailer);
      await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
      // A box that claims more than its place can do is not believed.
      const [wish] = sensor.adopted.at(-1)?.containments ?? [];
      assert.ok(wish !== undefined);
      const claimed = {
        ...wish,
        level: "internet-cut" as const,
        inForceSince: 1,
        packetsStopped: 0,
        lastStoppedAt: null,
        refusal: null,
      };
      await sensor.report({ containments: [claimed] });
      const site = await api.siteWhen(siteId, (each) => containmentsOf(each, mailer)[0]?.reportedAt != null);
      const view = containmentsOf(site, mailer)[0];
      assert.deepEqual([view?.id, view?.level], [asked.body.id, level]);
      assert.equal(level, honestLevel({ wish, placement, enforcement: "in-force" }));
      assert.equal(site.counts.contained, level === "none" ? 0 : 1);
    });
  }
});

test("simulated containments count for nothing", async (t) => {
  const { sensor, api, siteId, cut } = await setUp(t, { enforcement: "simulated" });
  await cut(mailer);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  await sensor.report();
  const site = await api.siteWhen(siteId, (each) => containmentsOf(each, mailer)[0]?.level === "simulated");
  assert.equal(site.counts.contained, 0);
});

test("a box that fell silent vouches for nothing, and its cut-offs are told as last heard", async (t) => {
  const { sensor, api, siteId, cut } = await setUp(t);
  await cut(mailer);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  await sensor.report();
  await api.siteWhen(siteId, (site) => site.counts.contained === 1);
  await sensor.cutPower();
  const site = await api.siteWhen(siteId, (each) => each.sensor.state === "silent");
  const [view] = containmentsOf(site, mailer);
  assert.equal(view?.level, "unconfirmed");
  assert.match(view?.levelText ?? "", /^Was cut off when last heard, \d\d:\d\d:\d\d UTC\.$/);
  assert.match(site.cause, /^Its 1 cut-off held when last heard\. FRONTDESK was infected and not cut off/);
});

test("records restored from a backup go on after the reported revision and keep what the box holds", async (t) => {
  const { sensor, api, siteId } = await setUp(t);
  const forgotten = {
    id: "c-forgotten",
    kind: "quarantine" as const,
    vector: null,
    host: mailer,
    reason: "Infected",
    author: "operator",
    startsAt: Date.now() - 60_000,
    expiresAt: null,
    level: "internet-cut" as const,
    inForceSince: Date.now() - 59_000,
    packetsStopped: 9,
    lastStoppedAt: null,
    refusal: null,
  };
  const slowed = { ...forgotten, id: "c-slowed", kind: "throttle" as const, vector: "mail" as const };
  await sensor.report({
    ...{ epoch: 2, revision: 41, containments: [forgotten] },
    throttles: [{ ...slowed, level: "throttled" as const }],
  });
  await sensor.until(() => sensor.adopted.at(-1)?.epoch === 2);
  const document = sensor.adopted.at(-1);
  assert.deepEqual([document?.revision, document?.containments.map((each) => each.id)], [42, ["c-forgotten"]]);
  assert.deepEqual(
    document?.throttles?.map(({ id, vector }) => [id, vector]),
    [["c-slowed", "mail"]],
  );
  const site = await api.siteWhen(siteId, (each) => each.sensor.desiredRevision === 42);
  assert.equal(containmentsOf(site, mailer)[0]?.releasing, false);
});

test("a sensor enrolled while the controller runs gets its own document and no other", async (t) => {
  const { dataDir, controller, sensor, cut } = await setUp(t);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Second" });
  const second = await FakeSensor.start({ profile });
  t.after(() => second.close());
  await second.until(() => second.adopted.length > 0);
  await cut(mailer);
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  assert.deepEqual(
    second.adopted.map((document) => [document.sensor, document.containments.length]),
    [["box-two", 0]],
  );
  assert.deepEqual(second.refused, []);
});
