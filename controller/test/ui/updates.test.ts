/** Releases and a rollout, on their page: added, given to boxes, halted, gone on with. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { takesUpdate, type KeyedProfile, type ReportedUpdate } from "@cordon/contract";
import { FakeSensor } from "../fake-sensor.ts";
import { enrol } from "../harness.ts";
import { startDemo, type Demo } from "../seed-demo.ts";
import { BrowserStand, desktop, lowControls, overflow, phone, picture, skip, themes, skipLook } from "./stand.ts";

describe("updates of boxes, in Chromium", { skip }, () => {
  let stand: BrowserStand;
  let running: Demo;
  const sensors: FakeSensor[] = [];
  before(async () => {
    stand = await BrowserStand.start();
    const dataDir = join(stand.directory, "updates");
    running = await startDemo({ dataDir, uiDir: join(stand.directory, "ui"), scene: "contain" });
    for (const name of ["North office", "South office"]) {
      const wish = { sensorId: name.slice(0, 5).toLowerCase(), siteName: name };
      const profile: KeyedProfile = await enrol(dataDir, running.controller.brokerPort, wish);
      const sensor = await FakeSensor.start({ profile, takes: [takesUpdate] });
      sensors.push(sensor);
      await sensor.until(() => sensor.adopted.length > 0);
      await sensor.report({ update: { running: { version: "0.1.0", slot: "a" } } });
    }
  });
  after(async () => {
    for (const sensor of sensors) await sensor.close();
    await running.close();
    await stand.close();
    assert.deepEqual(stand.complaints, []);
  });

  const enter = async (...more: [Parameters<BrowserStand["open"]>[1]?]) => {
    const { context, page } = await stand.open(running, ...more);
    await page.goto(await running.controller.createLoginLink());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in as operator").waitFor();
    return { context, page };
  };
  const says = async (index: number, phase: NonNullable<ReportedUpdate["order"]>["phase"], words: string) => {
    const sensor = sensors[index] ?? assert.fail();
    await sensor.until(() => sensor.adopted.at(-1)?.update !== undefined);
    const { id, version } = sensor.adopted.at(-1)?.update ?? assert.fail();
    await sensor.report({ update: { order: { id, version, phase, words, at: Date.now() } } });
  };

  test("a bundle is added and named, given to one box, and halts where that comes back", async (t) => {
    const { context, page } = await enter();
    t.after(() => context.close());
    await page.getByRole("link", { name: "Updates" }).click();
    await page.getByRole("heading", { level: 1, name: "No release was given to boxes so far." }).waitFor();
    const bundle = join(stand.directory, "next.raucb");
    writeFileSync(bundle, randomBytes(3_000_000));
    await page.getByLabel(/Add a release/).setInputFiles(bundle);
    await page.getByLabel("Version", { exact: true }).fill("0.2.0");
    await page.getByLabel("For boxes of the kind").fill("cordon-pc-amd64");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByRole("button", { name: "Give to boxes: 0.2.0" }).click();
    await page.getByLabel("First box").selectOption({ label: "South office, 0.1.0" });
    assert.deepEqual(await stand.findings(page), []);
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByRole("heading", { level: 1, name: "0.2.0 is on its way: 0 of 2 boxes have it." }).waitFor();
    await says(1, "fell-back", "judge did not name the self-test worm");
    await page.getByRole("heading", { level: 1, name: /^0\.2\.0 has halted by itself/ }).waitFor();
    const row = page.getByRole("listitem").filter({ hasText: "South office" });
    await row.getByText("Came back by itself to 0.1.0: judge did not name the self-test worm").waitFor();
    await page.getByRole("button", { name: "Go on without the box" }).click();
    await row.getByText("Has no part in it any more.").waitFor();
    await says(0, "installed", "It waits.");
    await page.getByText(/^Installed, /).waitFor();
  });

  for (const colorScheme of themes) {
    for (const [name, viewport] of [
      ["desktop", desktop],
      ["phone", phone],
    ] as const) {
      test(`can be read and used, ${colorScheme}, ${name}`, { skip: skipLook(name, colorScheme) }, async (t) => {
        const { context, page } = await enter({ colorScheme, viewport });
        t.after(() => context.close());
        await page.goto(`${running.controller.url}/updates`);
        await page.getByText(/^Installed, /).waitFor();
        await picture(page, `updates-${name}-${colorScheme}`);
        assert.deepEqual(await stand.findings(page), []);
        assert.equal(await overflow(page), 0);
        if (name === "phone") assert.deepEqual(await lowControls(page), []);
      });
    }
  }
});
