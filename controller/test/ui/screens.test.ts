/** What holds for every screen: the door, keys, access, small windows, and what is shown while something is amiss, in a real browser, against the real controller with a scripted sensor. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Demo } from "../seed-demo.ts";
import { BrowserStand, desktop, lowControls, overflow, picture, phone, signIn, themes, skip } from "./stand.ts";

describe("every screen in Chromium", { skip }, () => {
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

  const demo = (...given: Parameters<BrowserStand["demo"]>): Promise<Demo> => stand.demo(...given);
  const open = (...given: Parameters<BrowserStand["open"]>) => stand.open(...given);
  const findings = (page: Page): Promise<string[]> => stand.findings(page);

  test("leaves the token alone until the button is pressed, then shows the only site", async (t) => {
    const { context, page } = await open(running);
    t.after(() => context.close());
    const posts: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") posts.push(new URL(request.url()).pathname);
    });
    const link = await running.controller.createLoginLink();
    await page.goto(link);
    await page.getByRole("heading", { name: "This link signs you in once." }).waitFor();
    await page
      .getByText(/^As operator of this controller\. It was made at .* and is good for 14 min .* more\.$/)
      .waitFor();
    // To look uses nothing up, however often it is done.
    await page.reload();
    await page.getByRole("heading", { name: "This link signs you in once." }).waitFor();
    const look = "/api/v1/session/look";
    assert.deepEqual(posts, [look, look]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(`**/sites/${running.siteId}`);
    assert.deepEqual(posts, [look, look, "/api/v1/session"]);

    await context.clearCookies();
    await page.goto("about:blank");
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).click();
    const alert = await page.getByRole("alert").innerText();
    assert.match(alert, /This login link does not work/);
    assert.match(alert, /Next: make a new one/);
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
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    assert.deepEqual(await findings(page), []);
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

  test("lists the sites worst first, shows only some of them, and finds a machine by its name", async (t) => {
    const two = await demo("infected");
    t.after(() => two.close());
    await two.addSite("Alder Street Dental");
    const { context, page } = await open(two);
    t.after(() => context.close());
    await page.goto(await two.controller.createLoginLink());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { level: 1, name: "1 of 2 sites needs you." }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByRole("button", { name: /^1 Need you/ }).click();
    await page.getByRole("row").filter({ hasText: "Alder Street Dental" }).waitFor({ state: "detached" });
    const row = page.getByRole("row").filter({ hasText: "Brandt Tax Advisers" });
    assert.match(await row.innerText(), /2 machines infected, none of them cut off\./);
    await page.getByRole("main").getByRole("button", { name: "Add a box…" }).first().click();
    await page.getByRole("dialog", { name: "Add a box" }).getByLabel("What do people call the site?").waitFor();
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    const sheet = page.getByRole("dialog", { name: "Find a machine or site" });
    // Whoever types has seen where.
    await sheet.locator("input:focus").waitFor();
    await page.keyboard.type("frontd");
    await sheet.getByRole("link", { name: /FRONTDESK.*Brandt Tax Advisers/ }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /^FRONTDESK is infected/ }).waitFor();
    await page.goto(two.controller.url);
    await page.setViewportSize(phone);
    await page.getByRole("button", { name: "Find a machine or site" }).waitFor();
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControls(page), []);
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

  test("says all that the controller doubts of a silent box’s identity before that it is silent", async (t) => {
    const running = await demo("silent");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    const doubt = (code: string, text: string) => ({ code, severity: "error", since: Date.now() - 60_000, text });
    await page.route("**/api/v1/sites/*", async (route) => {
      const response = await route.fetch();
      const site = (await response.json()) as { sensor: { health: unknown[] } };
      site.sensor.health.push(
        doubt("token-used-twice", "Two boxes have the token of this one."),
        doubt("identity-in-two-places", "Two boxes speak with the key of this one, by turns."),
      );
      await route.fulfill({ response, json: site });
    });
    await signIn(running, page);
    const said = await page.getByRole("status", { name: "State of the box" }).innerText();
    assert.match(said, /in trouble\.[^]*with the key of this one[^]*the token of this one[^]*Box silent since/);
    const rows = page.getByRole("list", { name: "Troubles of the box" }).getByRole("listitem");
    assert.match(await rows.first().innerText(), /^Two boxes speak with the key of this one\.[^]*Next: whoever runs/);
    assert.equal(await rows.count(), 2);
    assert.deepEqual(await findings(page), []);
    await picture(page, "site-copied-card-desktop");
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("stands without what follows the first page, says so where that is needed, and fetches it then", async (t) => {
    const running = await demo("infected");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await page.route("**/rest.js", (route) => route.abort());
    await signIn(running, page);
    await page.keyboard.press("?");
    await page.getByText("A part of this program has not come. Load the page again.").waitFor();
    await page.goto(`${running.controller.url}/settings`);
    await page.getByRole("alert").getByText("A part of this program has not come.").waitFor();
    await page.unroute("**/rest.js");
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  });

  test("names a dead line, and holds what it knew when the controller goes away", async (t) => {
    const running = await demo("dead");
    t.after(() => running.close());
    const { context, page } = await open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.locator(".say .v-line").waitFor();
    await page.locator(".line .st.gone").getByText("does not answer").waitFor();
    assert.deepEqual(await findings(page), []);
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

  for (const [placement, words] of [
    ["wan", "Machines: not named from here."],
    ["mirror", "A copy of what the switch was told to show."],
  ] as const) {
    test(`draws the line as it is in ${placement}, and offers no cut there`, async (t) => {
      const running = await demo("infected", { placement });
      t.after(() => running.close());
      const { context, page } = await open(running, { viewport: phone });
      t.after(() => context.close());
      await signIn(running, page);
      await page.locator(`.line.at-${placement}`).getByText(words).waitFor();
      assert.equal(await page.getByRole("button", { name: /^Cut off/ }).count(), 0);
      assert.equal(await overflow(page), 0);
      assert.deepEqual(await findings(page), []);
      await page.setViewportSize(desktop);
      assert.deepEqual(await findings(page), []);
    });
  }

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
