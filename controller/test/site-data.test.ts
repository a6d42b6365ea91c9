/** What a client is given of its site, and what is left of a site that was removed. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { silentLog } from "../src/ambient.ts";
import { forgetSite, writeSiteExport } from "../src/commands/site-data.ts";
import { withdrawSensor } from "../src/commands/sensor-withdraw.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { enrol, startTestController } from "./harness.ts";
import { asOwner } from "./people.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { openStore, storeUrlOf } from "./store.ts";

test("a site is exported whole and without keys; removed, nothing of it is left but who did what", async (t) => {
  const [data, remove] = scratchDir();
  t.after(remove);
  const controller = await startTestController(data);
  t.after(() => controller.close());
  const profile = await enrol(data, controller.brokerPort, { sensorId: "box-gone", siteName: "Bakery Gone" });
  await enrol(data, controller.brokerPort, { sensorId: "box-stays", siteName: "Bakery Stays" });
  const owner = await asOwner(controller);
  const siteId = profile.site.id;
  const sensor = await FakeSensor.start({ profile });
  t.after(() => sensor.close());
  await sensor.until(() => sensor.adopted.length > 0);
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report();
  await owner.siteWhen(siteId, ({ counts }) => counts.hosts === 10);
  const wish = { kind: "quarantine", host: "02:00:5e:10:00:07", reason: "worm", expiresAt: null };
  assert.equal((await owner.call("POST", `/api/v1/sites/${siteId}/containments`, wish)).status, 201);

  const store = await storeUrlOf(data);
  const where = { data, siteId, ...(store === undefined ? {} : { store }) };
  const output = join(data, "bakery.jsonl.gz");
  const said: string[] = [];
  const print = (line: string) => said.push(line);
  await writeSiteExport({ ...where, output }, silentLog, print);
  const text = gunzipSync(readFileSync(output)).toString();
  const [head, ...lines] = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly table?: string; readonly siteName?: string });
  assert.equal(head?.siteName, "Bakery Gone");
  const tables = new Set(lines.map(({ table }) => table));
  for (const table of ["sites", "sensors", "hosts", "containments", "audit_log"]) assert.ok(tables.has(table), table);
  assert.ok(text.includes("02:00:5e:10:00:07"));
  assert.ok(!text.includes("Bakery Stays"));
  assert.ok(!tables.has("enrolment_tokens") && !text.includes("PRIVATE KEY"));
  await assert.rejects(writeSiteExport({ ...where, output }, silentLog, print), { code: "file-unavailable" });
  assert.ok(existsSync(output), "what was there is not touched");
  await assert.rejects(writeSiteExport({ ...where, siteId: "none", output: `${output}2` }, silentLog, print), {
    code: "unknown-site",
  });

  const reason = "the client has gone";
  await assert.rejects(forgetSite({ ...where, reason }, silentLog, print), { code: "data-in-use" });
  await sensor.close();
  await controller.close();
  await assert.rejects(forgetSite({ ...where, reason }, silentLog, print), { code: "box-not-withdrawn" });
  await withdrawSensor("revoke", { ...where, sensorId: "box-gone", reason }, silentLog, print);
  mkdirSync(join(data, "answers"), { recursive: true });
  writeFileSync(join(data, "answers", "a-1.part"), "packets");
  await forgetSite({ ...where, reason }, silentLog, print);
  assert.ok(!existsSync(join(data, "answers", "a-1.part")));
  const rows = await openStore(data);
  t.after(() => rows.destroy());
  for (const { name } of await rows.introspection.getTables()) {
    const all = JSON.stringify(
      await rows
        .selectFrom(name as "sites")
        .selectAll()
        .execute(),
    );
    if (name === "sites") assert.ok(all.includes("Bakery Stays"));
    if (name === "audit_log") assert.ok(all.includes("site-removed"));
    else assert.doesNotMatch(all, new RegExp(`box-gone|Bakery Gone|${siteId}"`), name);
  }
});
