import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { test } from "node:test";
import { takesWipe } from "@cordon/contract";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { readBoxes } from "../src/fleet/boxes.ts";
import { orderWipe } from "../src/fleet/wipe.ts";
import { vouchedStatement } from "../src/fleet/wipe-statement.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { enrol, startTestController } from "./harness.ts";
import { asOwner } from "./people.ts";
import { sampleHosts } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { openStore } from "./store.ts";

test("a box that is to forget its site is let go of everything, says that it has, and is nobody from then on", async (t) => {
  const [dataDir, remove] = scratchDir();
  const controller = await startTestController(dataDir);
  t.after(async () => {
    await controller.close();
    remove();
  });
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-1" });
  const owner = await asOwner(controller);
  const siteId = profile.site.id;
  // As the command line does, from another process.
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const order = { sensorId: "box-1", author: "operator", reason: "end of the job" };
  const ordered = () => store.transaction().execute((rows) => orderWipe(rows, systemAmbient(silentLog), order));
  await assert.rejects(ordered(), {
    code: "wipe-not-taken",
    message: /was never heard: revoke it, and destroy its card/,
  });

  const sensor = await FakeSensor.start({ profile, takes: [takesWipe] });
  t.after(() => sensor.close());
  await sensor.until(() => sensor.adopted.length > 0);
  await sensor.sendHosts(sampleHosts(Date.now()));
  await sensor.report();
  await owner.siteWhen(siteId, ({ counts }) => counts.hosts === 10);
  const wish = { kind: "quarantine", host: "02:00:5e:10:00:07", reason: "worm", expiresAt: null };
  const cut = await owner.call("POST", `/api/v1/sites/${siteId}/containments`, wish);
  assert.equal(cut.status, 201, JSON.stringify(cut.body));
  await sensor.until(() => sensor.adopted.at(-1)?.containments.length === 1);
  await ordered();
  await assert.rejects(ordered(), { code: "already-ordered" });
  await sensor.until(() => sensor.adopted.at(-1)?.wipe !== undefined);
  const { containments, wipe, policy } = sensor.adopted.at(-1) ?? assert.fail();
  assert.deepEqual([containments, policy, wipe?.reason], [[], "observe", "end of the job"]);

  const { certificate, privateKey } = profile.credentials ?? assert.fail();
  const orderId = wipe?.id ?? "";
  const statement = JSON.stringify({
    sensor: "box-1",
    orderId,
    runs: ["root slot a hash 00c0ffee"],
    destroyed: ["its key"],
  });
  const signature = sign("sha256", Buffer.from(statement), privateKey).toString("base64");
  const wiped = {
    orderId,
    at: Date.now(),
    destroyed: 12,
    left: ["the profile"],
    integrity: { statement, signature, certificate },
  };
  const of = { sensorId: "box-1", authority: profile.controller.authority ?? "" };
  assert.equal(vouchedStatement(wiped, of)?.orderId, orderId);
  const forged = { ...wiped.integrity, statement: statement.replace("c0ffee", "c0ffff") };
  assert.equal(vouchedStatement({ ...wiped, integrity: forged }, of), null);
  assert.equal(vouchedStatement(wiped, { ...of, sensorId: "box-2" }), null);
  assert.equal(vouchedStatement(wiped, { ...of, authority: certificate }), null);
  assert.equal(vouchedStatement({ ...wiped, orderId: "w-other" }, of), null);
  await sensor.report({ wiped });
  const boxNow = async () => (await readBoxes(store, Date.now()))[0];
  await owner.siteWhen(siteId, (site) => site.sensor.identity.state === "revoked");
  const box = await boxNow();
  assert.equal(box?.state, "wiped");
  assert.deepEqual(box.wipe?.left, ["the profile"]);
  const { body } = await owner.call<readonly { action: string }[]>("GET", "/api/v1/audit");
  const actions = JSON.stringify(body);
  for (const action of ["box-wipe-ordered", "box-wiped", "sensor-revoked"]) assert.ok(actions.includes(action), action);
  assert.ok(actions.includes("root slot a hash 00c0ffee"), "what the box states of itself stands in the audit log");
  await assert.rejects(FakeSensor.start({ profile }), /closed/, "its key opens nothing any more");
});
