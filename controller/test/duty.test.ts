import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Problem, SiteView } from "../src/api/view.ts";
import { openStore } from "./store.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";

const scanner = "02:00:5e:10:00:03";
const reason = "Ours, from the service contract";

async function setUp(t: TestContext) {
  const { dataDir, controller, siteId, sensor, api } = await standingSite(t);
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report();
  const call = (method: string, host: string, body: unknown) =>
    api.call<SiteView & Problem>(method, `/api/v1/sites/${siteId}/duties/${host}`, body);
  const signIn = async () => {
    await api.signIn(await controller.createLoginLink());
    await api.siteWhen(siteId, (site) => site.counts.hosts === 10 && site.sensor.reportedAt !== null);
  };
  const audit = async () => {
    const store = await openStore(dataDir);
    const lines = await store.selectFrom("audit_log").select(["action", "author", "subject", "detail"]).execute();
    await store.destroy();
    return lines.filter(({ action }) => action.startsWith("duty-"));
  };
  const dutyIn = (site: SiteView) => site.hosts.find(({ host }) => host === scanner)?.duty;
  return { siteId, sensor, api, call, signIn, audit, dutyIn };
}

test("what a person says that a machine is for goes to the box, is shown with who and when, and is taken back", async (t) => {
  const { siteId, sensor, api, call, signIn, audit, dutyIn } = await setUp(t);
  assert.equal((await call("PUT", scanner, { duty: "scanner", reason })).status, 401);
  await signIn();
  const before = Date.now();
  const declared = await call("PUT", scanner, { duty: "scanner", reason });
  assert.equal(declared.status, 200);
  const said = dutyIn(declared.body);
  assert.deepEqual([said?.duty, said?.author, said?.reason, said?.isFollowed], ["scanner", "operator", reason, false]);
  assert.ok((said?.at ?? 0) >= before);
  await sensor.until(() => sensor.adopted.at(-1)?.duties !== undefined);
  const { isFollowed: _, ...asked } = said ?? { isFollowed: false };
  assert.deepEqual(sensor.adopted.at(-1)?.duties, [asked]);
  await sensor.report();
  await api.siteWhen(siteId, (site) => dutyIn(site)?.isFollowed === true);

  // Another word takes the place of the first.
  await call("PUT", scanner, { duty: "backup", reason });
  await sensor.until(() => sensor.adopted.at(-1)?.duties?.[0]?.duty === "backup");
  assert.equal(dutyIn(await api.site(siteId))?.isFollowed, false, "the box follows the word before");
  assert.equal(sensor.adopted.at(-1)?.duties?.length, 1);

  assert.equal((await call("DELETE", scanner, { reason: "It went" })).status, 200);
  await sensor.until(() => sensor.adopted.at(-1)?.duties === undefined);
  assert.equal(dutyIn(await api.site(siteId)), null);
  assert.equal((await call("DELETE", scanner, { reason: "It went" })).body.code, "unknown-duty");
  assert.deepEqual(
    (await audit()).map(({ action, author, subject, detail }) => [action, author, subject, JSON.parse(detail)]),
    [
      ["duty-declared", "operator", scanner, { duty: "scanner", reason }],
      ["duty-declared", "operator", scanner, { duty: "backup", reason }],
      ["duty-withdrawn", "operator", scanner, { duty: "backup", reason: "It went" }],
    ],
  );
});

test("of a machine that is not known, and by a word that is not, nothing is taken", async (t) => {
  const { sensor, call, signIn } = await setUp(t);
  await signIn();
  const last = sensor.adopted.at(-1)?.revision;
  assert.equal((await call("PUT", "02:00:5e:ff:ff:ff", { duty: "scanner", reason })).body.code, "unknown-host");
  assert.equal((await call("PUT", scanner, { duty: "gardening", reason })).status, 400);
  assert.equal((await call("PUT", scanner, { duty: "scanner", reason: "" })).status, 400);
  assert.equal(sensor.adopted.at(-1)?.revision, last);
});

test("what a box follows and the records have forgotten comes back into them", async (t) => {
  const { siteId, sensor, api, signIn, dutyIn } = await setUp(t);
  await signIn();
  const at = Date.now();
  const duties = [{ host: scanner, duty: "scanner", author: "ann", reason, at }];
  await sensor.report({ epoch: 1, revision: 40, duties });
  const site = await api.siteWhen(siteId, (each) => dutyIn(each) !== null);
  assert.deepEqual(dutyIn(site), { ...duties[0], author: "reported by the box", isFollowed: true });
  await sensor.until(() => sensor.adopted.at(-1)?.duties !== undefined);
});
