import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { whyNoException, type ReportedAreaCut, type ReportedBarrier } from "@cordon/contract";
import type { Problem, SiteView } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { enrol } from "./harness.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";

const mailer = "02:00:5e:10:00:07";
const scanner = "02:00:5e:10:00:03";
const quiet = "02:00:5e:10:00:01";
const day = 86_400_000;
const term = { reason: "A worm is about", expiresAt: null };

async function setUp(t: TestContext) {
  const { dataDir, controller, path, siteId, sensor, api } = await standingSite(t);
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report();
  const call = (method: string, at: string, body: object) => api.call<SiteView & Problem>(method, path + at, body);
  const signIn = async () => {
    await api.signIn(await controller.createLoginLink());
    await api.siteWhen(siteId, (site) => site.counts.hosts === 10 && site.sensor.reportedAt !== null);
  };
  const setBarrier = (way: string, more: object = {}) =>
    call("PUT", `/barriers/${way}`, { ...term, mode: "dry", exceptions: [], ...more });
  const document = () => sensor.adopted.at(-1);
  /** The site once it shows that. */
  const shown = (condition: (site: SiteView) => boolean) => api.siteWhen(siteId, condition);
  const audit = async () => {
    const store = await openStore(dataDir);
    const lines = await store.selectFrom("audit_log").select(["action", "author"]).orderBy("at").execute();
    await store.destroy();
    return lines.map(({ action, author }) => `${author} ${action}`);
  };
  return {
    dataDir,
    brokerPort: controller.brokerPort,
    siteId,
    sensor,
    api,
    call,
    signIn,
    setBarrier,
    document,
    shown,
    audit,
  };
}

test("a way of spreading is counted on first, then shut, then open again, each as the box reports it", async (t) => {
  const { sensor, api, siteId, signIn, setBarrier, document, shown, audit } = await setUp(t);
  assert.equal((await setBarrier("mail")).status, 401);
  await signIn();
  sensor.tried.set("mail", new Map([[mailer, 212]]));

  const asked = (await setBarrier("mail")).body.barriers[0];
  assert.deepEqual([asked?.mode, asked?.level, asked?.reportedAt], ["dry", "unconfirmed", null]);
  assert.match(asked?.levelText ?? "", /^Asked .*; the box has not confirmed\.$/);
  await sensor.until(() => document()?.barriers?.length === 1);
  await sensor.report();
  const dry = (await shown((site) => site.barriers[0]?.level === "counted")).barriers[0];
  assert.deepEqual([dry?.passed, dry?.stopped, dry?.hosts], [212, 0, [{ host: mailer, passed: 212, stopped: 0 }]]);
  assert.equal(dry?.levelText, "Dry run: mail on port 25 to the Internet is counted and passed.");
  assert.equal((await api.site(siteId)).counts.contained, 0, "nothing is stopped");

  await setBarrier("mail", { mode: "enforce" });
  await sensor.until(() => document()?.barriers?.[0]?.mode === "enforce");
  assert.equal(document()?.barriers?.length, 1, "it takes the place of the dry run");
  assert.notEqual(document()?.barriers?.[0]?.id, dry?.id, "the box counts by id and mode");
  await sensor.report();
  const site = await shown(({ barriers }) => barriers[0]?.level === "stopped");
  assert.equal(site.barriers[0]?.stopped, 212);
  assert.equal(site.counts.contained, 1, "the mailer's way is shut");

  const id = document()?.barriers?.[0]?.id;
  await setBarrier("mail", { mode: "enforce", exceptions: [quiet, quiet], expiresAt: Date.now() + day });
  await sensor.until(() => document()?.barriers?.[0]?.exceptions.length === 1);
  assert.equal(document()?.barriers?.[0]?.id, id, "an exception makes no other barrier");

  const off = await setBarrier("mail", { mode: "off" });
  assert.equal(off.body.barriers[0]?.releasing, true, "the box holds it until it says otherwise");
  await sensor.until(() => document()?.barriers === undefined);
  await sensor.report();
  await shown(({ barriers }) => barriers.length === 0);
  assert.equal((await setBarrier("mail", { mode: "off" })).body.code, "already-released");
  const log = await audit();
  assert.equal(log.filter((line) => line === "operator barrier-set").length, 3);
  assert.ok(log.includes("operator barrier-released"));
  assert.deepEqual(sensor.refused, []);
});

test("an exception of an infected machine is refused with the reason, and does not outlive its infection", async (t) => {
  const { sensor, signIn, setBarrier, document, shown } = await setUp(t);
  await signIn();
  const refused = await setBarrier("mail", { exceptions: [mailer] });
  assert.deepEqual([refused.status, refused.body.code], [422, "exception-refused"]);
  assert.equal(refused.body.detail, `DESK-07: ${whyNoException({ verdict: "infected" }) ?? ""}`);
  assert.equal(document()?.barriers, undefined);

  await setBarrier("mail", { exceptions: [quiet] });
  await sensor.until(() => document()?.barriers?.length === 1);
  sensor.infected.add(quiet);
  await sensor.report();
  const [barrier] = (await shown(({ barriers }) => barriers[0]?.refusedExceptions.length === 1)).barriers;
  assert.equal(barrier?.refusedExceptions[0]?.host, quiet);
});

test("what makes no sense as a barrier is refused with a code", async (t) => {
  const { sensor, signIn, setBarrier, document } = await setUp(t);
  await signIn();
  const cases = [
    ["mail", { expiresAt: 1 }, "expiry-in-the-past"],
    ["mail", { area: "r-nowhere" }, "unknown-area"],
    ["dns", {}, "resolvers-missing"],
    ["gopher", {}, "bad-request"],
    ["mail", { mode: "panic" }, "bad-request"],
    ["mail", { reason: "" }, "bad-request"],
    ["dns", { resolvers: ["not an address"] }, "bad-request"],
  ] as const;
  for (const [way, more, code] of cases) assert.equal((await setBarrier(way, more)).body.code, code);
  const set = await setBarrier("dns", { resolvers: ["192.168.10.1"] });
  assert.deepEqual(set.body.resolvers, ["192.168.10.1"]);
  assert.equal((await setBarrier("dns", { mode: "enforce" })).status, 200, "the site's own are known by now");
  await sensor.until(() => document()?.barriers?.[0]?.mode === "enforce");
  assert.deepEqual(document()?.resolvers, ["192.168.10.1"]);
});

test("an area is named, cut from the Internet and by hand, and forgotten once nothing is asked for it", async (t) => {
  const { sensor, call, signIn, setBarrier, document, shown, audit } = await setUp(t);
  await signIn();
  const named = await call("POST", "/areas", { name: "Reception", hosts: [mailer, scanner], reason: "Seen the cable" });
  const area = named.body.areas[0]?.id ?? "";
  assert.deepEqual(named.body.areas, [{ id: area, name: "Reception", hosts: [mailer, scanner] }]);
  assert.equal((await setBarrier("smb", { area })).status, 200);

  const cut = (from: string, more: object = {}) => call("POST", "/area-cuts", { ...term, area, from, ...more });
  assert.equal((await cut("internet")).status, 200);
  assert.equal((await cut("internet")).body.code, "already-asked");
  await cut("neighbours");
  await sensor.until(() => document()?.areaCuts?.length === 2);
  sensor.silent.add(mailer);
  await sensor.report();
  const site = await shown(({ areaCuts }) => areaCuts.every(({ level }) => level !== "unconfirmed"));
  const text = (from: string) => site.areaCuts.find((each) => each.from === from)?.levelText;
  assert.equal(
    text("internet"),
    "All 2 machines are cut from the Internet but for remedies; neighbours on the switch can still reach them.",
  );
  assert.match(text("neighbours") ?? "", /^By hand: .* 1 of 2 machines have gone silent so far\.$/);
  assert.equal(site.counts.contained, 2, "both infected machines are in it");

  const end = { reason: "Cleaned" };
  assert.equal((await call("DELETE", `/areas/${area}`, end)).body.code, "area-in-use");
  for (const { id } of site.areaCuts) assert.equal((await call("DELETE", `/area-cuts/${id}`, end)).status, 200);
  assert.equal((await call("DELETE", `/area-cuts/${site.areaCuts[0]?.id}`, end)).body.code, "already-released");
  await setBarrier("smb", { area, mode: "off" });
  const renamed = await call("PUT", `/areas/${area}`, { name: "Front", hosts: [scanner], reason: "Moved" });
  assert.deepEqual(renamed.body.areas, [{ id: area, name: "Front", hosts: [scanner] }]);
  assert.deepEqual((await call("DELETE", `/areas/${area}`, end)).body.areas, []);
  assert.equal((await call("PUT", `/areas/${area}`, { name: "x", hosts: [], reason: "x" })).body.code, "unknown-area");
  const log = await audit();
  for (const action of ["area-named", "area-cut-asked", "area-cut-released", "area-changed", "area-forgotten"]) {
    assert.ok(log.includes(`operator ${action}`), action);
  }
});

test("a declared server is cut off with its area only by somebody who confirms it", async (t) => {
  const { sensor, call, signIn, shown } = await setUp(t);
  await signIn();
  const mail = "02:00:5e:10:00:02";
  const known = sampleHosts(Date.now()).filter(({ host }) => host === mail);
  await sensor.sendHosts(known.map((host) => ({ ...host, role: { ...host.role, declared: true } })));
  await shown(({ hosts }) => hosts.find(({ host }) => host === mail)?.role.declared === true);
  const set = (method: string, at: string, hosts: readonly string[], more: object = {}) =>
    call(method, at, { name: "Shelf", hosts, reason: "Seen", ...more });
  const area = (await set("POST", "/areas", [mail])).body.areas[0]?.id ?? "";
  const cut = (more: object = {}) => call("POST", "/area-cuts", { ...term, area, from: "internet", ...more });
  const refused = (await cut()).body;
  assert.equal(refused.code, "server-unconfirmed");
  assert.match(refused.detail, /^declared servers in Shelf: MAIL \(mail.server\)$/);
  assert.equal((await set("PUT", `/areas/${area}`, [quiet])).status, 200);
  assert.equal((await cut()).status, 200);
  const joined = (more: object = {}) => set("PUT", `/areas/${area}`, [quiet, mail], more);
  assert.equal((await joined()).body.code, "server-unconfirmed", "by joining it as well");
  assert.equal((await joined({ isConfirmed: true })).status, 200);
  assert.equal((await joined()).status, 200, "it is in already");
});

test("the line is cut only by somebody who confirms it, says so first of all, and is put back", async (t) => {
  const { sensor, call, signIn, document, shown, audit } = await setUp(t);
  await signIn();
  assert.equal((await call("PUT", "/line-cut", term)).body.code, "line-cut-unconfirmed");
  assert.equal(document()?.lineCut, undefined);
  const asked = await call("PUT", "/line-cut", { ...term, isConfirmed: true, expiresAt: Date.now() + day });
  assert.equal(asked.body.lineCut?.level, "unconfirmed");
  assert.notEqual(asked.body.sentence, "The line is cut for everybody.", "before the box says so it is not");
  assert.equal((await call("PUT", "/line-cut", { ...term, isConfirmed: true })).body.code, "already-asked");
  await sensor.until(() => document()?.lineCut !== undefined);
  await sensor.report();
  const site = await shown(({ lineCut }) => lineCut?.level === "line-cut");
  assert.equal(site.sentence, "The line is cut for everybody.");
  assert.match(site.cause, /^By operator, until \d\d:\d\d:\d\d|^By operator, until \d/);
  assert.equal(site.counts.contained, 2);

  const back = await call("DELETE", "/line-cut", { reason: "All clean" });
  assert.equal(back.body.lineCut?.releasing, true);
  await sensor.until(() => document()?.lineCut === undefined);
  await sensor.report();
  await shown(({ lineCut }) => lineCut === null);
  assert.equal((await call("DELETE", "/line-cut", { reason: "x" })).body.code, "already-released");
  const log = await audit();
  assert.ok(log.includes("operator line-cut-asked") && log.includes("operator line-cut-released"));
});

test("what a cut-off machine keeps is set by a person, with what cannot be told at once", async (t) => {
  const { sensor, call, signIn, document, audit } = await setUp(t);
  await signIn();
  const remedies = {
    shipped: true,
    names: [{ name: "help.example.com" }],
    addresses: [{ address: "192.0.2.9", ports: [443, 445] }],
  };
  const portal = { isOn: true, contact: "Anna, 0201 555" };
  const set = await call("PUT", "/remedies", { remedies, portal, reason: "Our help desk" });
  assert.deepEqual(set.body.keeps, {
    remedies,
    portal,
    refused: ["192.0.2.9 keeps no port 445, which worms spread by"],
  });
  await sensor.until(() => document()?.portal !== undefined);
  assert.deepEqual([document()?.remedies, document()?.portal], [remedies, portal]);
  const wrong = { ...remedies, names: [{ name: "com" }] };
  assert.equal((await call("PUT", "/remedies", { remedies: wrong, portal, reason: "x" })).body.code, "bad-request");
  assert.ok((await audit()).includes("operator remedies-set"));
});

test("a machine on probation is let be by a pardon", async (t) => {
  const { sensor, call, signIn, document, shown } = await setUp(t);
  await signIn();
  const probation = {
    since: Date.now(),
    until: Date.now() + day,
    known: 9,
    newcomers: [{ host: quiet, since: Date.now() }],
  };
  await sensor.report({ probation });
  assert.deepEqual((await shown((site) => site.probation !== null)).probation, probation);
  const let_ = (host: string, until: number | null) =>
    call("PUT", `/pardons/${host}`, { reason: "A new laptop", until });
  assert.equal((await let_("02:00:5e:99:99:99", null)).body.code, "unknown-host");
  assert.equal((await let_(quiet, 1)).body.code, "expiry-in-the-past");
  const given = await let_(quiet, null);
  assert.equal(given.body.hosts.find(({ host }) => host === quiet)?.pardon?.reason, "A new laptop");
  await sensor.until(() => document()?.pardons?.[0]?.host === quiet);
});

test("records restored from a backup take back what the box holds for more than one machine", async (t) => {
  const { sensor, signIn, document, api, siteId } = await setUp(t);
  await signIn();
  const wished = { reason: "A worm", author: "ann", startsAt: Date.now(), expiresAt: null };
  const none = { passed: 0, stopped: 0, hosts: [], refusedExceptions: [], refusal: null, inForceSince: Date.now() };
  const barrier: ReportedBarrier = {
    ...{ id: "b-old", ...wished, way: "smb", mode: "enforce", area: null, exceptions: [quiet], level: "stopped" },
    ...none,
  };
  const elsewhere: ReportedBarrier = { ...barrier, id: "b-lost", area: "r-lost" };
  const cut: ReportedAreaCut = {
    ...{ id: "x-old", ...wished, area: "r-old", from: "internet", level: "partly-cut", hosts: 3, cut: [mailer] },
    ...{ silent: [scanner], packetsStopped: 4, refusal: null, inForceSince: null },
  };
  const lineCut = {
    id: "l-old",
    ...wished,
    level: "line-cut",
    inForceSince: 1,
    packetsStopped: 2,
    refusal: null,
  } as const;
  await sensor.report({ epoch: 2, revision: 41, barriers: [barrier, elsewhere], areaCuts: [cut], lineCut });
  await sensor.until(() => document()?.epoch === 2);
  assert.deepEqual(
    document()?.barriers?.map(({ id, mode, area }) => [id, mode, area]),
    [["b-old", "enforce", null]],
    "one for an area that nobody remembers is none for the whole site",
  );
  assert.deepEqual(document()?.areas?.[0]?.hosts, [mailer, scanner]);
  assert.deepEqual([document()?.areaCuts?.[0]?.id, document()?.lineCut?.id], ["x-old", "l-old"]);
  assert.equal((await api.site(siteId)).areas.length, 1);
});

test("a box that tells of another site's areas and wishes changes nothing there", async (t) => {
  const { dataDir, brokerPort, sensor, call, signIn, setBarrier, document, api, siteId } = await setUp(t);
  await signIn();
  await call("POST", "/areas", { name: "Reception", hosts: [quiet], reason: "Seen" });
  await setBarrier("mail");
  await sensor.until(() => document()?.barriers?.length === 1);
  const { areas, barriers } = await api.site(siteId);
  const profile = await enrol(dataDir, brokerPort, { sensorId: "box-two", siteName: "Elsewhere" });
  const other = await FakeSensor.start({ profile });
  t.after(() => other.close());
  await other.until(() => other.adopted.length > 0);
  const wished = { reason: "x", author: "eve", startsAt: Date.now(), expiresAt: null };
  const cut: ReportedAreaCut = {
    ...{ id: barriers[0]?.id ?? "", ...wished, area: areas[0]?.id ?? "", from: "internet", level: "internet-cut" },
    ...{ hosts: 1, cut: [mailer], silent: [], packetsStopped: 0, refusal: null, inForceSince: 1 },
  };
  await other.report({ epoch: 2, revision: 9, areaCuts: [cut] });
  await other.until(() => other.adopted.at(-1)?.epoch === 2);
  assert.deepEqual(other.adopted.at(-1)?.areas?.[0]?.hosts, [mailer]);
  const site = await api.site(siteId);
  assert.deepEqual([site.areas, site.barriers.map(({ way, mode }) => [way, mode])], [areas, [["mail", "dry"]]]);
});
