/** The pages of a box that is its own centre. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { enrolmentRefusals, lookUpKind, type LookUpAnswer, type ReportedReflex } from "@cordon/contract";
import type { Demo } from "../seed-demo.ts";
import { BoxStand, boxPin, boxSite, wishedBy } from "../box-stand.ts";
import { lookedUp } from "../looked-up.ts";
import { sampleHosts } from "../sample-hosts.ts";
import { WalkScript } from "../walk-script.ts";
import { BrowserStand, desktop, lowControlsOfSheet, overflow, phone, picture, skip, themes } from "./stand.ts";

const callable = [
  {
    name: "Anna Brandt",
    phone: "+49 (0)30 555 0134",
    email: "anna@brandt.example",
    for: "the office, and who may be cut off",
  },
  { name: "Northline Internet, faults", phone: "0800 555 0199", for: "the line is dead" },
  { name: "Cordon’s operator", email: "night-desk@operator-of-many-boxes.example" },
];

suite("the box as its own centre", { skip, timeout: 180_000 }, () => {
  let browser: BrowserStand;
  let box: BoxStand;
  before(async () => {
    browser = await BrowserStand.start();
    box = await BoxStand.start({
      ...{ dataDir: join(browser.directory, "box"), uiDir: join(browser.directory, "ui") },
      contacts: callable,
      answers: ({ kind, question }) => (kind === lookUpKind ? answerOf(question) : undefined),
    });
    box.hosts(sampleHosts(Date.now()));
  });
  after(async () => {
    await box?.close();
    await browser?.close();
  });
  let isLogLate = false;
  /** What the log says; nothing yet of what is asked first, where it is late. */
  const answerOf = ({ at, errorMs, host }: Readonly<Record<string, unknown>>): LookUpAnswer => {
    const answer = lookedUp(isLogLate ? 0 : 3, String(host));
    // A line's time ends five seconds before what is asked for.
    const lineEnd = Number(at) + Number(errorMs) - 5000;
    const completeUntil = isLogLate ? lineEnd - 1000 : answer.completeUntil;
    isLogLate = false;
    return { ...answer, completeUntil };
  };
  const open = (options: Parameters<BrowserStand["open"]>[1] = {}) =>
    // As after the warning, and a look at the label.
    browser.open({ controller: { url: box.url } } as unknown as Demo, { ignoreHTTPSErrors: true, ...options });

  /** A phone at another box, signed in by its PIN. */
  const enter = async ({ url }: BoxStand) => {
    const at = { controller: { url } } as unknown as Demo;
    const { context, page } = await browser.open(at, { ignoreHTTPSErrors: true, viewport: phone });
    await page.goto(url);
    await page.getByLabel("PIN on its label").fill(boxPin);
    await page.getByRole("button", { name: "Sign in" }).click();
    return { context, page };
  };

  test("a phone signs in with the PIN of the label, sees where it is, and cuts a machine off", async () => {
    const { context, page } = await open({ viewport: phone });
    await page.goto(box.url);
    await page.getByRole("heading", { name: "You are on the box itself." }).waitFor();
    await page.getByText("Whom to call is on the label, and behind the PIN.").waitFor();
    assert.doesNotMatch(await page.content(), /Anna|0199|operator-of/);
    assert.deepEqual(await browser.findings(page), []);
    await picture(page, "box-door-phone");
    await page.getByLabel("PIN on its label").fill("0000 0000");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This is not the PIN on the box’s label.").waitFor();
    await page.getByLabel("PIN on its label").fill(boxPin);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("You are on the box itself. The centre cannot be reached.").waitFor();
    await page
      .getByText(/What you cut holds until .* at the latest; what you let go stays so until the centre has answered/)
      .waitFor();
    await page
      .getByRole("button", { name: /^Cut off .*…$/ })
      .first()
      .click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Cut off until/ })
      .click();
    await page.locator(".hosts").getByText("Cut off", { exact: true }).waitFor();
    assert.equal(box.signed.length, 1);
    await page.getByRole("heading", { name: "At the box itself" }).waitFor();
    await page.getByText("Signed in with the PIN.").waitFor();
    assert.ok((await overflow(page)) <= 0);
    await context.close();
  });

  test("no term is offered that the box cannot keep, and what is asked for ends when its sheet says", async (t) => {
    const notAfter = Date.now() + 10 * 3_600_000;
    const held = wishedBy({ areas: [{ id: "a1", name: "Reception", hosts: [sampleHosts(0)[0]?.host ?? ""] }] });
    const short = await BoxStand.start({
      ...{ dataDir: join(browser.directory, "short"), uiDir: join(browser.directory, "ui") },
      standing: {
        delegation: { may: ["contain", "release", "barriers", "areas", "line"], notAfter },
        held,
        base: held,
      },
    });
    t.after(() => short.close());
    short.hosts(sampleHosts(Date.now()));
    const { context, page } = await enter(short);
    t.after(() => context.close());
    const banner = page.getByText(/What you cut holds until .* at the latest/);
    const end = /holds until (.*) at the latest/.exec(await banner.innerText())?.[1] ?? "";
    const sheet = page.getByRole("dialog");
    for (const name of [/^Cut off .*…$/, /^Cut off Reception…$/, /^Cut the line…$/, /^Mail.*: Dry run…$/]) {
      await page.getByRole("button", { name }).first().click();
      await sheet.getByText(`What is done here holds until ${end} at the latest.`).waitFor();
      const terms = sheet.getByRole("group", { name: "Until", exact: true });
      const offered = await terms.getByRole("radio").count();
      assert.equal(offered, 3, `${String(name)}: ${await terms.innerText()}`);
      await terms.getByRole("radio", { name: `until ${end}` }).check();
      const button = await sheet.locator(".btn.pri").innerText();
      // The line is cut by a second button.
      if (button !== "Go on to cut the line…") assert.ok(button.includes(`until ${end}`), button);
      assert.deepEqual([await browser.findings(page), await lowControlsOfSheet(page)], [[], []]);
      await page.keyboard.press("Escape");
    }
    await page.getByRole("button", { name: "Cut off Reception…" }).click();
    await sheet.getByRole("button", { name: `Cut off Reception until ${end}` }).waitFor();
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: /^Cut off .*…$/ })
      .first()
      .click();
    await sheet.getByRole("group", { name: "Until", exact: true }).scrollIntoViewIfNeeded();
    await picture(page, "box-cut-phone");
    await sheet.getByRole("button", { name: `Cut off until ${end}` }).click();
    await page.locator(".hosts").getByText("Cut off", { exact: true }).waitFor();
    assert.equal(short.signed.at(-1)?.containments[0]?.expiresAt, notAfter);
    assert.deepEqual(browser.complaints, []);
  });

  test("a box that may not act by itself says why at every button, and lets it be pressed once it may", async (t) => {
    const mute = await BoxStand.start({
      ...{ dataDir: join(browser.directory, "mute"), uiDir: join(browser.directory, "ui") },
      standing: { delegation: null },
    });
    t.after(() => mute.close());
    mute.hosts(sampleHosts(Date.now()));
    const { context, page } = await enter(mute);
    t.after(() => context.close());
    const why = "The centre has not allowed this box to act by itself, or not lately.";
    const next = page.getByRole("button", { name: /^Cut off .*…$/ }).first();
    await next.waitFor();
    assert.deepEqual([await next.isDisabled(), await next.getAttribute("title")], [true, why]);
    await page
      .locator(".hosts")
      .getByRole("link", { name: /DESK-07/ })
      .click();
    await page.locator("main").getByText(why).waitFor();
    const rungs = await page.locator(".rungs button").all();
    assert.ok(rungs.length > 1);
    for (const rung of rungs) assert.ok(await rung.isDisabled(), await rung.innerText());
    assert.equal(
      await page.evaluate("getComputedStyle(document.querySelector('.facts button.link')).textDecorationLine"),
      "none",
    );
    await page.locator("main").getByText("This is done at the centre, not at the box.").first().waitFor();
    assert.deepEqual([await browser.findings(page), await overflow(page)], [[], 0]);
    await page.keyboard.press(".");
    await page.getByRole("status").getByText(why).waitFor();
    mute.stand({ delegation: { may: ["contain", "release"], notAfter: Date.now() + 3_600_000 } });
    await page.locator(".rungs button:enabled").first().waitFor();
    assert.equal(await page.locator(".rungs button:disabled").count(), 0);
    assert.deepEqual(browser.complaints, []);
  });

  test("whoever stands at a box that is not let in reads why, what its start noted, and what to do", async (t) => {
    const lost = await BoxStand.start({
      ...{ dataDir: join(browser.directory, "lost"), uiDir: join(browser.directory, "ui") },
      standing: { delegation: null },
    });
    t.after(() => lost.close());
    const trouble = (code: string, severity: "error" | "warning", text: string) => ({
      ...{ code, severity, since: Date.now() - 60_000, text },
    });
    lost.report({
      health: [
        trouble("clock-wrong", "warning", "The clock is wrong by 3 h."),
        trouble("boot-data-remade", "error", "The data partition was damaged and was made anew."),
        trouble("enrolment-refused", "error", `${enrolmentRefusals["token-used"]} (token-used)`),
      ],
    });
    const { context, page } = await enter(lost);
    t.after(() => context.close());
    const state = page.getByRole("region", { name: "State of the box" });
    await state.getByText("Placement: lan.").waitFor();
    const rows = state.getByRole("list", { name: "Troubles of the box" }).getByRole("listitem");
    const first = await rows.first().innerText();
    assert.match(first, /^The controller does not let this box in\.[^]*was used by another box[^]*Next: whoever runs/);
    assert.match(await rows.nth(1).innerText(), /^Noted while the box started\.[^]*made anew/);
    assert.match(await rows.nth(2).innerText(), /^The box reports a fault\.[^]*wrong by 3 h/);
    assert.deepEqual([await browser.findings(page), await overflow(page)], [[], 0]);
    await page.evaluate("document.querySelector('#box').scrollIntoView()");
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `box-trouble-phone-${colorScheme}`);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize(desktop);
    await picture(page, "box-trouble-desktop");
    lost.report({ health: [] });
    await state.getByText("It has no trouble to tell of, neither now nor from its start.").waitFor();
    assert.deepEqual(browser.complaints, []);
  });

  test("whoever stands before a dead line calls with one touch, and reads how long the box took to start", async () => {
    box.report({ boot: { forwardingMs: 3310, judgingMs: 14_620 } });
    const { context, page } = await enter(box);
    const call = page.getByRole("region", { name: "Whom to call" });
    await call.getByRole("link", { name: "0800 555 0199" }).waitFor();
    const links = await call.getByRole("link").evaluateAll((all) => all.map((each) => each.getAttribute("href")));
    assert.deepEqual(links, [
      "tel:+49305550134",
      "mailto:anna@brandt.example",
      "tel:08005550199",
      "mailto:night-desk@operator-of-many-boxes.example",
    ]);
    // Nothing of the evidence stands before it.
    const order = await page
      .locator("main :is(section, ul.health)")
      .evaluateAll((all) => all.map(({ className }) => className));
    assert.deepEqual(order.slice(0, 2), ["say", "call"]);
    const heights = await call
      .getByRole("link")
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
    assert.ok(
      heights.every((height) => height >= 44),
      heights.join(),
    );
    const state = page.getByRole("region", { name: "State of the box" });
    await state
      .getByText("At its last start it was forwarding 3.3 s after its kernel began, judging after 14 s.")
      .waitFor();
    for (const colorScheme of themes) {
      for (const [name, viewport] of [
        ["phone", phone],
        ["390", { width: 390, height: 844 }],
        ["desktop", desktop],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        await page.evaluate("scrollTo(0, 0)");
        assert.deepEqual([await browser.findings(page), await overflow(page)], [[], 0], `${name} ${colorScheme}`);
        await picture(page, `box-call-${name}-${colorScheme}`);
        await page.evaluate("document.querySelector('#box').scrollIntoView()");
        await picture(page, `box-start-${name}-${colorScheme}`);
      }
    }
    // Once the line answers again, it stands where it is looked up.
    box.report({ line: { state: "healthy", since: Date.now(), text: "" }, boot: { forwardingMs: 3310 } });
    await state.getByText(/judging is not noted yet/).waitFor();
    const after = await page.locator("main section").evaluateAll((all) => all.map(({ className }) => className));
    assert.ok(after.indexOf("call") > after.indexOf("reflex"), after.join());
    assert.deepEqual(browser.complaints, []);
    await context.close();
  });

  test("what lies behind a line of evidence is shown, and whose cable is pulled", async () => {
    const { context, page } = await open({ viewport: phone });
    await page.goto(box.url);
    await page.getByLabel("PIN on its label").fill(boxPin);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page
      .locator(".hosts")
      .getByRole("link", { name: /DESK-07/ })
      .click();
    isLogLate = true;
    const asked = box.asks.length;
    await page
      .getByRole("button", { name: /^Flows behind/ })
      .first()
      .click();
    const flows = page.getByRole("dialog", { name: "Connections of DESK-07" });
    await flows.getByText("From the log that the box keeps.").waitFor();
    await flows.getByText("They are not in the log yet.").waitFor();
    // And by itself once more.
    await flows.getByText("The log holds none of that time.").waitFor();
    assert.deepEqual(
      box.asks.slice(asked).map(({ kind }) => kind),
      [lookUpKind, lookUpKind],
    );
    await page.keyboard.press("Escape");
    await page.goto(`${box.url}/sites/${boxSite}/walk`);
    await page.getByRole("button", { name: "Start listening" }).click();
    const script = new WalkScript(box);
    const { id } = await script.begun();
    const desk = sampleHosts(Date.now()).find(({ name }) => name === "DESK-07");
    assert.ok(desk !== undefined);
    await script.set("answering", desk.host).say(id);
    await script.find("gone", desk.host).say(id);
    await page.getByRole("heading", { level: 1, name: "DESK-07" }).waitFor();
    await page.getByRole("button", { name: "Stop listening" }).click();
    await page.getByRole("heading", { level: 1, name: "Stopped by PIN of the box." }).waitFor();
    assert.deepEqual(browser.complaints, []);
    await context.close();
  });

  test("what is the centre’s is said to be, before anybody has filled in a sheet", async () => {
    const { context, page } = await open();
    await page.goto(box.url);
    await page.getByLabel("PIN on its label").fill(boxPin);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("main .line").waitFor();
    const quiet = {
      budget: "usual",
      passed: 0,
      stopped: 0,
      hosts: [],
      refusal: null,
    } satisfies Partial<ReportedReflex>;
    box.report({ reflex: { mode: "dry", ...quiet } });
    const why = "This is done at the centre, not at the box.";
    for (const name of ["What Cordon does by itself", "Reflex", "Areas"]) {
      const panel = page.getByRole("region", { name, exact: true });
      await panel.getByText(why).waitFor();
      assert.ok(await panel.getByRole("button").first().isDisabled(), name);
    }
    assert.equal(
      await page
        .getByRole("button", { name: /^Choose the policy/ })
        .first()
        .getAttribute("title"),
      why,
    );
    await page.goto(`${box.url}/settings`);
    await page.getByText("You are on the box itself. The centre cannot be reached.").waitFor();
    await page
      .getByText(/^You came by the PIN on the box’s label/)
      .first()
      .waitFor();
    const presets = page.getByRole("region", { name: "What Cordon does by itself" });
    await presets.getByText(why).waitFor();
    for (const button of await presets.getByRole("button").all()) assert.ok(await button.isDisabled());
    assert.deepEqual(await browser.findings(page), []);
    await page.goto(box.url);
    await page.locator("main .line").waitFor();
    for (const colorScheme of themes) {
      for (const [name, viewport] of [
        ["phone", phone],
        ["desktop", desktop],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        await page.evaluate("scrollTo(0, 0)");
        assert.deepEqual(await browser.findings(page), [], `${name} ${colorScheme}`);
        await picture(page, `box-site-${name}-${colorScheme}`);
      }
    }
    // Once nobody who is infected is left to be cut off, the next step is a call.
    await box.signIn();
    for (const { host, verdict } of (await box.api.site(boxSite)).hosts) {
      if (verdict !== "infected") continue;
      const wish = { kind: "quarantine", host, reason: "Infected", expiresAt: null };
      await box.api.call("POST", `/api/v1/sites/${boxSite}/containments`, wish);
    }
    await page.getByRole("button", { name: "What to tell the provider" }).click();
    const sheet = page.getByRole("dialog", { name: "What to tell the provider" });
    await sheet.getByText(/^The line of Brandt Tax Advisers has been dead since /).waitFor();
    await sheet.getByRole("link", { name: "0800 555 0199" }).waitFor();
    await sheet.getByText("Is the line cut on purpose").waitFor();
    await picture(page, "box-provider-desktop-dark");
    await sheet.getByText("2 machines here are known to be infected").waitFor();
    assert.deepEqual(await browser.findings(page), []);
    await page.keyboard.press("Escape");
    // The centre is back, and has had another idea meanwhile: both are shown here as well.
    const next = wishedBy({ revision: 9 });
    box.stand({ held: next, base: next, awaySince: null });
    await page.getByText("You are on the box itself. The centre can be reached, too.").waitFor();
    assert.deepEqual(browser.complaints, []);
    assert.equal(new URL(page.url()).pathname, `/sites/${boxSite}`);
    await context.close();
  });
});
