/** The time line of a site: what stands there, how it is looked through, and the file that it makes. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { csvField } from "../src/api/timeline-export.ts";
import type { TimelineEntry, TimelinePage, TimelineSummary } from "../src/api/timeline-view.ts";
import type { ContainmentView, Problem } from "../src/api/view.ts";
import { defaultBatchLimits } from "../src/ingest/notice-store.ts";
import { defaultRetentionLimits } from "../src/store/shares.ts";
import { FakeSensor, type SentNotice } from "./fake-sensor.ts";
import { enrol, startTestController } from "./harness.ts";
import { asOwner, invite, take } from "./people.ts";
import { aHost, aLine } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

const desk = aHost({ host: "02:00:5e:00:00:07", name: "DESK-07" });
const infected = aHost({
  ...desk,
  ...{ verdict: "infected", class: "mass-mailer", vector: "mail", score: 6.4 },
  evidence: [aLine({ count: 9, text: '=HYPERLINK("http://evil.example")' })],
});

async function setUp(t: TestContext, timelineRows = defaultRetentionLimits.timelineRows) {
  const [dataDir, remove] = scratchDir();
  const batchLimits = { ...defaultBatchLimits, retention: { ...defaultRetentionLimits, timelineRows } };
  const controller = await startTestController(dataDir, { batchLimits });
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const sensor = await FakeSensor.start({ profile });
  const owner = await asOwner(controller);
  t.after(async () => {
    await sensor.close();
    await controller.close();
    remove();
  });
  let sent = 0;
  const tell = async (...notices: readonly SentNotice[]) => {
    sent += notices.length;
    await sensor.send(...notices);
    await sensor.until(() => (sensor.stored.at(-1)?.sequence ?? 0) >= sent);
  };
  const path = `/api/v1/sites/${profile.site.id}`;
  const ask = async <T = TimelinePage>(question = "") =>
    (await owner.call<T>("GET", `${path}/timeline${question}`)).body;
  return { dataDir, controller, sensor, owner, path, tell, ask };
}

const whats = (page: TimelinePage): string[] => page.entries.map(({ what }) => what);

test("evidence, verdicts, people's actions and what became of them, policy, line and box stand in order", async (t) => {
  const { sensor, owner, path, tell, ask } = await setUp(t);
  await tell({ kind: "host", host: desk });
  await tell({ kind: "host", host: infected });
  const grown = (count: number) => ({ ...infected, evidence: [aLine({ count })] });
  // Once for the verdict, and once where the counter has grown ten-fold.
  await tell({ kind: "host", host: grown(8) }, { kind: "host", host: grown(10) }, { kind: "host", host: grown(99) });
  const asked = await owner.call<ContainmentView>("POST", `${path}/containments`, {
    ...{ kind: "quarantine", host: desk.host, reason: "Mass mailer", expiresAt: Date.now() + 3_600_000 },
  });
  const change = { kind: "containment", containmentId: asked.body.id, host: desk.host, change: "in-force" } as const;
  await tell({ ...change, text: "Cut from the Internet." });
  await owner.call("PUT", `${path}/policy`, { policy: "guard", reason: "Nobody watches" });
  await owner.call("DELETE", `${path}/containments/${asked.body.id}`, { reason: "Cleaned" });
  await tell({ kind: "line", line: { state: "dead", since: Date.now(), text: "No answer." } });
  await tell({ kind: "line", line: { state: "dead", since: Date.now(), text: "Still none." } });
  await sensor.publish("pulse", "no figures");
  await sensor.publish("pulse", "no figures");
  await owner.call("GET", `${path}/refusals`);
  await owner.call("GET", `${path}/nat-log?outsidePort=40000&at=1`);

  const page = await ask();
  assert.deepEqual(
    page.entries.filter(({ kind }) => kind !== "box").map(({ kind, what, person, name }) => [kind, what, person, name]),
    [
      ["people", "nat-log-read", "operator", null],
      ["line", "line-dead", null, null],
      ["policy", "pardon-given", "operator", "DESK-07"],
      ["action", "containment-released", "operator", "DESK-07"],
      ["policy", "policy-set", "operator", null],
      ["action", "containment-in-force", null, "DESK-07"],
      ["action", "containment-asked", "operator", "DESK-07"],
      ["evidence", "evidence-counted", null, "DESK-07"],
      ["verdict", "verdict-infected", null, "DESK-07"],
      ["evidence", "evidence", null, "DESK-07"],
      ["verdict", "host-seen", null, "DESK-07"],
    ].toSorted((a, b) => order(page, a) - order(page, b)),
  );
  const box = page.entries.filter(({ kind }) => kind === "box").map(({ what }) => what);
  assert.equal(box.filter((what) => what === "refused").length, 1);
  for (const what of ["sensor-enrolled", "box-online", "box-software", "box-placement"]) assert.ok(box.includes(what));
  assert.deepEqual(
    page.entries.find(({ what }) => what === "nat-log-read")?.detail,
    {},
    "what was looked up is not told",
  );
  assert.match(page.entries.find(({ what }) => what === "containment-asked")?.text ?? "", /^quarantine of DESK-07/);

  const summary = await ask<TimelineSummary>("/summary");
  assert.deepEqual(
    { ...summary.counts, box: 0 },
    { action: 3, box: 0, evidence: 2, line: 1, people: 1, policy: 2, verdict: 2 },
  );
  assert.equal(summary.story?.name, "DESK-07");
  assert.equal(summary.story.infected, 1);
  assert.ok((summary.story.cutAt ?? 0) >= summary.story.beganAt);
  assert.deepEqual(
    new Set(
      summary.overview.marks.filter(({ kind }) => kind === "verdict" || kind === "line").map(({ state }) => state),
    ),
    new Set(["dead", "infected", "seen"]),
  );

  const filters: readonly (readonly [string, readonly string[]])[] = [
    ["?kind=verdict", ["verdict-infected", "host-seen"]],
    ["?kind=verdict,line", ["line-dead", "verdict-infected", "host-seen"]],
    ["?person=operator&kind=action", ["containment-released", "containment-asked"]],
    [`?host=${desk.host}&kind=policy`, ["pardon-given"]],
    ["?text=MASS%20mailer", ["containment-asked"]],
    ["?text=100%25", []],
    // No row of its own names the address: it is the machine's.
    ["?text=192.168.10.21&kind=verdict", ["verdict-infected", "host-seen"]],
    ["?text=192.168.10.2&kind=verdict", []],
    ["?text=02:00:5E:00:00:07&kind=policy", ["pardon-given"]],
    ["?kind=verdict&to=1", []],
    [`?kind=line&from=${Date.now() + 60_000}`, []],
  ];
  for (const [question, expected] of filters) {
    assert.deepEqual(whats(await ask(question)).toSorted(), [...expected].toSorted(), question);
  }
  for (const wrong of ["?kind=weather", "?limit=0", "?before=x", "?before=1_a&after=1_a", "?from=yesterday"]) {
    assert.equal((await ask<Problem>(wrong)).code, "bad-request", wrong);
  }
  assert.equal((await ask<Problem>("?around=nothing")).code, "unknown-row");
});

/** Where a row stands on the page: what happened within one millisecond has no order of its own. */
function order({ entries }: TimelinePage, [, what]: readonly (string | null)[]): number {
  return entries.findIndex((entry) => entry.what === what);
}

test("pages go both ways, hold while rows come in, and a row has its page", async (t) => {
  const { tell, ask } = await setUp(t);
  const hosts = Array.from({ length: 25 }, (_, index) =>
    aHost({ host: `02:00:5e:00:01:${String(index).padStart(2, "0")}` }),
  );
  await tell(...hosts.map((host) => ({ kind: "host", host }) as const));
  const all = (await ask("?kind=verdict")).entries;
  assert.equal(all.length, 25);
  const ids = (page: TimelinePage): string[] => page.entries.map(({ id }) => id);
  const first = await ask("?kind=verdict&limit=10");
  assert.equal(first.hasNewer, false);
  await tell({ kind: "host", host: infected });
  const second = await ask(`?kind=verdict&limit=10&before=${first.older}`);
  const third = await ask(`?kind=verdict&limit=10&before=${second.older}`);
  assert.deepEqual(
    [...ids(first), ...ids(second), ...ids(third)],
    all.map(({ id }) => id),
  );
  assert.equal(third.older, null);
  assert.equal(third.hasNewer, true);
  assert.deepEqual(ids(await ask(`?kind=verdict&limit=10&after=${third.newer}`)), ids(second));
  assert.deepEqual(whats(await ask(`?kind=verdict&after=${first.newer}`)), ["verdict-infected"]);
  const nothing = await ask(`?kind=line&after=${first.newer}`);
  assert.deepEqual([nothing.entries, nothing.newer], [[], first.newer]);
  const row = all[12]?.id ?? "";
  const around = await ask(`?kind=verdict&limit=6&around=${row}`);
  assert.deepEqual(
    ids(around),
    all.slice(9, 16).map(({ id }) => id),
  );
  assert.ok(around.older !== null && around.hasNewer);
});

test("the rows make a file that no spreadsheet runs, for those who see the site alone", async (t) => {
  const { dataDir, controller, owner, path, tell } = await setUp(t);
  await tell({ kind: "host", host: infected });
  const csv = await owner.call<string>("GET", `${path}/timeline/export?format=csv&kind=evidence,verdict`);
  assert.match(csv.headers.get("content-type") ?? "", /^text\/csv/);
  assert.match(csv.headers.get("content-disposition") ?? "", /^attachment; filename="cordon-/);
  const lines = csv.body.split("\r\n");
  assert.equal(lines[0], '"time","kind","what","machine","machine_key","person","text","id"');
  assert.equal(lines.length, 4);
  assert.match(csv.body, /"DESK-07: =HYPERLINK\(""http:\/\/evil\.example""\)/);
  assert.doesNotMatch(csv.body, /"[=+@-]/);
  // Nor one that takes a semicolon, a tab or a line's end for the end of a field.
  assert.equal(csvField("=a;=b\r\n@c\t+d; e-f;g"), `"'=a;'=b\r\n'@c\t'+d; e-f;g"`);
  assert.equal(csvField("＝a＝b;＠c"), `"'＝a＝b;'＠c"`);
  const json = await owner.call<{ entries: TimelineEntry[]; isWhole: boolean }>(
    "GET",
    `${path}/timeline/export?format=json`,
  );
  assert.equal(json.body.isWhole, true);
  assert.deepEqual(json.body.entries, (await owner.call<TimelinePage>("GET", `${path}/timeline`)).body.entries);

  await enrol(dataDir, controller.brokerPort, { sensorId: "box-two", siteName: "Another office" });
  const customer = await owner.call<{ id: string }>("POST", "/api/v1/customers", { name: "Somebody else" });
  const reader = { name: "Rita", role: "reader", customers: [customer.body.id] };
  const { api } = await take(controller, (await invite(owner, reader)).body.token);
  for (const part of ["", "/summary", "/export?format=csv"]) {
    assert.equal((await api.call<Problem>("GET", `${path}/timeline${part}`)).body.code, "unknown-site");
  }
});

test("what a box tells is bounded, and takes nothing of what people did", async (t) => {
  const { owner, path, tell, ask } = await setUp(t, 20);
  await owner.call("PUT", `${path}/policy`, { policy: "guard", reason: "Nobody watches" });
  const hosts = Array.from({ length: 60 }, (_, index) =>
    aHost({ host: `02:00:5e:00:01:${String(index).padStart(2, "0")}` }),
  );
  await tell(...hosts.map((host) => ({ kind: "host", host }) as const));
  const { entries } = await ask();
  assert.ok(entries.filter(({ person }) => person === null).length <= 20);
  assert.ok(
    entries.some(({ what }) => what === "policy-set") && entries.some(({ what }) => what === "sensor-enrolled"),
  );
  // The sums that are kept say what the rows say, of everybody and of one person.
  const counted = (rows: readonly TimelineEntry[]): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const { kind } of rows) sums[kind] = (sums[kind] ?? 0) + 1;
    return sums;
  };
  const summary = await ask<TimelineSummary>("/summary");
  assert.deepEqual(summary.counts, counted((await ask("?limit=500")).entries));
  assert.deepEqual(
    (await ask<TimelineSummary>("/summary?person=operator")).counts,
    counted((await ask("?limit=500&person=operator")).entries),
  );
  assert.deepEqual(summary.people, ["operator"]);
});
