import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Pardon, Policy, ReportedAutomatic } from "@cordon/contract";
import type { ContainmentView, Problem, SiteView } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";

const mailer = "02:00:5e:10:00:07";
const scanner = "02:00:5e:10:00:03";
const day = 86_400_000;

function anAutomatic(fields: Partial<ReportedAutomatic> = {}): ReportedAutomatic {
  const now = Date.now();
  const text = "Tried 12 mail servers, of 7 providers within 2 s.";
  return {
    id: "a-5f0c2b7d9e1a4c36",
    kind: "quarantine",
    host: mailer,
    vector: null,
    reason: `Infected: ${text}`,
    author: "Cordon, policy contain",
    startsAt: now - 1000,
    expiresAt: now + day,
    evidence: [{ kind: "mail-fan-out", for: true, weight: 6, count: 12, firstAt: now, lastAt: now, text }],
    level: "internet-cut",
    inForceSince: now - 800,
    packetsStopped: 40,
    lastStoppedAt: now,
    refusal: null,
    ...fields,
  };
}

async function setUp(t: TestContext) {
  const { dataDir, controller, path, siteId, sensor, api } = await standingSite(t);
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report({ policy: "observe" });
  const setPolicy = (policy: unknown, reason = "Nobody is there at night") =>
    api.call<SiteView & Problem>("PUT", `${path}/policy`, { policy, reason });
  const release = (id: string, more: object = {}) =>
    api.call<ContainmentView & Problem>("DELETE", `${path}/containments/${id}`, { reason: "Cleaned", ...more });
  const withdraw = (host: string) =>
    api.call<Pardon & Problem>("DELETE", `${path}/pardons/${host}`, { reason: "It mails again" });
  const signIn = async () => {
    await api.signIn(await controller.createLoginLink());
    await api.siteWhen(siteId, (site) => site.counts.hosts === 10 && site.sensor.reportedAt !== null);
  };
  const audit = async () => {
    const store = await openStore(dataDir);
    const lines = await store.selectFrom("audit_log").select(["action", "author", "subject"]).orderBy("at").execute();
    await store.destroy();
    return lines.map(({ action, author, subject }) => `${author} ${action} ${subject ?? ""}`);
  };
  return { dataDir, siteId, sensor, api, setPolicy, release, withdraw, signIn, audit };
}

const hostIn = (site: SiteView, host: string) => site.hosts.find((each) => each.host === host);
const effectOf = (site: SiteView, policy: Policy) => site.policyEffects.find((each) => each.policy === policy);

test("a person sets the policy, knows beforehand whom it would hold, and it is in the document at once", async (t) => {
  const { siteId, sensor, api, setPolicy, signIn, audit } = await setUp(t);
  assert.equal((await setPolicy("contain")).status, 401);
  await signIn();
  const site = await api.site(siteId);
  assert.deepEqual(
    site.policyEffects.map(({ policy }) => policy),
    ["observe", "guard", "contain"],
  );
  assert.deepEqual(effectOf(site, "observe"), { policy: "observe", holds: [], lets: [] });
  const held = (policy: Policy) =>
    effectOf(site, policy)?.holds.map(({ name, kind, vector, isHeld }) => `${name} ${kind} ${vector} ${isHeld}`);
  const throttled = "LAPTOP-ANNA throttle telnet false";
  assert.deepEqual(held("guard"), ["DESK-07 vector mail false", "FRONTDESK vector smb false", throttled]);
  assert.deepEqual(held("contain"), ["DESK-07 quarantine null false", "FRONTDESK quarantine null false", throttled]);

  assert.equal((await setPolicy("contain")).body.policy, "contain");
  await sensor.until(() => sensor.adopted.at(-1)?.policy === "contain");
  assert.equal((await api.site(siteId)).reportedPolicy, "observe", "the box has not said that it follows");
  await sensor.report({ policy: "contain" });
  await api.siteWhen(siteId, (each) => each.reportedPolicy === "contain");
  assert.ok((await audit()).includes(`operator policy-set ${siteId}`));
  for (const [policy, reason] of [
    ["panic", "x"],
    ["guard", ""],
    [undefined, "x"],
  ] as const) {
    assert.equal((await setPolicy(policy, reason)).body.code, "bad-request");
  }
});

test("what the policy took is on its machine with its ledger, and counts as contained", async (t) => {
  const { siteId, sensor, api, setPolicy, signIn } = await setUp(t);
  await signIn();
  await setPolicy("contain");
  await sensor.report({ policy: "contain", automatic: [anAutomatic(), anAutomatic({ id: "a-2", host: scanner })] });
  const site = await api.siteWhen(siteId, ({ counts }) => counts.contained === 2);
  assert.match(site.sentence, /^Line protected\./);
  const [view] = hostIn(site, mailer)?.containments ?? [];
  assert.deepEqual(
    [view?.automatic, view?.author, view?.level, view?.packetsStopped, view?.releasing],
    [true, "Cordon, policy contain", "internet-cut", 40, false],
  );
  assert.deepEqual(
    view?.evidence.map(({ kind }) => kind),
    ["mail-fan-out"],
  );
  assert.ok(effectOf(site, "contain")?.holds.every(({ isHeld, kind }) => isHeld || kind === "throttle"));
  assert.deepEqual(
    effectOf(site, "observe")
      ?.lets.map(({ host }) => host)
      .toSorted(),
    [scanner, mailer],
  );
  assert.deepEqual(effectOf(site, "guard")?.lets, [], "they would have something milder");
  assert.deepEqual(
    effectOf(site, "guard")?.holds.map(({ name, kind, isMilder }) => `${name} ${kind} ${isMilder}`),
    ["DESK-07 vector true", "FRONTDESK vector true", "LAPTOP-ANNA throttle false"],
  );
  const refusal = "it stands on the outside port, as the gateway does; cutting it would cut everyone";
  const refused = anAutomatic({ level: "none", inForceSince: null, refusal });
  await sensor.report({ policy: "contain", automatic: [refused] });
  const after = await api.siteWhen(siteId, ({ counts }) => counts.contained === 0);
  assert.equal(hostIn(after, mailer)?.containments[0]?.refusal, refusal, "a refusal is shown");
  assert.ok(!effectOf(after, "contain")?.holds.some(({ isHeld }) => isHeld), "and is no hold");
  assert.deepEqual(sensor.adopted.at(-1)?.containments, [], "nobody has wished for it");
});

test("whoever is on probation while a person has somebody cut off is let go by no policy", async (t) => {
  const { siteId, sensor, api, signIn } = await setUp(t);
  await signIn();
  const evidence = [{ kind: "never-seen", for: true, weight: 0, count: 1, firstAt: 1, lastAt: 1, text: "A stranger." }];
  await sensor.report({
    policy: "observe",
    automatic: [anAutomatic({ kind: "throttle", level: "throttled", evidence })],
  });
  const alone = await api.siteWhen(siteId, (site) => hostIn(site, mailer)?.containments[0]?.level === "throttled");
  const letGo = (site: SiteView) => effectOf(site, "observe")?.lets.map(({ host }) => host);
  assert.deepEqual(letGo(alone), [mailer]);
  const wish = { kind: "quarantine", host: scanner, reason: "Infected", expiresAt: null };
  assert.equal((await api.call("POST", `/api/v1/sites/${siteId}/containments`, wish)).status, 201);
  const cut = await api.siteWhen(siteId, (site) => (hostIn(site, scanner)?.containments.length ?? 0) > 0);
  assert.deepEqual(letGo(cut), []);
});

test("a release is a pardon that the document carries until it ends or is taken back", async (t) => {
  const { siteId, sensor, api, setPolicy, release, withdraw, signIn, audit } = await setUp(t);
  await signIn();
  await setPolicy("contain");
  const automatic = anAutomatic();
  await sensor.report({ policy: "contain", automatic: [automatic] });
  await api.siteWhen(siteId, (site) => (hostIn(site, mailer)?.containments.length ?? 0) > 0);
  assert.equal((await release(automatic.id, { pardonUntil: 1000 })).body.code, "expiry-in-the-past");
  const asked = Date.now();
  const released = await release(automatic.id);
  assert.deepEqual([released.status, released.body.releasing, released.body.level], [200, true, "internet-cut"]);
  await sensor.until(() => sensor.adopted.at(-1)?.pardons !== undefined);
  const [pardon] = sensor.adopted.at(-1)?.pardons ?? [];
  assert.deepEqual([pardon?.host, pardon?.author, pardon?.reason], [mailer, "operator", "Cleaned"]);
  const lastsMs = (pardon?.until ?? 0) - asked;
  assert.ok(lastsMs >= day && lastsMs < day + 60_000);
  assert.equal((await release(automatic.id)).body.code, "already-released");
  const pardoned = await api.site(siteId);
  assert.deepEqual(hostIn(pardoned, mailer)?.pardon, pardon);
  assert.ok(!effectOf(pardoned, "contain")?.holds.some(({ host }) => host === mailer));
  await sensor.report({ policy: "contain", automatic: [] });
  await api.siteWhen(siteId, (site) => hostIn(site, mailer)?.containments.length === 0);
  assert.equal((await release(automatic.id)).body.code, "unknown-containment");

  assert.equal((await withdraw(mailer)).body.author, "operator");
  await sensor.until(() => sensor.adopted.at(-1)?.pardons === undefined);
  assert.equal(hostIn(await api.site(siteId), mailer)?.pardon, null);
  assert.equal((await withdraw(mailer)).body.code, "unknown-pardon");
  const lines = await audit();
  for (const line of [`pardon-given ${mailer}`, `containment-released ${automatic.id}`, `pardon-withdrawn ${mailer}`]) {
    assert.ok(lines.includes(`operator ${line}`), line);
  }
});

test("a release without an end holds until it is taken back, and of a person's cut it is a pardon too where a policy acts", async (t) => {
  const { siteId, sensor, api, setPolicy, release, signIn } = await setUp(t);
  await signIn();
  const cut = async (host: string) =>
    (
      await api.call<ContainmentView>("POST", `/api/v1/sites/${siteId}/containments`, {
        ...{ kind: "quarantine", host, reason: "Infected", expiresAt: null },
      })
    ).body.id;
  await release(await cut(scanner));
  assert.equal(hostIn(await api.site(siteId), scanner)?.pardon, null, "under observe nobody needs one");
  await setPolicy("guard");
  await release(await cut(mailer), { pardonUntil: null });
  await sensor.until(() => sensor.adopted.at(-1)?.pardons?.length === 1);
  assert.deepEqual(
    sensor.adopted.at(-1)?.pardons?.map(({ host, until }) => [host, until]),
    [[mailer, null]],
  );
});

test("records restored from a backup keep the policy and the pardons as the box has them, and make no wish of what it took", async (t) => {
  const { siteId, sensor, api, signIn } = await setUp(t);
  await signIn();
  const pardon: Pardon = { host: scanner, author: "ann", reason: "Cleaned", at: Date.now(), until: null };
  await sensor.report({ epoch: 2, revision: 41, policy: "contain", pardons: [pardon], automatic: [anAutomatic()] });
  await sensor.until(() => sensor.adopted.at(-1)?.epoch === 2);
  const document = sensor.adopted.at(-1);
  assert.deepEqual(
    [document?.policy, document?.pardons, document?.containments, document?.throttles],
    ["contain", [{ ...pardon, author: "reported by the box" }], [], undefined],
  );
  assert.equal((await api.site(siteId)).policy, "contain");
});
