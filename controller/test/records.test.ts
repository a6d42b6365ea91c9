import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Translation } from "@cordon/contract";
import type { ChangesPage, NatLogAnswer } from "../src/api/record-view.ts";
import type { Problem } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { FakeSensor, type SentNotice } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

const noon = 1_800_000_000_000;

async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const other = await enrol(dataDir, controller.brokerPort, { sensorId: "box-two" });
  const sensor = await FakeSensor.start({ profile, now: () => noon });
  const api = new ApiClient(controller.url);
  t.after(async () => {
    await sensor.close();
    await controller.close();
    remove();
  });
  const at = (siteId: string) => (path: string) =>
    api.call<NatLogAnswer & ChangesPage & Problem>("GET", `/api/v1/sites/${siteId}/${path}`);
  const signIn = async () => await api.signIn(await controller.createLoginLink());
  let sent = 0;
  /** Sends notices and waits until they are in the store. */
  const tell = async (...notices: readonly SentNotice[]) => {
    sent += notices.length;
    await sensor.send(...notices);
    await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= sent);
  };
  return { dataDir, tell, signIn, ask: at(profile.site.id), askOther: at(other.site.id), askNobody: at("nowhere") };
}

const [desk] = sampleHosts(noon);

function aTranslation(id: string, more: Partial<Translation> = {}): Translation {
  return {
    ...{ id, change: "begun", at: noon, protocol: "tcp", host: desk?.host ?? null },
    ...{ insideAddress: "10.213.77.20", insidePort: 50_000 },
    ...{ outsideAddress: "192.0.2.2", outsidePort: 40_000, remoteAddress: "198.51.100.9", remotePort: 25 },
    ...more,
  };
}

test("who was behind an outside port is told by name to whoever is signed in, and the look-up is written down", async (t) => {
  const { dataDir, tell, signIn, ask, askOther, askNobody } = await setUp(t);
  assert.ok(desk !== undefined);
  await tell(
    { kind: "host", host: desk },
    { kind: "nat", translations: [aTranslation("a"), aTranslation("b", { outsideAddress: "192.0.2.3" })], lost: 2 },
  );
  const question = `nat-log?outsidePort=40000&at=${noon + 20_000}&outsideAddress=192.0.2.2`;
  assert.equal((await ask(question)).status, 401);
  await signIn();
  const { status, body } = await ask(question);
  assert.equal(status, 200);
  assert.deepEqual(
    body.entries.map((entry) => ("insideAddress" in entry ? [entry.name, entry.insideAddress, entry.beganAt] : [])),
    [[desk.name, "10.213.77.20", noon]],
  );
  assert.deepEqual([body.hasMore, body.lost], [false, 2]);
  // Whose box it is about is told by the path alone.
  assert.match((await ask(`${question}&sensorId=box-two`)).body.detail ?? "", /sensorId is no field of this request/);
  // Of another site's box, and of none, nothing.
  assert.deepEqual((await askOther(question)).body.entries, []);
  assert.equal((await askNobody(question)).body.code, "unknown-site");
  const store = await openStore(dataDir);
  const written = await store.selectFrom("audit_log").selectAll().where("action", "=", "nat-log-read").execute();
  await store.destroy();
  assert.deepEqual(
    written.map(({ author, subject }) => `${author} ${subject}`).toSorted((a, b) => (a < b ? -1 : 1)),
    ["operator box-one", "operator box-two"],
  );
  assert.match(written[0]?.detail ?? "", /"outsidePort":40000/);
});

test("the log comes by pages, and a question out of bounds is refused", async (t) => {
  const { tell, signIn, ask } = await setUp(t);
  await signIn();
  const translations = Array.from({ length: 7 }, (_, index) => aTranslation(`n${index}`, { at: noon + index }));
  await tell({ kind: "nat", translations, lost: 0 });
  const seen: string[] = [];
  for (const offset of [0, 3, 6]) {
    const { body } = await ask(`nat-log?outsidePort=40000&at=${noon}&limit=3&offset=${offset}`);
    assert.equal(body.hasMore, offset < 6);
    seen.push(...body.entries.map((entry) => String("beganAt" in entry ? entry.beganAt : "")));
  }
  assert.deepEqual(seen, translations.map((translation) => String(translation.at)).toReversed());
  for (const wrong of [
    "nat-log",
    `nat-log?at=${noon}`,
    `nat-log?outsidePort=70000&at=${noon}`,
    `nat-log?outsidePort=1&at=${noon}&limit=101`,
    `nat-log?outsidePort=1&at=${noon}&outsideAddress=%27or`,
    `nat-log?outsidePort=1&at=${noon}&withinMs=99999999`,
    "changes?limit=0",
    "changes?limits=1",
    "timeline?kinds=line",
    "changes?before=yesterday",
  ]) {
    assert.equal((await ask(wrong)).body.code, "bad-request", wrong);
  }
});

test("what became of machines and of rules is told, the newest first and by pages", async (t) => {
  const { tell, signIn, ask } = await setUp(t);
  assert.equal((await ask("changes")).status, 401);
  await signIn();
  assert.deepEqual((await ask("changes")).body, { entries: [], next: null });
  assert.ok(desk !== undefined);
  const change = { kind: "containment", change: "in-force", text: "It holds." } as const;
  await tell(
    { kind: "host", host: desk },
    { ...change, containmentId: "c1", host: desk.host },
    { ...change, containmentId: "b1", host: "", scope: "barrier" },
    { ...change, containmentId: "a1", host: "", scope: "area", change: "expired" },
    { ...change, containmentId: "l1", host: "", scope: "line", change: "released" },
    { ...change, containmentId: "b1", host: "", scope: "barrier", change: "refused", text: "there is no such area" },
  );
  const first = (await ask("changes?limit=3")).body;
  const second = (await ask(`changes?limit=3&before=${first.next}`)).body;
  const told = [...first.entries, ...second.entries].map((entry) =>
    "scope" in entry ? [entry.scope, entry.containmentId, entry.change, entry.name] : [],
  );
  assert.deepEqual(told, [
    ["barrier", "b1", "refused", null],
    ["line", "l1", "released", null],
    ["area", "a1", "expired", null],
    ["barrier", "b1", "in-force", null],
    ["host", "c1", "in-force", desk.name],
  ]);
  assert.equal(second.next, null);
});
