/** The page of notifications in a real browser, against the real controller and a receiver that goes down. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { WebReceiver } from "../notification-receivers.ts";
import type { Demo } from "../seed-demo.ts";
import { BrowserStand, desktop, lowControls, overflow, phone, picture, signIn, skip, themes } from "./stand.ts";

describe("the page of notifications in Chromium", { skip }, () => {
  let stand: BrowserStand;
  let running: Demo;
  const receiver = new WebReceiver();

  before(async () => {
    stand = await BrowserStand.start();
    await receiver.up();
    running = await stand.demo("protected", {
      more: {
        notifyAllow: ["127.0.0.1"],
        notifyLimits: {
          ...{ roundMs: 50, pauseMs: 100, commitMs: 100 },
          retry: { firstMs: 200, longestMs: 400, patienceMs: 600_000, refusedTries: 5 },
        },
      },
    });
  });

  after(async () => {
    await running.close();
    await receiver.down();
    await stand.close();
    assert.deepEqual(stand.complaints, []);
  });

  test("are there at once for who goes there by the address, and what cannot be had is said and not taken for none", async (t) => {
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await signIn(running, page);
    // Without what asks again every few seconds.
    await page.addInitScript("window.setInterval = () => 0;");
    await page.goto(`${running.controller.url}/notifications`);
    await page.getByRole("heading", { level: 1, name: "Nobody is told yet." }).waitFor();
    const problem = { code: "not-allowed", title: "Your account may not do this.", status: 403 };
    const refused = { status: 403, contentType: "application/problem+json", body: JSON.stringify(problem) };
    await page.route(/\/api\/v1\/(people|rollouts)$/, (route) => route.fulfill(refused));
    const complaints = stand.complaints.length;
    for (const path of ["people", "updates"]) {
      await page.goto(`${running.controller.url}/${path}`);
      await page.getByRole("heading", { level: 1, name: "Your account may not do this." }).waitFor();
    }
    // A browser says what was answered by 403.
    stand.complaints.splice(complaints);
  });

  test("a channel is added, tested, seen to fail, mended and taken away; its secrets are not shown again", async (t) => {
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.getByRole("link", { name: "Notifications" }).click();
    await page.getByRole("heading", { level: 1, name: "Nobody is told yet." }).waitFor();
    await picture(page, "notifications-empty");

    await page.getByRole("button", { name: "Add a channel…" }).click();
    const add = page.getByRole("dialog", { name: "Add a channel" });
    await add.getByRole("button", { name: "First name it" }).waitFor();
    assert.deepEqual(await stand.findings(page), []);
    await picture(page, "notifications-sheet-email");
    await add.getByRole("radio", { name: "Webhook" }).check();
    await add.getByLabel("Name").fill("Chat of the office");
    const secret = "key-of-the-chat";
    await add.getByLabel("Address").fill(`http://10.0.0.1/${secret}`);
    await add.getByLabel("Secret that signs it").fill("a-secret-of-32-characters-or-so-");
    await add.getByRole("button", { name: "Add it" }).click();
    await add.getByRole("alert").getByText("The controller does not call out to this address.").waitFor();
    assert.match(await add.getByRole("alert").innerText(), /--notify-allow/);
    await add.getByLabel("Address").fill(`http://127.0.0.1:${receiver.port}/${secret}`);
    await add.getByText("Tell only an infected machine that nothing holds").click();
    await add.getByLabel("Time zone").fill("UTC");
    // Half a day away, so that they hold nothing back here.
    const hour = (hours: number) => `${String((new Date().getUTCHours() + hours) % 24).padStart(2, "0")}:00`;
    const [from, to] = [hour(10), hour(14)];
    await add.getByLabel("From", { exact: true }).fill(from);
    await add.getByLabel("To", { exact: true }).fill(to);
    await add.getByRole("radio", { name: "All", exact: true }).check();
    assert.deepEqual(await stand.findings(page), []);
    await picture(page, "notifications-sheet-webhook");
    await add.getByRole("button", { name: "Add it" }).click();
    await page.getByRole("heading", { level: 1, name: "1 channel is told." }).waitFor();
    const row = page.getByRole("listitem").filter({ hasText: "Webhook to" });
    assert.ok(
      (await row.innerText()).includes(`All findings of all sites; from ${from} to ${to} (UTC) only an infected`),
    );

    await row.getByRole("button", { name: "Send a test to Chat of the office" }).click();
    await row.getByText("The test is there. The receiver took it (200).").waitFor();
    await receiver.until(() => receiver.posts.length > 0);
    assert.equal((JSON.parse(receiver.posts[0]?.body ?? "") as { isTest: boolean }).isTest, true);
    const deliveries = page.getByRole("region", { name: "Last messages" });
    await deliveries.getByText("A test from Cordon").waitFor();

    await receiver.down();
    await row.getByRole("button", { name: "Send a test to Chat of the office" }).click();
    await row.getByText(/^The test did not get there\. Not delivered: nobody listens there/).waitFor();
    // What was found while the receiver is down is told once it is up.
    await running.tell({
      kind: "containment",
      containmentId: "c9",
      host: "",
      scope: "line",
      change: "refused",
      text: "No.",
    });
    await page.getByRole("heading", { level: 1, name: "Chat of the office does not get what it should." }).waitFor();
    await deliveries.getByText(/tries, again at/).waitFor();
    assert.ok(!(await page.content()).includes(secret), "the address is shown");
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      for (const [name, viewport] of Object.entries({ desktop, phone })) {
        await page.setViewportSize(viewport);
        assert.equal(await overflow(page), 0, `${name} ${colorScheme}`);
        assert.deepEqual(await stand.findings(page), [], `${name} ${colorScheme}`);
        if (name === "phone") assert.deepEqual(await lowControls(page), []);
        await picture(page, `notifications-${name}-${colorScheme}`);
      }
    }
    await row.getByRole("button", { name: "Change Chat of the office…" }).click();
    const change = page.getByRole("dialog", { name: "Change Chat of the office" });
    assert.equal(await change.getByLabel("Address").inputValue(), "");
    await change.getByText("Set, and not shown. Left empty, it stays.").first().waitFor();
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControls(page), []);
    await picture(page, "notifications-sheet-phone");
    await change.getByLabel("Name").fill("Chat");
    await change.getByRole("button", { name: "Change it" }).click();
    await change.waitFor({ state: "detached" });
    await page.setViewportSize(desktop);
    await receiver.up();
    await page.getByRole("heading", { level: 1, name: "1 channel is told." }).waitFor();
    await deliveries.getByText(/Delivered at try \d+\./).waitFor();

    await page.getByRole("button", { name: "Change Chat…" }).click();
    const end = page.getByRole("dialog", { name: "Change Chat" });
    await end.getByRole("button", { name: "Take it away…" }).click();
    await end.getByRole("button", { name: "Take it away for good" }).click();
    await page.getByRole("heading", { level: 1, name: "Nobody is told yet." }).waitFor();
  });
});
