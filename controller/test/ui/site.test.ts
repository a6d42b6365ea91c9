/** The page of a site, and what is set there, in a real browser, against the real controller with a scripted sensor. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { sampleHosts } from "../sample-hosts.ts";
import type { Demo, Scene } from "../seed-demo.ts";
import { BrowserStand, lowControls, lowControlsOfSheet, overflow, phone, picture, signIn, skip } from "./stand.ts";
import { slow } from "../slow-tests.ts";

describe("a site’s page in Chromium", { skip }, () => {
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

  test("shows what the reflex counts, has it stop, exempts a machine, and goes back", { skip: slow }, async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const panel = page.getByRole("region", { name: "Reflex" });
    await panel.getByText("dry run", { exact: true }).waitFor();
    await panel.getByText(/packets of 1 machine went beyond it:/).waitFor();
    const name = await panel.getByRole("link").innerText();
    assert.match(await panel.getByRole("listitem").innerText(), /\d+ packets let pass$/);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "reflex-dry");
    await panel.getByRole("button", { name: "Stop what goes beyond…" }).click();
    const sheet = page.getByRole("dialog", { name: "Stop what goes beyond the budget?" });
    assert.match(await sheet.innerText(), new RegExp(`packets of ${name} would have been stopped`));
    assert.deepEqual(await findings(page), []);
    await picture(page, "reflex-sheet");
    await sheet.getByRole("button", { name: "Stop what goes beyond" }).click();
    await panel.getByText("asked", { exact: true }).waitFor();
    await panel.getByText("stops", { exact: true }).waitFor();
    await panel
      .getByRole("listitem")
      .getByText(/packets stopped/)
      .waitFor();
    assert.deepEqual(await findings(page), []);
    await picture(page, "reflex-enforced");

    await panel.getByRole("link").click();
    await panel.getByText(/Beyond its budget: \d+ packets stopped/).waitFor();
    await panel.getByRole("button", { name: "Exempt it…" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: `Exempt ${name}` })
      .click();
    await panel.getByText("exempt", { exact: true }).waitFor();
    await panel.getByText("It has not gone beyond its budget.").waitFor();
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "reflex-host");
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0, "host");
    assert.deepEqual(await lowControls(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "reflex-host-phone");
    await page.goBack();
    await panel.getByText("1 machine exempt.").waitFor();
    assert.equal(await overflow(page), 0, "site");
    assert.deepEqual(await lowControls(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "reflex-site-phone");
    await panel.getByRole("button", { name: "Only count again…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Only count" }).click();
    await panel.getByText("dry run", { exact: true }).waitFor();
  });

  test("says what a policy would do, has it act, releases for a while, and takes that back", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const panel = page.getByRole("region", { name: "What Cordon does by itself" });
    const rung = (title: string) =>
      panel.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title }) });
    await rung("Observe").getByText("in force", { exact: true }).waitFor();
    const would = await rung("Contain").innerText();
    assert.match(
      would,
      /Would cut off 2 machines now: DESK-07 and FRONTDESK\. Would slow down 1 machine now: LAPTOP-ANNA\./,
    );
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "policy-observe");
    await panel.getByRole("button", { name: "Choose the policy Contain…" }).click();
    const sheet = page.getByRole("dialog", { name: "Let Cordon contain by itself?" });
    assert.match(await sheet.innerText(), /Would cut off 2 machines now: DESK-07 and FRONTDESK/);
    assert.deepEqual(await findings(page), []);
    await picture(page, "policy-sheet");
    await sheet.getByRole("button", { name: "Choose contain" }).click();
    await rung("Contain").getByText("asked", { exact: true }).waitFor();
    await rung("Contain").getByText("in force", { exact: true }).waitFor();
    await rung("Contain")
      .getByText(/It has cut off 2 machines: DESK-07 and FRONTDESK/)
      .waitFor();
    await page.getByRole("heading", { level: 1, name: "Line protected." }).waitFor();
    assert.deepEqual(await findings(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "policy-contain");

    await page
      .locator(".hosts")
      .getByRole("link", { name: /DESK-07/ })
      .click();
    const held = page.locator(".rung.on").filter({ hasText: "Cut off" });
    await held.getByText(/By Cordon, policy contain, since/).waitFor();
    assert.match(await held.innerText(), /The case when it was taken:\s+\+\d/);
    await picture(page, "policy-host");
    await held.getByRole("button", { name: "Release DESK-07: Cut off…" }).click();
    const release = page.getByRole("dialog", { name: "Release DESK-07?" });
    assert.match(
      await release.innerText(),
      /Left alone: Cordon does nothing to DESK-07 by itself until \w{3} \d\d:\d\d/,
    );
    await release.getByRole("radio", { name: /^7 days/ }).check();
    assert.deepEqual(await findings(page), []);
    await picture(page, "policy-release");
    await release.getByRole("button", { name: "Release DESK-07" }).click();
    await page.getByRole("status").getByText("DESK-07 is released.").waitFor();
    const pardon = page.getByRole("region", { name: "Released" });
    await pardon.getByText(/Cordon does nothing to DESK-07 by itself until/).waitFor();
    await pardon.scrollIntoViewIfNeeded();
    await picture(page, "policy-pardon");
    assert.deepEqual(await findings(page), []);
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0, "host");
    assert.deepEqual(await lowControls(page), []);
    await pardon.scrollIntoViewIfNeeded();
    await picture(page, "policy-pardon-phone");
    await pardon.getByRole("button", { name: "Take that back…" }).click();
    const back = page.getByRole("dialog", { name: "Take back that Cordon leaves DESK-07 alone?" });
    assert.match(await back.innerText(), /By its verdict, DESK-07 is taken at once\./);
    await back.getByRole("button", { name: "Take it back" }).click();
    await pardon.waitFor({ state: "detached" });
    await held.getByText("in force", { exact: true }).waitFor();

    await page.goBack();
    assert.equal(await overflow(page), 0, "site");
    assert.deepEqual(await lowControls(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "policy-site-phone");
    assert.match(
      await rung("Observe").innerText(),
      /Would let go 3 machines now: DESK-07, FRONTDESK and LAPTOP-ANNA\./,
    );
    await panel.getByRole("button", { name: "Choose the policy Observe…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Choose observe" }).click();
    await rung("Observe").getByText("in force", { exact: true }).waitFor();
    await page.getByRole("heading", { level: 1, name: /none of them cut off/ }).waitFor();
  });

  test(
    "counts on mail first, says whom a block would meet, excepts nobody infected, and stops it",
    { skip: slow },
    async (t) => {
      const { context, page } = await open(running);
      t.after(() => context.close());
      await signIn(running, page);
      const panel = page.getByRole("region", { name: "Ways it could spread" });
      const row = panel.getByRole("listitem").filter({ has: page.getByRole("heading", { name: /^Mail/ }) });
      await row.getByText("Open. Nothing is counted or stopped.").waitFor();
      await row.getByRole("button", { name: "Mail: Dry run…" }).click();
      const count = page.getByRole("dialog", { name: "Count mail first?" });
      assert.match(await count.innerText(), /Dry run: mail on port 25 to the Internet is counted and passed\./);
      assert.deepEqual(await findings(page), []);
      await picture(page, "ways-dry-sheet");
      await count.getByRole("button", { name: /^Count until .*, stop nothing$/ }).click();
      await row.getByText("asked", { exact: true }).waitFor();
      await row.getByText("dry run", { exact: true }).waitFor();
      await row.getByText(/packets would have been stopped: DESK-07 \(\d+\)\./).waitFor();
      await panel.scrollIntoViewIfNeeded();
      await picture(page, "ways-dry");

      await row.getByRole("button", { name: "Mail: Stop…" }).click();
      const stop = page.getByRole("dialog", { name: "Stop mail?" });
      assert.match(await stop.innerText(), /The dry run so far: \d+ packets would have been stopped: DESK-07/);
      await stop.getByLabel("Except a machine").selectOption({ label: "DESK-07" });
      await stop
        .getByRole("alert")
        .getByText(/^DESK-07 is not excepted\. This machine is infected/)
        .waitFor();
      await stop.getByLabel("Except a machine").selectOption({ label: "PRINTER-2F" });
      await stop.getByRole("group", { name: "Excepted" }).getByLabel("PRINTER-2F").waitFor();
      assert.deepEqual(await findings(page), []);
      await picture(page, "ways-stop-sheet");
      await stop.getByRole("button", { name: "Stop mail" }).click();
      await row.getByText("stopped", { exact: true }).waitFor();
      await row.getByText(/packets stopped: DESK-07 \(\d+\)\./).waitFor();
      await row.getByText("Excepted: PRINTER-2F.").waitFor();
      await page.getByRole("heading", { level: 1, name: "Line open: FRONTDESK still scans." }).waitFor();
      assert.deepEqual(await findings(page), []);
      await page.setViewportSize(phone);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(await lowControls(page), []);
      await panel.scrollIntoViewIfNeeded();
      await picture(page, "ways-phone");
      await row.getByRole("button", { name: "Mail: Lift…" }).click();
      await page.getByRole("dialog", { name: "Open mail again?" }).getByRole("button", { name: "Open mail" }).click();
      await row.getByText("Open. Nothing is counted or stopped.").waitFor();
    },
  );

  test("whoever stops a way unseen is offered to count first", async (t) => {
    const { context, page } = await open(running, { viewport: phone });
    t.after(() => context.close());
    await signIn(running, page);
    const panel = page.getByRole("region", { name: "Ways it could spread" });
    await panel.getByRole("button", { name: "Windows file sharing: Dry run…" }).click();
    const sheet = page.getByRole("dialog");
    await sheet.getByRole("radio", { name: "Stopped" }).check();
    await sheet.getByText("there was none: who needs this way is not known.").waitFor();
    const count = sheet.getByRole("button", { name: "Count first, stop nothing" });
    await sheet.getByRole("button", { name: /^Stop Windows file sharing until/ }).waitFor();
    assert.equal(await sheet.locator(".btn.pri").innerText(), await count.innerText());
    assert.deepEqual([await findings(page), await lowControlsOfSheet(page)], [[], []]);
    await picture(page, "ways-count-first");
    await count.click();
    const row = panel
      .getByRole("listitem")
      .filter({ has: page.getByRole("heading", { name: /^Windows file sharing/ }) });
    await row.getByText("dry run", { exact: true }).waitFor();
    await row.getByText(/A dry run before it is stopped/).waitFor();
    await row.getByRole("button", { name: /Stop…$/ }).click();
    await sheet.getByRole("button", { name: /^Stop Windows file sharing until/ }).waitFor();
    assert.equal(await count.count(), 0);
  });

  test("names an area, cuts it, and tells how far whoever pulls its cable is", { skip: slow }, async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const panel = page.getByRole("region", { name: "Areas" });
    await panel.getByRole("button", { name: "Name an area…" }).click();
    const sheet = page.getByRole("dialog", { name: "Name an area" });
    await sheet.getByLabel("Name").fill("Reception");
    await sheet.getByLabel("DESK-07").check();
    await sheet.getByLabel("FRONTDESK").check();
    assert.deepEqual(await findings(page), []);
    await picture(page, "area-sheet");
    await sheet.getByRole("button", { name: "Name it" }).click();
    await panel.getByText("2 machines: DESK-07 and FRONTDESK").waitFor();
    await panel.getByRole("button", { name: "Cut off Reception…" }).click();
    const cut = page.getByRole("dialog", { name: "Cut off Reception?" });
    await cut.getByText(/^All 2 machines are cut from the Internet/).waitFor();
    await cut.getByRole("button", { name: "Cut off Reception" }).click();
    await panel.getByText("cut off", { exact: true }).waitFor();
    assert.equal(await page.locator(".hosts .ct.on").getByText("Area cut off", { exact: true }).count(), 2);
    await page.getByRole("heading", { level: 1, name: "Line protected." }).waitFor();
    await panel.getByRole("button", { name: "Cut off Reception…" }).click();
    assert.match(await cut.innerText(), /By hand: pull the cable between this area and the rest\./);
    await cut.getByRole("button", { name: "Watch it fall silent" }).click();
    await panel.getByText("Still heard: DESK-07 and FRONTDESK.").waitFor();
    assert.deepEqual(await findings(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "area-cut");
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControls(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "area-phone");
    for (const tag of ["cut off", "by hand"]) {
      await panel.getByRole("button", { name: `Release Reception: ${tag}…` }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Release Reception" }).click();
      await panel.getByRole("button", { name: `Release Reception: ${tag}…` }).waitFor({ state: "detached" });
    }
    await panel.getByText("In service.").waitFor();
    await panel.getByRole("button", { name: "Forget Reception…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Forget Reception" }).click();
    await panel.getByText(/^None is named\./).waitFor();
  });

  test("cuts the line for everybody only after a second confirmation, and puts it back", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const panel = page.getByRole("region", { name: "Cut the line" });
    await panel.getByText("in service", { exact: true }).waitFor();
    const puts: string[] = [];
    page.on("request", (request) => {
      if (request.method() !== "GET") puts.push(`${request.method()} ${new URL(request.url()).pathname}`);
    });
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "line-panel");
    await panel.getByRole("button", { name: "Cut the line…" }).click();
    const sheet = page.getByRole("dialog", { name: "Cut the line?" });
    assert.match(
      await sheet.innerText(),
      /Ends: every connection to the Internet, for 10 machines, 2 of them infected/,
    );
    await sheet.getByRole("button", { name: "Go on to cut the line…" }).click();
    const first = sheet.getByRole("button", { name: "First type the site’s name" });
    assert.equal(await first.isDisabled(), true);
    assert.equal(await page.evaluate("document.activeElement.name"), "site-name");
    assert.deepEqual(puts, [], "nothing is asked for by the first press");
    await page.keyboard.type("Brandt Tax Advisers");
    assert.deepEqual(await findings(page), []);
    await picture(page, "line-sheet");
    await sheet.getByRole("button", { name: /^Cut the line until/ }).click();
    await page.getByRole("heading", { level: 1, name: "The line is cut for everybody." }).waitFor();
    assert.deepEqual(puts, [`PUT /api/v1/sites/${running.siteId}/line-cut`]);
    await panel.getByText("cut", { exact: true }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControls(page), []);
    await panel.scrollIntoViewIfNeeded();
    await picture(page, "line-phone");
    await panel.getByRole("button", { name: "Put it back…" }).click();
    await page.getByRole("dialog", { name: "Put the line back?" }).getByRole("button", { name: "Put it back" }).click();
    await panel.getByText("in service", { exact: true }).waitFor();
  });

  test("says what a cut-off machine still reaches, and lets a machine on probation be", async (t) => {
    const running = await demo("protected");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const keeps = page.getByRole("region", { name: "What a cut-off machine still reaches" });
    await keeps.getByText("2 ways open").waitFor();
    await keeps.getByRole("button", { name: "Change what it reaches…" }).click();
    const sheet = page.getByRole("dialog", { name: "What a cut-off machine reaches" });
    await sheet.getByLabel("Your own").fill("com");
    await sheet.getByText("No name or address: com").waitFor();
    await sheet.getByLabel("Your own").fill("helpdesk.example 8443\n192.0.2.9 443 445");
    await sheet.getByLabel("Whom to call").fill("Anna, 0201 555");
    await sheet.getByRole("radio", { name: "German" }).check();
    assert.deepEqual(await findings(page), []);
    await picture(page, "remedies-sheet");
    await sheet.getByRole("button", { name: "Change it" }).click();
    await keeps.getByText("Its user is shown a page: call Anna, 0201 555.").waitFor();
    await keeps.getByRole("button", { name: "Change what it reaches…" }).click();
    assert.ok(await sheet.getByRole("radio", { name: "German" }).isChecked());
    await page.keyboard.press("Escape");
    await keeps.getByText("192.0.2.9 keeps no port 445, which worms spread by.").waitFor();
    const probation = page.getByRole("region", { name: "On probation" });
    await probation.scrollIntoViewIfNeeded();
    await picture(page, "probation");
    await page.locator(".hosts a").first().click();
    const open_ = page.getByRole("region", { name: "Still open for it" });
    await open_.getByText("The same address serves cdn.example.net, news.example.org: reached as well.").waitFor();
    assert.deepEqual(await findings(page), []);
    await picture(page, "remedies-host");
    await page.goBack();
    await probation.getByRole("link").click();
    await probation.getByText(/It was never seen before/).waitFor();
    assert.deepEqual(await findings(page), []);
    await probation.getByRole("button", { name: "Let it be…" }).click();
    await page
      .getByRole("dialog", { name: /^Let .* be\?$/ })
      .getByRole("button", { name: /^Let .* be$/ })
      .click();
    await page.getByRole("region", { name: "Released" }).waitFor();
    await probation.waitFor({ state: "detached" });
  });

  test("what was said differently at the box and here is left so by a button of that name", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    const host = sampleHosts(0).find(({ name }) => name === "DESK-07")?.host ?? "";
    const words = {
      ...{ about: host, atBox: { wished: [], ended: ["c-1"] } },
      ...{ here: { wished: ["c-2"], ended: [] }, holds: ["c-2"] },
    };
    // The first stand of the suite.
    const rows = new DatabaseSync(join(stand.directory, "1-infected", "controller.sqlite"), { timeout: 5000 });
    rows
      .prepare("insert into two_words (id, site_id, host, at, settled_at, body) values (?, ?, ?, ?, null, ?)")
      .run("w-1", running.siteId, host, Date.now(), JSON.stringify(words));
    rows.close();
    await signIn(running, page);
    const panel = page.getByRole("region", { name: "At the box itself" });
    await panel.getByText("Let go by a person at the box, and held here.").waitFor();
    assert.deepEqual(await stand.findings(page, ["label-content-name-mismatch"]), []);
    await panel.getByRole("button", { name: "Leave it so: DESK-07" }).click();
    await panel.waitFor({ state: "detached" });
  });

  test("tells of a gateway who was behind an outside port, and what came of what was held", async (t) => {
    const running = await demo("repair");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const changes = page.getByRole("region", { name: "What came of it" });
    await changes.getByText("ended by itself: Its time was over; 7 packets were stopped.").waitFor();
    await changes.getByText("in force: Cut from everything beyond the switch.").waitFor();
    await changes.getByRole("link", { name: "DESK-07" }).waitFor();
    const lookup = page.getByRole("region", { name: "Who was behind a port" });
    const button = lookup.getByRole("button");
    assert.equal(await button.innerText(), "First give the port");
    await lookup.getByLabel("Outside port").fill("40000");
    assert.equal(await button.innerText(), "First give the time");
    const local: string = await page.evaluate(
      "new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 19)",
    );
    await lookup.getByLabel("Time, in this computer’s zone").fill(local);
    await lookup.getByRole("button", { name: "Look it up" }).click();
    await lookup.getByRole("link", { name: "DESK-07" }).waitFor();
    await lookup
      .getByText(/^10\.213\.77\.20 port 50000 to 198\.51\.100\.9 port 25 over tcp; from .* no end told$/)
      .waitFor();
    await lookup.getByText(/^Of 2 connections around that time the box could tell nothing/).waitFor();
    assert.deepEqual(await findings(page), []);
    await lookup.scrollIntoViewIfNeeded();
    await picture(page, "nat-lookup");
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControls(page), []);
    await lookup.getByLabel("Outside address, if it is named").fill("192.0.2.3");
    await lookup.getByRole("button", { name: "Look it up" }).click();
    await lookup.getByText("The log knows nobody behind it within a minute of that time.").waitFor();
  });
});
