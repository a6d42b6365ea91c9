/** The page of a machine, and what is done from it, in a real browser, against the real controller with a scripted sensor. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Demo, Scene } from "../seed-demo.ts";
import { BrowserStand, lowControls, overflow, phone, picture, signIn, skip } from "./stand.ts";
import { slow } from "../slow-tests.ts";

describe("a machine’s page in Chromium", { skip }, () => {
  let stand: BrowserStand;
  let running: Demo;
  before(async () => {
    stand = await BrowserStand.start();
    running = await stand.demo("infected");
  });
  after(async () => {
    await running.close();
    await stand.close();
    assert.deepEqual(stand.complaints, []);
  });

  const demo = (scene: Scene): Promise<Demo> => stand.demo(scene);
  const open = (...given: Parameters<BrowserStand["open"]>) => stand.open(...given);
  const findings = (page: Page): Promise<string[]> => stand.findings(page);

  test("cuts a machine off in three presses, shows asked before in force, and releases it", async (t) => {
    const { context, page } = await open(running, { viewport: { width: 390, height: 844 } });
    t.after(() => context.close());
    await signIn(running, page);
    const cut = page.getByRole("button", { name: /^Cut off .+…$/ });
    const name = (await cut.innerText()).replace(/^Cut off (.+)…$/, "$1");
    await cut.click();
    const sheet = page.getByRole("dialog", { name: `Cut off ${name}?` });
    assert.equal(await page.evaluate("document.activeElement.id"), "sheet-title");
    assert.match(
      await sheet.innerText(),
      /Cut from the Internet but for remedies; its neighbours on the switch can still reach it\./,
    );
    await page.evaluate(`
      globalThis.linesSeen = [];
      new MutationObserver(() => {
        const line = document.querySelector(".ct.asked, .ct.on");
        if (line !== null && linesSeen.at(-1) !== line.innerText) linesSeen.push(line.innerText);
      }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });`);
    await sheet.getByRole("button", { name: /^Cut off until \w{3} \d\d:\d\d$/ }).click();

    const row = page.getByRole("row").filter({ hasText: name });
    await row.locator(".ct.on").getByText("Cut off", { exact: true }).waitFor();
    assert.deepEqual(await page.evaluate("linesSeen"), ["Asked, not confirmed", "Cut off"]);
    await page.getByRole("status").getByText(`${name} is cut off.`).waitFor();

    await row.getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: `${name} is infected, and cut off.` }).waitFor();
    const proof = page.getByRole("region", { name: "Proof" });
    await proof.getByText(/the last one/).waitFor();
    assert.match(await proof.innerText(), /^\d+\s+packets? stopped\s+since \d\d:\d\d:\d\d;/);

    // The next step is at the cable.
    const walk = page.getByRole("link", { name: "Walk to it" });
    assert.match((await walk.getAttribute("href")) ?? "", /\/walk$/);
    assert.equal(await walk.count(), 1);
    assert.deepEqual(await findings(page), []);
    await page.getByRole("button", { name: `Release ${name}: Cut off…` }).click();
    await page.getByRole("dialog").waitFor();
    assert.deepEqual(await findings(page), []);
    await page
      .getByRole("dialog")
      .getByRole("button", { name: `Release ${name}` })
      .click();
    await page.getByRole("status").getByText(`${name} is released.`).waitFor();
    await page.getByRole("heading", { level: 1, name: new RegExp(`^${name} is infected: `) }).waitFor();
    assert.equal(await proof.count(), 0);
  });

  test("says who a machine is, shows hostile names as text, and warns of several behind one", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await picture(page, "identity-site");
    await page
      .locator(".hosts")
      .getByRole("link", { name: /PRINTER-2F.*printer/s })
      .click();
    await page.locator(".facts").getByText("Brother industries").waitFor();
    await page.locator(".identity").getByText("A guess: nothing is decided by it.").waitFor();
    await page.goBack();
    await page
      .locator(".hosts")
      .getByRole("link", { name: /LAPTOP-ANNA/ })
      .click();
    const identity = page.locator(".identity");
    await identity.getByText("<img src=x onerror=alert(1)>").waitFor();
    assert.match(await identity.innerText(), /Its MAC is a private one, made up by the machine itself/);
    assert.match(await identity.innerText(), /before that DESK-04’s/);
    assert.equal(await page.locator("main img").count(), 0);
    assert.deepEqual(await findings(page), []);
    await picture(page, "identity-host");
    await identity.scrollIntoViewIfNeeded();
    await picture(page, "identity-panel");
    await page.getByRole("button", { name: "Cut off LAPTOP-ANNA…" }).click();
    const sheet = page.getByRole("dialog", { name: "Cut off LAPTOP-ANNA?" });
    assert.match(await sheet.innerText(), /Several machines seem to speak through this one/);
    await picture(page, "identity-sheet");
    await sheet.getByRole("button", { name: "Not now" }).click();
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0);
    await picture(page, "identity-phone");
  });

  test("undoes a cut from the toast", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page
      .getByRole("button", { name: /^Cut off .+…$/ })
      .first()
      .click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Cut off until/ })
      .click();
    await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
    await page
      .getByRole("status")
      .getByText(/is released\.$/)
      .waitFor();
    assert.equal(await page.locator(".ct.on").count(), 0);
  });

  test("slows a machine down, and names the slowing in its line", { skip: slow }, async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.locator(".hosts a").first().click();
    const name = (await page.getByRole("heading", { level: 1 }).innerText()).split(" ")[0] ?? "";
    await page.getByRole("button", { name: `Slow down ${name}…` }).click();
    const sheet = page.getByRole("dialog", { name: `Slow down ${name}?` });
    assert.match(await sheet.innerText(), /Its new contacts beyond the switch are limited/);
    assert.deepEqual(await findings(page), []);
    await picture(page, "throttle-sheet");
    await sheet.getByRole("button", { name: /^Slow down until/ }).click();
    await page.getByRole("status").getByText(`${name} is slowed down.`).waitFor();
    const rung = page.locator(".rung.on").filter({ hasText: "Slowed down" });
    await rung.getByText("in force", { exact: true }).waitFor();
    await picture(page, "throttle-rung");
    await rung.getByRole("button", { name: `Release ${name}: Slowed down…` }).click();
    await page.getByRole("dialog").getByText(`${name} makes new contacts as fast as it likes again.`).waitFor();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: `Release ${name}` })
      .click();
    await page.getByRole("status").getByText(`${name} is released.`).waitFor();
  });

  test(
    "stops one way of spreading, and counts beside its packets the frames that hid their port",
    { skip: slow },
    async (t) => {
      const { context, page } = await open(running);
      t.after(() => context.close());
      await signIn(running, page);
      await page.locator(".hosts a").first().click();
      const name = (await page.getByRole("heading", { level: 1 }).innerText()).split(" ")[0] ?? "";
      await page.getByRole("button", { name: new RegExp(`^Stop .+ of ${name}…$`) }).click();
      await page
        .getByRole("dialog")
        .getByRole("button", { name: /^Stop .+ until/ })
        .click();
      const proof = page.getByRole("region", { name: "Proof" });
      await proof.getByText(/Besides, \d+ frames that hid their port\./).waitFor();
      assert.match(
        await proof.innerText(),
        /^\d+\s+packets? stopped\s+since .+; the last one .+\. Besides, \d+ frames/,
      );
      assert.deepEqual(await findings(page), []);
      await picture(page, "hidden-stopped");
      await page.getByRole("button", { name: new RegExp(`^Release ${name}: `) }).click();
      await page
        .getByRole("dialog")
        .getByRole("button", { name: `Release ${name}` })
        .click();
      await page.getByRole("status").getByText(`${name} is released.`).waitFor();
    },
  );

  test("writes down whose a machine is with a photo, of which nothing but the picture is kept, and calls its owner", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page
      .locator(".hosts")
      .getByRole("link", { name: /DESK-04/ })
      .click();
    await page.getByRole("button", { name: "Say whose it is…" }).click();
    const sheet = page.getByRole("dialog", { name: "Whose is DESK-04?" });
    await sheet.getByLabel("Owner").fill("Maria Keller");
    await sheet.getByLabel("Phone").fill("ext. 214");
    await sheet.getByLabel("Note").fill("Payroll on Fridays");
    await sheet
      .getByLabel("Photo")
      .setInputFiles({ name: "x.txt", mimeType: "image/png", buffer: Buffer.from("none") });
    await sheet.getByRole("alert").getByText("This file is no picture").waitFor();
    // As large as a phone makes it: it is drawn anew, and smaller.
    const drawn = await page.evaluate(`(async () => {
      const canvas = new OffscreenCanvas(3000, 2000);
      canvas.getContext("2d").fillRect(0, 0, 1500, 1000);
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    })()`);
    const buffer = Buffer.from(String(drawn), "base64");
    await sheet.getByLabel("Photo").setInputFiles({ name: "desk.png", mimeType: "image/png", buffer });
    await sheet.getByRole("img", { name: "Photo of DESK-04" }).waitFor();
    assert.deepEqual(await findings(page), []);
    await sheet.getByRole("button", { name: "Write it down" }).click();
    const facts = page.locator("dl.facts").first();
    await facts.getByRole("link", { name: "ext. 214" }).waitFor();
    assert.match(await facts.innerText(), /Owner\s+Maria Keller/);
    const photo = page.getByRole("region", { name: "Note and photo" }).getByRole("img", { name: "Photo of DESK-04" });
    await photo.waitFor();
    const width = `(async () => {
      const image = document.querySelector(".note-of .photo");
      await image.decode();
      return image.naturalWidth;
    })()`;
    assert.equal(await page.evaluate(width), 1280);
    assert.deepEqual(await findings(page), []);
    await picture(page, "particulars-host");
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControls(page), []);
  });

  test("shows the connections behind a line of the ledger, and which of them a cut would end", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page
      .locator(".hosts")
      .getByRole("link", { name: /DESK-07/ })
      .click();
    await page.getByRole("button", { name: "Flows behind: It has tried 212 mail servers" }).click();
    const flows = page.getByRole("dialog", { name: "Connections of DESK-07" });
    await flows.getByText(/^tcp 25 to mx1\.example\.net/).waitFor();
    // A page that it read is none of the mail servers that it tried.
    assert.doesNotMatch(await flows.innerText(), /tcp 443/);
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Cut off DESK-07…" }).first().click();
    await page.getByRole("dialog").getByText("3 live connections end:").waitFor();
    assert.match(await page.getByRole("dialog").innerText(), /2 web, 1 mail box at imap\.example\.com\./);
  });

  test("says what a machine is for, who said so, and takes that back", async (t) => {
    const running = await demo("protected");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page
      .locator(".hosts")
      .getByRole("link", { name: /LAPTOP-ANNA/ })
      .click();
    const panel = page.getByRole("region", { name: "What it is for" });
    await panel.getByText("nobody said").waitFor();
    await panel.getByRole("button", { name: "Say what it is for…" }).click();
    const sheet = page.getByRole("dialog", { name: "What is LAPTOP-ANNA for?" });
    await sheet.getByRole("radio", { name: "Scanner" }).check();
    assert.match(await sheet.innerText(), /It looks for weak spots of the site\. That is not weighed against it\./);
    assert.deepEqual(await findings(page), []);
    await picture(page, "duty-sheet");
    await sheet.getByRole("button", { name: "Declare it: scanner" }).click();
    await panel.getByText("It looks for weak spots of the site. What belongs to that is not weighed").waitFor();
    await panel.getByText(/By operator, .*I know what runs on it\./s).waitFor();
    assert.deepEqual(await findings(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "duty-host");
    await panel.getByRole("button", { name: "Take that back…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take it back" }).click();
    await panel.getByText("nobody said").waitFor();
  });
});
