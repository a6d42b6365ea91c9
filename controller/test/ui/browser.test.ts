/** The bundle in a real browser against the real controller with a scripted sensor. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Demo, Scene } from "../seed-demo.ts";
import { BrowserStand, lowControls, overflow, phone, picture, signIn, skip, themes } from "./stand.ts";

describe("the web UI in Chromium", { skip }, () => {
  let stand: BrowserStand;
  before(async () => {
    stand = await BrowserStand.start();
  });
  after(async () => {
    await stand.close();
    assert.deepEqual(stand.complaints, []);
  });

  const demo = (scene: Scene): Promise<Demo> => stand.demo(scene);
  const open = (...given: Parameters<BrowserStand["open"]>) => stand.open(...given);
  const findings = (page: Page): Promise<string[]> => stand.findings(page);

  describe("on a site with two infected machines", () => {
    let running: Demo;
    before(async () => {
      running = await demo("infected");
    });
    after(() => running.close());

    test("leaves the token alone until the button is pressed, then shows the only site", async (t) => {
      const { context, page } = await open(running);
      t.after(() => context.close());
      const posts: string[] = [];
      page.on("request", (request) => {
        if (request.method() === "POST") posts.push(new URL(request.url()).pathname);
      });
      const link = await running.controller.createLoginLink();
      await page.goto(link);
      await page.getByRole("heading", { name: "This link signs you in." }).waitFor();
      assert.deepEqual(posts, []);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.waitForURL(`**/sites/${running.siteId}`);
      assert.deepEqual(posts, ["/api/v1/session"]);

      await context.clearCookies();
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByRole("button", { name: "Sign in" }).click();
      const alert = await page.getByRole("alert").innerText();
      assert.match(alert, /This login link does not work/);
      assert.match(alert, /Next: make a new one/);
    });

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

      await page.getByRole("button", { name: `Release ${name}: Cut off…` }).click();
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

    test("slows a machine down, and names the slowing in its line", async (t) => {
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

    test("stops one way of spreading, and counts beside its packets the frames that hid their port", async (t) => {
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
    });

    test("shows what the reflex counts, has it stop, exempts a machine, and goes back", async (t) => {
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

    test("counts on mail first, says whom a block would meet, excepts nobody infected, and stops it", async (t) => {
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
      await count.getByRole("button", { name: "Count, stop nothing" }).click();
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
    });

    test("names an area, cuts it, and tells how far whoever pulls its cable is", async (t) => {
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
      await page
        .getByRole("dialog", { name: "Put the line back?" })
        .getByRole("button", { name: "Put it back" })
        .click();
      await panel.getByText("in service", { exact: true }).waitFor();
    });

    test("is worked by keys alone", async (t) => {
      const { context, page } = await open(running);
      t.after(() => context.close());
      await signIn(running, page);
      await page.keyboard.press("j");
      await page.keyboard.press("j");
      await page.keyboard.press("k");
      const first = page.locator("tr.sel");
      const name = await first.locator("b").innerText();
      await page.keyboard.press("q");
      await page.getByRole("dialog", { name: `Cut off ${name}?` }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal(await page.evaluate('document.activeElement.closest("tr").classList.contains("sel")'), true);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: new RegExp(`^${name} is infected`) }).waitFor();
      await page.keyboard.press(".");
      await page.getByRole("dialog", { name: `Cut off ${name}?` }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("g");
      await page.keyboard.press("s");
      await page.waitForURL(`**/sites/${running.siteId}`);
      await page.keyboard.press("?");
      await page.getByRole("dialog", { name: "Keys" }).getByRole("button", { name: "Switch single keys off" }).click();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.keyboard.press("q");
      assert.equal(await page.getByRole("dialog").count(), 0);
    });

    for (const colorScheme of themes) {
      test(`has no WCAG A or AA finding on any page, ${colorScheme}`, async (t) => {
        const { context, page } = await open(running, { colorScheme });
        t.after(() => context.close());
        await page.goto(await running.controller.createLoginLink());
        await page.getByRole("button", { name: "Sign in" }).waitFor();
        assert.deepEqual(await findings(page), [], "login");
        await signIn(running, page);
        assert.deepEqual(await findings(page), [], "site");
        await page.getByRole("button", { name: /^Cut off .+…$/ }).click();
        await page.getByRole("dialog").waitFor();
        assert.deepEqual(await findings(page), [], "sheet");
        await page.keyboard.press("Escape");
        await page.locator(".hosts a").first().click();
        await page.getByRole("heading", { name: "The case against" }).waitFor();
        assert.deepEqual(await findings(page), [], "host");
        await page.setViewportSize(phone);
        assert.deepEqual(await findings(page), [], "host on a phone");
      });
    }

    test("never scrolls sideways at 320 px, and every button is 44 px high there", async (t) => {
      const { context, page } = await open(running, { viewport: phone });
      t.after(() => context.close());
      await page.goto(await running.controller.createLoginLink());
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      assert.equal(await overflow(page), 0, "login");
      await signIn(running, page);
      assert.equal(await overflow(page), 0, "site");
      assert.deepEqual(await lowControls(page), []);
      await page.getByRole("button", { name: /^Cut off .+…$/ }).click();
      await page.getByRole("dialog").waitFor();
      assert.equal(await overflow(page), 0, "sheet");
      assert.deepEqual(await lowControls(page), []);
      await page.keyboard.press("Escape");
      await page.locator(".hosts a").first().click();
      await page.getByRole("heading", { name: "The case against" }).waitFor();
      assert.equal(await overflow(page), 0, "host");
      assert.deepEqual(await lowControls(page), []);
    });
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
    assert.deepEqual(await findings(page), []);
    await picture(page, "remedies-sheet");
    await sheet.getByRole("button", { name: "Change it" }).click();
    await keeps.getByText("Its user is shown a page: call Anna, 0201 555.").waitFor();
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

  test("says that a silent box is silent, and greys what it last said", async (t) => {
    const running = await demo("silent");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page
      .getByRole("status", { name: "State of the box" })
      .getByText(/^Box silent/)
      .waitFor();
    assert.equal(await page.locator("main.stale").count(), 1);
    assert.equal(await page.locator(".ct.on").count(), 0);
    assert.equal(await page.locator(".ct.asked").first().innerText(), "Cut off when last heard");
    assert.deepEqual(await findings(page), []);
  });

  test("names a dead line, and holds what it knew when the controller goes away", async (t) => {
    const running = await demo("dead");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.locator(".say .v-line").waitFor();
    await page.locator(".line .st.gone").getByText("does not answer").waitFor();
    await page
      .locator(".live")
      .getByText(/^Live,/)
      .waitFor();
    const rows = await page.locator(".hosts tbody tr").count();
    await running.close();
    const banner = page.getByRole("status", { name: "State of the box" });
    await banner.getByText("The controller does not answer.").waitFor();
    assert.match(await banner.innerText(), /What you see is as of \d\d:\d\d:\d\d /);
    assert.equal(await page.locator(".hosts tbody tr").count(), rows);
    assert.equal(await page.locator("main.stale").count(), 1);
  });

  test("teaches where the box goes while there is none", async (t) => {
    const running = await demo("empty");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await page.goto(await running.controller.createLoginLink());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Put it in the line" }).waitFor();
    assert.deepEqual(await findings(page), []);
  });
});
