/** What was refused, on the pages: from whom, what it was and what it means. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FakeSensor } from "../fake-sensor.ts";
import { enrol } from "../harness.ts";
import { sendPlain } from "../raw-mqtt.ts";
import { aHost } from "../sample-hosts.ts";
import { startDemo, type Demo } from "../seed-demo.ts";
import { BrowserStand, desktop, lowControls, overflow, phone, picture, skip, themes, skipLook } from "./stand.ts";

describe("what was refused, in Chromium", { skip }, () => {
  let stand: BrowserStand;
  let running: Demo;
  let sensor: FakeSensor;
  let siteId = "";
  before(async () => {
    stand = await BrowserStand.start();
    const dataDir = join(stand.directory, "refusals");
    running = await startDemo({ dataDir, uiDir: join(stand.directory, "ui"), scene: "contain" });
    const { brokerPort } = running.controller;
    const profile = await enrol(dataDir, brokerPort, { sensorId: "box-two", siteName: "Second office" });
    siteId = profile.site.id;
    sensor = await FakeSensor.start({ profile });
    await sensor.sendHosts([aHost({ host: "02:00:5e:00:00:01" })]);
    await sensor.until(() => sensor.adopted.length > 0 && sensor.stored.length > 0);
    for (let time = 0; time < 3; time += 1) await sensor.publish("pulse", "no figures");
    await sensor.publish("<img src=x onerror=alert(1)>" as "pulse", "{}");
    await sendPlain(brokerPort, Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
  });
  after(async () => {
    await sensor.close();
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

  test("all of it is on one page, with sender, count, time and meaning, and a way to the site", async (t) => {
    const { context, page } = await enter();
    t.after(() => context.close());
    await page.getByRole("link", { name: "Refused" }).click();
    await page.getByRole("heading", { level: 1, name: /^5 times something was refused, 1 box of ours/ }).waitFor();
    const row = page.getByRole("listitem").filter({ hasText: "Figures that make no sense" });
    assert.match(
      await row.innerText(),
      /3 times since .+, last .+\n.*From the box of Second office\n.*A box of ours never sends this/s,
    );
    const stranger = page.getByRole("listitem").filter({ hasText: "Connections that speak no TLS of ours" });
    assert.match(await stranger.innerText(), /once, .+From somebody who has shown no certificate.+Scanners do this/s);
    assert.match(await page.locator("main").innerText(), /<img src=x onerror=alert\(1\)>/);
    await row.getByRole("link", { name: "Second office" }).click();
    await page.waitForURL(`**/sites/${siteId}`);
    const section = page.getByRole("region", { name: "Not let in" });
    await section.getByText("Messages of a kind that is not known here").waitFor();
    assert.doesNotMatch(await section.innerText(), /TLS/, "what others sent is not here");
  });

  test("a site of which nothing was refused says nothing of it", async (t) => {
    const { context, page } = await enter();
    t.after(() => context.close());
    const looked = page.waitForResponse(`**/sites/${running.siteId}/refusals`);
    await page.goto(`${running.controller.url}/sites/${running.siteId}`);
    await looked;
    await page.getByRole("heading", { name: "What came of it" }).waitFor();
    assert.equal(await page.getByRole("heading", { name: "Not let in" }).count(), 0);
  });

  for (const colorScheme of themes) {
    for (const [name, viewport] of [
      ["desktop", desktop],
      ["phone", phone],
    ] as const) {
      test(`can be read and used, ${colorScheme}, ${name}`, { skip: skipLook(name, colorScheme) }, async (t) => {
        const { context, page } = await enter({ colorScheme, viewport });
        t.after(() => context.close());
        await page.goto(`${running.controller.url}/refusals`);
        await page.getByText("Figures that make no sense").waitFor();
        await picture(page, `refusals-${name}-${colorScheme}`);
        assert.deepEqual(await stand.findings(page), []);
        assert.equal(await overflow(page), 0);
        if (name === "phone") assert.deepEqual(await lowControls(page), []);
        await page.goto(`${running.controller.url}/sites/${siteId}`);
        const section = page.getByRole("region", { name: "Not let in" });
        await section.getByText("Figures that make no sense").waitFor();
        await section.scrollIntoViewIfNeeded();
        await picture(page, `site-refusals-${name}-${colorScheme}`);
        assert.deepEqual(await stand.findings(page), []);
        assert.equal(await overflow(page), 0);
      });
    }
  }
});
