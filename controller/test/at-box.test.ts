/** A box that is its own centre: who gets in, what he may, and what becomes of it. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { maxInlineAnswerBytes, maxLookUpFlows, pinAuthor, type Containment, type LookUpAnswer } from "@cordon/contract";
import { defaultPinLimits } from "../src/account/pin.ts";
import type { AskView } from "../src/api/ask-view.ts";
import type { PlaceView } from "../src/api/at-box-view.ts";
import type { ContainmentView, Problem, SiteView } from "../src/api/view.ts";
import type { WalkView } from "../src/api/walk-view.ts";
import { BoxStand, boxPin, boxSite, wishedBy, type BoxStandOptions } from "./box-stand.ts";
import { lookedUp } from "./looked-up.ts";
import { aHost } from "./sample-hosts.ts";
import { openStore } from "../src/store/open-store.ts";
import { scratchDir } from "./scratch.ts";
import { WalkScript } from "./walk-script.ts";

const [desk, till] = ["02:00:5e:00:00:01", "02:00:5e:00:00:02"] as const;
const site = `/api/v1/sites/${boxSite}`;

async function standing(t: TestContext, options: Omit<BoxStandOptions, "dataDir"> = {}): Promise<BoxStand> {
  const [dataDir, remove] = scratchDir();
  const stand = await BoxStand.start({ dataDir, ...options });
  t.after(async () => {
    await stand.close();
    remove();
  });
  stand.hosts([aHost({ mac: desk }), aHost({ mac: till })]);
  await stand.signIn();
  return stand;
}

function aCut(changes: Partial<Containment> = {}): Containment {
  return {
    ...{ id: "c-centre", kind: "quarantine", host: desk, vector: null, reason: "mails", author: "Olga" },
    ...{ startsAt: Date.now() - 60_000, expiresAt: null },
    ...changes,
  };
}

test("who mistypes the PIN waits, and has not waited less when the centre was started anew", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  let now = Date.now();
  const options = { dataDir, now: () => now, pinLimits: { ...defaultPinLimits, tries: 2, pauseMs: 0 } };
  let stand = await BoxStand.start(options);
  t.after(() => stand.close());
  const tryPin = async (pin: string) => (await stand.api.call<Problem>("POST", "/api/v1/session", { pin })).status;
  assert.deepEqual([await tryPin("1"), await tryPin("2"), await tryPin(boxPin)], [401, 429, 429]);
  const pinFailures = [...stand.wrongPins];
  assert.deepEqual(
    pinFailures.map(({ source }) => source),
    ["127.0.0.1", "127.0.0.1"],
  );
  await stand.close();
  stand = await BoxStand.start({ ...options, pinFailures });
  assert.equal(await tryPin(boxPin), 429, "after a restart");
  now += 60_001;
  assert.equal(await tryPin(boxPin), 201);
  await stand.until(() => stand.deeds.some(({ action }) => action === "session-opened"));
  assert.deepEqual(
    stand.deeds.map(({ action, author }) => [action, author === pinAuthor]),
    [
      ["pin-refused", false],
      ["pin-refused", false],
      ["session-opened", true],
    ],
  );
});

test("its pages go by TLS alone: who asks without is sent there and told nothing, and the cookie goes no other way", async (t) => {
  const stand = await standing(t);
  const plain = await fetch(`${stand.url.replace("https:", "http:")}/login?pin=1`, { redirect: "manual" });
  assert.deepEqual([plain.status, plain.headers.get("location"), await plain.text()], [307, `${stand.url}/`, ""]);
  const { headers } = await stand.api.call("POST", "/api/v1/session", { pin: boxPin });
  assert.match(headers.get("set-cookie") ?? "", /; HttpOnly; Secure; SameSite=Strict/);
  // Else the warning, which is right here, could not be gone past any more.
  assert.equal(headers.get("strict-transport-security"), null);
});

test("whom to call is told behind the PIN; before it no more than that the label says it", async (t) => {
  const contacts = [{ name: "Anna Brandt", phone: "+49 30 1234", email: "anna@brandt.example", for: "dead line" }];
  const stand = await standing(t, { contacts });
  assert.deepEqual((await stand.api.call<SiteView>("GET", site)).body.contacts, contacts);
  stand.api.cookie = "";
  const place = await stand.api.call<PlaceView>("GET", "/api/v1/place");
  const refused = await stand.api.call<Problem>("GET", site);
  assert.deepEqual([place.status, refused.status], [200, 401]);
  assert.equal(place.body.kind === "box" && place.body.isSomebodyNamed, true);
  assert.doesNotMatch(JSON.stringify([place.body, refused.body]), /Anna|1234|example/);
});

test("what may be changed at the box is what was delegated, and everything else is the centre's", async (t) => {
  const stand = await standing(t);
  const description = await stand.api.call<{ paths: Record<string, Record<string, unknown>> }>(
    "GET",
    "/api/v1/openapi.json",
  );
  const allowed = new Set<string>();
  let refused = 0;
  for (const [path, methods] of Object.entries(description.body.paths)) {
    for (const method of Object.keys(methods)) {
      const route = `${method.toUpperCase()} ${path}`;
      if (method === "get" || /session|invitations|passkey/.test(path)) continue;
      const at = path.replace("{siteId}", boxSite).replaceAll(/\{\w+\}/g, "none");
      const { status, body } = await stand.api.call<Problem>(method.toUpperCase(), at);
      if (status === 403 && body.code === "not-at-box") refused += 1;
      else allowed.add(route.replace("/api/v1/sites/{siteId}/", ""));
    }
  }
  assert.deepEqual([...allowed].toSorted(), [
    "DELETE area-cuts/{cutId}",
    "DELETE containments/{containmentId}",
    "DELETE line-cut",
    "DELETE walk/{walkId}",
    "POST area-cuts",
    "POST containments",
    "POST look-ups",
    "POST walk",
    "PUT barriers/{way}",
    "PUT line-cut",
    "PUT walk/{walkId}",
  ]);
  assert.ok(refused > 20, `${refused} refused`);
  for (const path of ["/api/v1/people", "/api/v1/audit", `${site}/asks`]) {
    assert.equal((await stand.api.call<Problem>("GET", path)).body.code, "not-at-box", path);
  }
});

test("a cut is signed with the box's key, ends with what was delegated, and says what it goes on from", async (t) => {
  const held = wishedBy({ containments: [aCut()] });
  const stand = await standing(t, { standing: { held, base: held } });
  const place = (await stand.api.call<PlaceView>("GET", "/api/v1/place")).body;
  assert.ok(place.kind === "box" && place.actsUntil !== null);
  const shown = (await stand.api.call<SiteView>("GET", site)).body;
  assert.equal(shown.hosts.find(({ host }) => host === desk)?.containments[0]?.author, "Olga");
  const wish = { kind: "quarantine", host: till, reason: "scans", expiresAt: null };
  const cut = (await stand.api.call<ContainmentView>("POST", `${site}/containments`, wish)).body;
  const last = stand.signed.at(-1);
  assert.equal(cut.expiresAt, place.actsUntil);
  assert.deepEqual(
    last?.containments.map(({ id }) => id),
    ["c-centre", cut.id],
  );
  assert.deepEqual([last?.revision, last?.local?.base.revision, last?.local?.ended], [6, 5, []]);
  const freed = await stand.api.call("DELETE", `${site}/containments/c-centre`, { reason: "cleaned" });
  assert.equal(freed.status, 200);
  const [after] = stand.signed.slice(-1);
  assert.deepEqual([after?.revision, after?.local?.ended], [7, ["c-centre"]]);
  // Under a policy that would take it again, it is left alone, and no longer than may be.
  assert.ok(
    after?.pardons?.every(({ author, until }) => author === pinAuthor && until !== null && until <= place.actsUntil!),
  );
  await stand.until(() => stand.deeds.length >= 4);
  assert.deepEqual(
    stand.deeds.map(({ action, host }) => [action, host]),
    [
      ["session-opened", null],
      ["containment-asked", till],
      ["containment-released", desk],
      ["pardon-given", desk],
    ],
  );
});

test("a log that began anew numbers what is done as nothing that was told before", async (t) => {
  const stand = await standing(t, { deedsUntil: 57 });
  await stand.until(() => stand.deeds.length > 0);
  assert.deepEqual(
    stand.deeds.map(({ number, action }) => [number, action]),
    [[58, "session-opened"]],
  );
});

test("what lies behind a line of evidence is looked up in the box's own log, and that somebody did is handed on", async (t) => {
  const told = lookedUp(maxLookUpFlows, desk);
  // More than goes through a broker, which has an upload beside it.
  assert.ok(JSON.stringify(told).length > maxInlineAnswerBytes);
  const stand = await standing(t, { answers: () => told });
  const question = { at: Date.now(), errorMs: 60_000, host: desk, limit: maxLookUpFlows };
  const lookUp = async () => {
    const { status, body } = await stand.api.call<AskView>("POST", `${site}/look-ups`, question);
    if (status !== 201) return status;
    const answer = await stand.api.call<AskView>("GET", `${site}/asks/${body.id}?waitMs=5000`);
    // What was let be asked is not shown any more where the PIN's word was taken back meanwhile.
    if (answer.status !== 200) return answer.status;
    return (answer.body.body as LookUpAnswer).flows.length;
  };
  assert.equal(await lookUp(), maxLookUpFlows);
  assert.deepEqual(stand.asks[0]?.question, question);
  await stand.until(() => stand.deeds.length >= 2);
  assert.deepEqual(
    stand.deeds.map(({ action, host }) => [action, host]),
    [
      ["session-opened", null],
      ["flow-log-asked", desk],
    ],
  );
  // It changes nothing, so that it goes on where the line has been dead for days; whoever takes the PIN's word back ends it.
  stand.stand({ delegation: { may: ["contain"], notAfter: Date.now() - 1 } });
  assert.equal(await lookUp(), maxLookUpFlows);
  stand.stand({ delegation: { may: [], notAfter: Date.now() + 1_000_000 } });
  // Its pages hear of that when the box has told them.
  const deadline = Date.now() + 10_000;
  let last = await lookUp();
  while (last !== 403 && Date.now() < deadline) last = await lookUp();
  assert.equal((await stand.api.call("POST", `${site}/look-ups`, question)).status, 403);
});

test("a pulled cable is told at the box itself, and what was pulled is handed on", async (t) => {
  const stand = await standing(t);
  const script = new WalkScript(stand);
  const view = async (method = "GET", path = "") =>
    (await stand.api.call<WalkView>(method, `${site}/walk${path}`)).body;
  assert.deepEqual(await view(), { obstacle: null, walk: null });
  const begun = await view("POST");
  const { id } = await script.begun();
  assert.equal(begun.walk?.id, id);
  await script.set("answering", desk, till).say(id);
  await script.find("gone", till).say(id);
  await stand.until(() => stand.deeds.some(({ action }) => action === "cable-pulled"));
  const [found] = (await view()).walk?.findings ?? [];
  assert.deepEqual([found?.kind, found?.hosts], ["gone", [till]]);
  await view("DELETE", `/${id}`);
  await stand.until(() => stand.cancelled.includes(id) && stand.deeds.some(({ action }) => action === "walk-ended"));
  assert.deepEqual(
    stand.deeds.map(({ action, host }) => [action, host]),
    [
      ["session-opened", null],
      ["walk-armed", null],
      ["cable-pulled", till],
      ["walk-ended", null],
    ],
  );
  // It sends questions down the line, which nobody may have it do who may do nothing there.
  stand.stand({ delegation: { may: ["contain"], notAfter: Date.now() - 1 } });
  assert.equal((await stand.api.call<Problem>("POST", `${site}/walk`)).body.code, "not-delegated");
});

test("without a delegation that counts nothing can be asked for, and all can be seen", async (t) => {
  const stand = await standing(t);
  const wish = { kind: "quarantine", host: till, reason: "scans", expiresAt: null };
  for (const delegation of [
    null,
    { may: [], notAfter: Date.now() + 1000_000 },
    { may: ["contain"], notAfter: Date.now() - 1 },
  ]) {
    stand.stand({ delegation });
    const answer = await stand.api.call<Problem>("POST", `${site}/containments`, wish);
    assert.equal(answer.body.code, "not-delegated");
  }
  assert.equal((await stand.api.call<SiteView>("GET", site)).body.hosts.length, 2);
  assert.deepEqual(stand.signed, []);
});

test("a document of the centre that comes in between takes nothing away that was just asked for", async (t) => {
  const stand = await standing(t);
  stand.isDeaf = true;
  const wish = { kind: "quarantine", host: till, reason: "scans", expiresAt: null };
  const cut = (await stand.api.call<ContainmentView>("POST", `${site}/containments`, wish)).body;
  assert.equal(stand.signed.length, 1);
  stand.isDeaf = false;
  const next = wishedBy({ revision: 6, containments: [aCut({ id: "c-new" })] });
  stand.stand({ held: next, base: next, awaySince: null });
  await stand.until(() => stand.signed.length === 2);
  const last = stand.signed.at(-1);
  assert.deepEqual(last?.containments.map(({ id }) => id).toSorted(), [cut.id, "c-new"].toSorted());
  assert.deepEqual([last?.revision, last?.local?.base.revision], [7, 6]);
});

test("what the centre has met already and ended is not carried over to its document, what came after is", async (t) => {
  const stand = await standing(t);
  const ask = async (host: string) => {
    const wish = { kind: "quarantine", host, reason: "scans", expiresAt: null };
    return (await stand.api.call<ContainmentView>("POST", `${site}/containments`, wish)).body.id;
  };
  await ask(desk);
  const [first] = stand.signed;
  stand.isDeaf = true;
  const second = await ask(till);
  stand.isDeaf = false;
  const { epoch, revision, issuedAt } = first!;
  const next = wishedBy({ revision: 7, answers: { epoch, revision, issuedAt } });
  stand.stand({ held: next, base: next, awaySince: null });
  await stand.until(() => stand.signed.length === 3);
  assert.deepEqual(
    stand.signed.at(-1)?.containments.map(({ id }) => id),
    [second],
  );
});

test("a clock that is set right between two clicks loses neither, and numbers them as they came", async (t) => {
  let now = Date.now() + 86_400_000;
  const stand = await standing(t, { now: () => now });
  const ask = async (host: string) => {
    const wish = { kind: "quarantine", host, reason: "scans", expiresAt: null };
    return (await stand.api.call<ContainmentView>("POST", `${site}/containments`, wish)).body.id;
  };
  const first = await ask(desk);
  now -= 86_400_000;
  const second = await ask(till);
  const [one, two] = stand.signed;
  assert.deepEqual(two?.containments.map(({ id }) => id).toSorted(), [first, second].toSorted());
  assert.ok(one !== undefined && two.issuedAt < one.issuedAt && two.revision === one.revision + 1);
  await stand.until(() => stand.deeds.length >= 3);
  assert.deepEqual(
    stand.deeds.map(({ action, host }) => [action, host]),
    [
      ["session-opened", null],
      ["containment-asked", desk],
      ["containment-asked", till],
    ],
  );
});

test("what has ended by itself is found to have ended once, and keeps the box from nothing that is asked", async (t) => {
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const held = wishedBy({ containments: [aCut({ expiresAt: Date.now() - 1_000 })] });
  const stand = await BoxStand.start({ dataDir, standing: { held, base: held } });
  t.after(() => stand.close());
  stand.hosts([aHost({ mac: desk }), aHost({ mac: till })]);
  await stand.signIn();
  const store = await openStore(dataDir, {});
  // One that counts as carried still would be looked for again at once, and without end.
  const row = await store.selectFrom("containments").select("dropped_revision").executeTakeFirstOrThrow();
  await store.destroy();
  assert.equal(row.dropped_revision, 5);
  const wish = { kind: "quarantine", host: till, reason: "scans", expiresAt: null };
  const cut = (await stand.api.call<ContainmentView>("POST", `${site}/containments`, wish)).body;
  const last = stand.signed.at(-1);
  // By the sensor's time it may hold still: left out unsaid, the sensor would refuse the whole.
  assert.deepEqual([last?.containments.map(({ id }) => id), last?.local?.ended], [[cut.id, "c-centre"], []]);
});
