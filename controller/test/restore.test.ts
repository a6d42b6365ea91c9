// A controller that is put back to an old copy of its data, and the boxes that know better: what they hold is taken up, what
// was taken back stays so, and what a person does before they have reported is laid over that.
import assert from "node:assert/strict";
import { cpSync, rmSync } from "node:fs";
import { test, type TestContext } from "node:test";
import type { DesiredDocument, Reported } from "@cordon/contract";
import type { Problem, SiteView } from "../src/api/view.ts";
import { backUpStore, openStore, restoreStore } from "./store.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";

const hostOf = (number: number) => `02:00:5e:00:00:0${number}`;
const reason = "A worm";

/** A site with a box and eight machines, of which copies are made and put back. */
async function setUp(t: TestContext) {
  const [dataDir, remove] = scratchDir();
  const [backup, removeBackup] = scratchDir();
  let controller = await startTestController(dataDir);
  const brokerPort = controller.brokerPort;
  const profile = await enrol(dataDir, brokerPort, { sensorId: "box-one" });
  const sensors: FakeSensor[] = [];
  t.after(async () => {
    for (const sensor of sensors) await sensor.close();
    await controller.close();
    remove();
    removeBackup();
  });
  const site = `/api/v1/sites/${profile.site.id}`;
  let api = new ApiClient("");
  const signIn = async () => {
    api = new ApiClient(controller.url);
    await api.signIn(await controller.createLoginLink());
  };
  await signIn();
  const box = async (holds?: DesiredDocument, reports: Partial<Reported> = {}) => {
    const sensor = await FakeSensor.start({ profile, ...(holds === undefined ? {} : { holds, reports }) });
    sensors.push(sensor);
    return sensor;
  };
  const first = await box();
  await first.until(() => first.adopted.length > 0);
  await first.sendHosts(Array.from({ length: 8 }, (_, index) => aHost({ host: hostOf(index + 1) })));
  await first.until(() => first.stored.length > 0);
  let sensor = first;
  /** The controller is down meanwhile, and the box comes back by itself. */
  const whileDown = async (act: () => void | Promise<void>, comesBack = true) => {
    await sensor.close();
    await controller.close();
    await act();
    controller = await startTestController(dataDir, { brokerPort });
    await signIn();
    if (comesBack) sensor = await box(sensor.adopted.at(-1));
  };
  const call = async <T = SiteView & Problem>(method: string, path: string, body: object = { reason }) => {
    const answer = await api.call<T>(method, site + path, body);
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  const cut = (number: number, kind = "quarantine") =>
    call<{ id: string }>("POST", "/containments", {
      kind,
      vector: null,
      host: hostOf(number),
      reason,
      expiresAt: null,
    });
  return {
    dataDir,
    sensor: () => sensor,
    held: () => sensor.adopted.at(-1) as DesiredDocument,
    call,
    cut,
    release: (id: string) => call("DELETE", `/containments/${id}`),
    /** Resolves when what the box holds says so, and it has told that. */
    reached: async (holds: (document: DesiredDocument) => boolean) => {
      await sensor.until(() => holds(sensor.adopted.at(-1) as DesiredDocument));
      await sensor.report();
      const { epoch, revision } = sensor.adopted.at(-1) as DesiredDocument;
      const isTold = ({ sensor: told }: SiteView) => told.reportedRevision === revision && epoch > 0;
      await api.siteWhen(profile.site.id, isTold);
    },
    backUp: () =>
      whileDown(() => {
        cpSync(dataDir, backup, { recursive: true });
        backUpStore(dataDir, backup);
      }),
    /** Afterwards the box is still away. */
    restore: () =>
      whileDown(async () => {
        rmSync(dataDir, { recursive: true });
        cpSync(backup, dataDir, { recursive: true });
        await restoreStore(dataDir, backup);
      }, false),
    comeBack: async (reports: Partial<Reported> = {}) => {
      sensor = await box(sensor.adopted.at(-1), reports);
      return sensor;
    },
    box,
  };
}

const hostsOf = ({ containments }: DesiredDocument) => containments.map(({ host }) => host).toSorted();
const isAfter = (a: DesiredDocument, b: DesiredDocument) =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.revision > b.revision);

for (const [name, clicks] of [
  ["the revision that the box has", 1],
  ["a revision ahead of the box's", 3],
] as const) {
  test(`what a person wishes under ${name}, before it has reported, is laid over what it holds`, async (t) => {
    const { sensor, backUp, restore, comeBack, cut, reached, held } = await setUp(t);
    await sensor().report();
    await backUp();
    await cut(1);
    await reached((document) => document.containments.length === 1);
    const before = held();
    await restore();
    for (let click = 0; click < clicks; click += 1) await cut(2 + click);
    const back = await comeBack();
    const wished = [1, ...Array.from({ length: clicks }, (_, click) => 2 + click)].map(hostOf);
    await back.until(() => back.adopted.length > 1);
    assert.deepEqual(hostsOf(held()), wished, "at once, and in one document");
    assert.ok(isAfter(held(), before));
    assert.deepEqual(back.received.length, 1, "nothing was sent that knew only half");
    assert.deepEqual(back.refused, []);
    await cut(7);
    await reached((document) => document.containments.length === clicks + 2);
  });
}

test("what was taken back since the backup stays so, and what was given since comes back, an authorisation to record included", async (t) => {
  const { backUp, restore, comeBack, call, cut, release, reached, held, sensor } = await setUp(t);
  const [kept, ended] = [await cut(1), await cut(2, "throttle")];
  const record = { by: "R. Voss", role: "owner", scope: { kind: "site" }, until: Date.now() + 86_400_000 };
  await call("PUT", "/recording", record);
  await call("PUT", `/duties/${hostOf(3)}`, { duty: "backup", reason });
  await call("PUT", `/pardons/${hostOf(4)}`, { reason, until: null });
  const barrier = { mode: "enforce", area: null, exceptions: [], expiresAt: null, reason };
  await call("PUT", "/barriers/smb", barrier);
  await reached(({ barriers = [] }) => barriers.length === 1);
  await backUp();
  await release(ended.id);
  await call("DELETE", "/recording");
  await call("DELETE", `/duties/${hostOf(3)}`);
  await call("DELETE", `/pardons/${hostOf(4)}`);
  await call("PUT", `/duties/${hostOf(5)}`, { duty: "scanner", reason });
  await call("PUT", `/pardons/${hostOf(6)}`, { reason, until: null });
  await call("PUT", "/policy", { policy: "contain", reason });
  await reached(({ policy }) => policy === "contain");
  await restore();
  const back = await comeBack();
  await back.until(() => back.adopted.length > 1);
  const { containments, throttles, recording, duties, pardons, policy, barriers } = held();
  assert.deepEqual(
    [containments.map(({ id }) => id), throttles, recording, policy, barriers?.length],
    [[kept.id], undefined, undefined, "contain", 1],
  );
  assert.deepEqual([duties?.map(({ host }) => host), pardons?.map(({ host }) => host)], [[hostOf(5)], [hostOf(6)]]);
  assert.deepEqual(back.refused, []);

  // The other way round: what was allowed since comes back in full.
  await backUp();
  await call("PUT", "/recording", record);
  await reached((document) => document.recording !== undefined);
  const allowed = held().recording;
  await restore();
  const again = await comeBack();
  await again.until(() => again.adopted.length > 1);
  // Whoever gave it gave it to records that have forgotten him.
  const by = "R. Voss (reported by the box)";
  assert.deepEqual(held().recording, {
    ...allowed,
    authorisations: allowed?.authorisations.map((each) => ({ ...each, by })),
  });
  assert.equal(sensor().adopted.length, 2);
});

test("what a person takes back or changes on restored records, before the box has reported, stays his word", async (t) => {
  const { backUp, restore, comeBack, call, cut, release, reached, held } = await setUp(t);
  const [one, two] = [await cut(1), await cut(2)];
  await call("PUT", `/duties/${hostOf(3)}`, { duty: "backup", reason });
  await call("PUT", `/pardons/${hostOf(4)}`, { reason, until: null });
  await call("PUT", "/policy", { policy: "observe", reason });
  await reached(({ policy }) => policy === "observe");
  await backUp();
  await call("PUT", "/policy", { policy: "contain", reason });
  await cut(8);
  await reached(({ containments }) => containments.length === 3);
  await restore();
  await release(one.id);
  await call("PUT", `/duties/${hostOf(3)}`, { duty: "scanner", reason });
  await call("DELETE", `/pardons/${hostOf(4)}`);
  await call("PUT", "/policy", { policy: "guard", reason });
  const recorded = { by: "R. Voss", role: "owner", scope: { kind: "site" }, until: Date.now() + 86_400_000 };
  await call("PUT", "/recording", recorded);
  const back = await comeBack();
  await back.until(() => back.adopted.length > 1);
  const { duties, pardons, policy, recording } = held();
  assert.deepEqual(hostsOf(held()), [hostOf(2), hostOf(8)]);
  assert.ok(held().containments.some(({ id }) => id === two.id));
  assert.deepEqual(
    [duties?.map(({ duty }) => duty), pardons, policy, recording?.authorisations[0]?.by],
    [["scanner"], undefined, "guard", "R. Voss"],
  );
});

test("what a box tells alone because nobody has seen it end is not wished for again", async (t) => {
  const { cut, release, reached, backUp, restore, comeBack, sensor, held } = await setUp(t);
  await sensor().report();
  await backUp();
  const [kept, released] = [await cut(1), await cut(2)];
  await reached(({ containments }) => containments.length === 2);
  const { containments } = held();
  await release(released.id);
  await reached((document) => document.containments.length === 1);
  await restore();
  // Its executor is away: it has the release, and cannot say that it was carried out.
  const unseen = {
    level: "unconfirmed" as const,
    inForceSince: 1,
    packetsStopped: 0,
    lastStoppedAt: null,
    refusal: null,
  };
  const told = containments.map((containment) => ({ ...containment, ...unseen }));
  const back = await comeBack({ containments: told, ending: [released.id] });
  await back.until(() => back.adopted.length > 1);
  assert.deepEqual(
    held().containments.map(({ id }) => id),
    [kept.id],
  );
});

test("who says again what the restored records say already has said it, and it is not as the box has it", async (t) => {
  const { backUp, restore, comeBack, call, reached, held } = await setUp(t);
  const barrier = (mode: string) => call("PUT", "/barriers/smb", { mode, exceptions: [], expiresAt: null, reason });
  await call("PUT", "/policy", { policy: "guard", reason });
  await barrier("dry");
  await reached(({ barriers = [] }) => barriers.length === 1);
  await backUp();
  await call("PUT", "/policy", { policy: "contain", reason });
  await barrier("enforce");
  await call("PUT", "/barriers/ssh", { mode: "dry", exceptions: [], expiresAt: null, reason });
  await reached(({ barriers = [] }) => barriers.length === 2);
  await restore();
  await call("PUT", "/policy", { policy: "guard", reason });
  await barrier("dry");
  const back = await comeBack();
  await back.until(() => back.adopted.length > 1);
  const { policy, barriers } = held();
  const modes = Object.fromEntries(barriers?.map(({ way, mode }) => [way, mode]) ?? []);
  assert.deepEqual([policy, modes, barriers?.length], ["guard", { smb: "dry", ssh: "dry" }, 2]);
});

test("a box that tells nothing of when its document was issued is taken as before", async (t) => {
  const { dataDir, sensor, backUp, restore, box, cut, reached, held } = await setUp(t);
  await sensor().report();
  await backUp();
  await cut(1);
  await cut(2);
  await reached((document) => document.containments.length === 2);
  const { issuedAt: _untold, ...before } = held();
  await restore();
  await cut(3);
  // It asks for its orders before it says what it holds.
  const old = await box();
  const { epoch, revision } = before;
  const told = before.containments.map((containment) => ({
    ...containment,
    ...{ level: "internet-cut" as const, inForceSince: 1, packetsStopped: 0, lastStoppedAt: null, refusal: null },
  }));
  await old.report({ epoch, revision, containments: told });
  await old.until(() => old.adopted.some(({ revision: next }) => next > revision));
  assert.deepEqual(hostsOf(old.adopted.at(-1) as DesiredDocument), [1, 2, 3].map(hostOf));

  const store = await openStore(dataDir);
  const issued = await store.selectFrom("issued_documents").select("revision").execute();
  const adopted = await store.selectFrom("audit_log").select("id").where("action", "=", "revision-adopted").execute();
  await store.destroy();
  assert.equal(adopted.length, 1, "it is taken up once");
  assert.ok(issued.length > 0);
});

test("of what was issued a bounded number is remembered, and what was issued last before a start with its words", async (t) => {
  const { dataDir, sensor, backUp, restore, comeBack, cut, call, held } = await setUp(t);
  await sensor().report();
  await backUp();
  await cut(1);
  await sensor().until(() => held().containments.length === 1);
  await sensor().report();
  await restore();
  for (let click = 0; click < 30; click += 1) {
    await call("PUT", "/policy", { policy: click % 2 === 0 ? "guard" : "contain", reason });
  }
  const store = await openStore(dataDir);
  const rows = await store.selectFrom("issued_documents").select(["revision", "packed"]).orderBy("revision").execute();
  await store.destroy();
  const worded = rows.filter(({ packed }) => packed !== null).map(({ revision }) => revision);
  assert.equal(rows.length, 31);
  assert.deepEqual(worded, [1, ...Array.from({ length: 16 }, (_, index) => 16 + index)]);
  const back = await comeBack();
  await back.until(() => back.adopted.length > 1);
  assert.deepEqual([hostsOf(held()), held().policy], [[hostOf(1)], "contain"]);
});
