import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { openAuthority } from "../src/fleet/authority.ts";
import { reissueProfile } from "../src/fleet/enrol.ts";
import { openSigner } from "../src/fleet/signer.ts";
import { command } from "./command.ts";
import { openStore } from "./store.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { enrol, startTestController } from "./harness.ts";
import { aDataDir } from "./scratch.ts";

const rotate = (dataDir: string) => command("signer", "rotate", "--data", dataDir);

test("a box obeys the key that comes after the one that signed when its profile was made", async (t) => {
  const dataDir = aDataDir(t);
  const first = await startTestController(dataDir);
  const profile = await enrol(dataDir, first.brokerPort, { sensorId: "box-one" });
  assert.equal(new Set(profile.controller.signers).size, 2);
  const before = await FakeSensor.start({ profile });
  await before.until(() => before.adopted.length > 0);
  const busy = await rotate(dataDir);
  assert.equal(busy.code, 1);
  assert.match(busy.text, /another controller already serves/);
  await before.close();
  await first.close();

  const key = readFileSync(join(dataDir, "keys", "signer-next.pem"), "utf8");
  const rotated = await rotate(dataDir);
  assert.equal(rotated.code, 0, rotated.text);
  assert.equal(readFileSync(join(dataDir, "keys", "signer.pem"), "utf8"), key);

  const second = await startTestController(dataDir);
  t.after(() => second.close());
  const controller = { ...profile.controller, port: second.brokerPort };
  const after = await FakeSensor.start({ profile: { ...profile, controller } });
  t.after(() => after.close());
  await after.until(() => after.adopted.length > 0);
  assert.deepEqual(after.refused, []);
  const { keyId } = JSON.parse(after.received.at(-1) ?? "{}") as { keyId: string };
  assert.match(rotated.text, new RegExp(keyId));
});

test("a new profile counts once the box says that it has it", async (t) => {
  const dataDir = aDataDir(t);
  const first = await startTestController(dataDir);
  const profile = await enrol(dataDir, first.brokerPort, { sensorId: "box-one" });
  await (await FakeSensor.start({ profile })).close();
  await first.close();
  assert.equal((await rotate(dataDir)).code, 0);

  const ambient = systemAmbient(silentLog);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const parts = {
    ...{ store, ambient },
    ...{ authority: await openAuthority(dataDir, ambient), signer: await openSigner(dataDir, store, ambient) },
  };
  const anew = await reissueProfile(parts, { sensorId: "box-one", author: "operator" });
  assert.match((await rotate(dataDir)).text, /obeyed by box-one:/);

  const second = await startTestController(dataDir);
  const { controller, credentials } = profile;
  const moved = { ...controller, port: second.brokerPort, signers: anew.controller.signers };
  const box = await FakeSensor.start({ profile: { ...profile, controller: moved, credentials } });
  await box.close();
  await second.close();
  assert.equal((await rotate(dataDir)).code, 0);
});

test("it is not rotated past a box that would not obey, and is once that box has a new profile or none counts on it", async (t) => {
  const dataDir = aDataDir(t);
  await enrol(dataDir, 8883, { sensorId: "box-one" });
  await enrol(dataDir, 8883, { sensorId: "box-two", siteName: "Second" });
  assert.equal((await rotate(dataDir)).code, 0);
  const left = await rotate(dataDir);
  assert.equal(left.code, 1);
  assert.match(
    left.text,
    /would not be obeyed by box-one, box-two: make their profiles anew and bring them there, or retire them\n$/,
  );

  const ambient = systemAmbient(silentLog);
  const store = await openStore(dataDir);
  t.after(() => store.destroy());
  const parts = {
    ...{ store, ambient },
    ...{ authority: await openAuthority(dataDir, ambient), signer: await openSigner(dataDir, store, ambient) },
  };
  const anew = await reissueProfile(parts, { sensorId: "box-one", author: "operator" });
  assert.deepEqual(anew.controller.signers, parts.signer.accepted);
  assert.match((await rotate(dataDir)).text, /obeyed by box-two:/);
  await store.updateTable("sensors").set({ retired_at: 1 }).where("id", "=", "box-two").execute();
  assert.equal((await rotate(dataDir)).code, 0);
  const actions = await store.selectFrom("audit_log").select("action").where("action", "=", "signer-rotated").execute();
  assert.equal(actions.length, 2);
});
