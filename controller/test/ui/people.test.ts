/** People: inviting, taking an account, signing in and being kept out, in a real browser. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { codeAt, password } from "../people.ts";
import type { Demo } from "../seed-demo.ts";
import {
  BrowserStand,
  desktop,
  lowControls,
  lowControlsOfSheet,
  overflow,
  phone,
  picture,
  signIn,
  skip,
  themes,
  skipLook,
} from "./stand.ts";
import { slow } from "../slow-tests.ts";

describe("people in Chromium", { skip }, () => {
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

  const invite = async (page: Page, name: string, role: string): Promise<string> => {
    await page.goto(`${running.controller.url}/people`);
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("Name").fill(name);
    await page.getByRole("radio", { name: role, exact: true }).check();
    assert.deepEqual(await stand.findings(page), []);
    await page.getByRole("button", { name: "Make the invitation" }).click();
    return page.getByRole("textbox", { name: "Link" }).inputValue();
  };

  test("who makes a box says what kind it is, and reads that its image takes no updates", async (t) => {
    const own = await stand.demo("empty");
    t.after(() => own.close());
    const { context, page } = await stand.open(own, { locale: "de-DE" });
    t.after(() => context.close());
    await page.route("**/api/v1/boxes", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      const response = await route.fetch();
      const images = [
        { name: "cordon-amd64-pc.img", board: "pc", takesUpdates: true },
        { name: "cordon-arm64-pi.img", board: "pi", takesUpdates: false },
      ];
      await route.fulfill({ response, json: { ...((await response.json()) as object), images, whyNoImage: null } });
    });
    await page.goto(await own.controller.createLoginLink());
    await page.getByRole("button", { name: "Anmelden", exact: true }).click();
    await page.getByRole("button", { name: "Box hinzufügen" }).first().click();
    await page.getByLabel(/^Wie heißt der Standort/).fill("Bäckerei");
    await page.getByLabel(/^Wo findet sie diesen Controller/).fill("a b");
    const make = page.locator("dialog .btn.pri");
    await make.click();
    await page
      .getByRole("alert")
      .getByText(/"a b" kann es nicht sein; erlaubt sind ein Name/)
      .waitFor();
    await page.getByLabel(/^Wo findet sie diesen Controller/).fill("192.0.2.9");
    await make.click();
    const warning = page.getByText("Dieses Abbild nennt niemanden, der neue Fassungen unterschreibt");
    const image = page.locator("dialog a.btn.pri");
    assert.match((await image.getAttribute("href")) ?? "", /image=cordon-amd64-pc\.img$/);
    assert.equal(await warning.count(), 0);
    await page.getByRole("radio", { name: "Ein Raspberry Pi" }).check();
    await warning.waitFor();
    assert.match((await image.getAttribute("href")) ?? "", /image=cordon-arm64-pi\.img$/);
    assert.deepEqual(await stand.findings(page), []);
    const label = await page.evaluate<string>(
      "fetch(document.querySelector('.label-sheet').src).then((answer) => answer.text())",
    );
    assert.match(label, / lang="de" [\s\S]*aria-label="Welcher Stecker wohin gehört"/);
    await picture(page, "box-made-german");
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("an owner adds a box: what is wrong is said, then its PIN, its label and its profile are there", async (t) => {
    // Of its own: it has one site more afterwards.
    const own = await stand.demo("infected");
    t.after(() => own.close());
    const { context, page } = await stand.open(own);
    t.after(() => context.close());
    await signIn(own, page);
    await page.getByRole("button", { name: "Add a box…" }).click();
    await page.getByRole("heading", { name: "Add a box" }).waitFor();
    await page.getByLabel("What do people call the site?").fill("Bäckerei Möller");
    await page.getByRole("radio", { name: "Router and switch" }).check();
    const loopback = page.getByText(/Seen from the box, this address is the box itself/);
    await loopback.waitFor();
    await page.getByLabel(/^Where does it find this controller/).fill("192.0.2.9");
    await loopback.waitFor({ state: "detached" });
    // It was opened by an address of this machine's own.
    const url = page.getByLabel(/^Where do people open it/);
    assert.equal(await url.inputValue(), "");
    const itself = page.getByText(/A telephone that reads this from the label comes to itself/);
    await url.fill("https://localhost:8420");
    await itself.waitFor();
    await url.fill("");
    await itself.waitFor({ state: "detached" });
    assert.equal(await page.getByLabel(/^On which port/).inputValue(), String(own.controller.brokerPort));
    await page.getByLabel(/^Whom to call/).fill("Anna Brandt, +49 30 1234");
    await page.getByText("Ports and networks").click();
    await page.getByLabel(/^The site’s networks/).fill("all");
    // What another place asks for is there only while it is chosen.
    const ofGateway = page.getByLabel(/^The box’s address in the repair network/);
    assert.equal(await ofGateway.count(), 0);
    await page.getByRole("radio", { name: "A repair bench" }).check();
    await ofGateway.fill("10.0.9.1/33");
    assert.equal(await page.getByLabel(/^A fixed address of the management port/).count(), 0);
    await page.getByRole("radio", { name: "Router and switch" }).check();
    const looks = async (name: string): Promise<void> => {
      assert.deepEqual(await stand.findings(page), []);
      await picture(page, `${name}-desktop`);
      await page.setViewportSize(phone);
      assert.deepEqual([await overflow(page), await lowControlsOfSheet(page)], [0, []]);
      await picture(page, `${name}-phone`);
      await page.setViewportSize(desktop);
    };
    await looks("box-ask");
    await page.getByRole("button", { name: "Make the box" }).click();
    await page.getByRole("alert").getByText('The site’s networks, no. 1: "all" cannot be it').waitFor();
    assert.equal(await page.getByRole("alert").getByRole("listitem").count(), 1);
    await page.getByLabel(/^The site’s networks/).fill("192.168.1.0/24");
    await page.getByRole("button", { name: "Make the box" }).click();
    await page.getByRole("heading", { name: "The box of Bäckerei Möller is made." }).waitFor();
    await page.getByText(/^\d{4} \d{4}$/).waitFor();
    // Fails where it is no picture.
    await page.evaluate("document.querySelector('.label-sheet').decode()");
    await looks("box-made");
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download its profile" }).click();
    assert.match((await download).suggestedFilename(), /^backerei-moller-[0-9a-f]{8}\.json$/);
  });

  test("an owner invites somebody, who takes the account, signs out, and signs in again by name, password and code", async (t) => {
    const owner = await stand.open(running);
    t.after(() => owner.context.close());
    await signIn(running, owner.page);
    const link = await invite(owner.page, "Rita Vance", "Reader");
    await owner.page.getByRole("button", { name: "Done" }).click();
    await owner.page.getByRole("row", { name: "Rita Vance" }).getByText("Invited").waitFor();

    const { context, page } = await stand.open(running, { viewport: phone });
    t.after(() => context.close());
    await page.goto(link);
    await page.getByRole("heading", { name: "Rita Vance, make this account yours." }).waitFor();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    const secret = (await page.locator(".scan .mono").innerText()).replaceAll(" ", "");
    await page.getByLabel(/^Password/).fill(password);
    await page.getByLabel(/^Code/).fill("000000");
    await page.getByRole("button", { name: "Take the account" }).click();
    await page.getByRole("alert").getByText("not the code").waitFor();
    await page.getByLabel(/^Code/).fill(codeAt(secret, Date.now()));
    await page.getByRole("button", { name: "Take the account" }).click();
    await page.waitForURL(`**/sites/${running.siteId}`);
    await page.getByText("Signed in as Rita Vance, reader").waitFor();
    assert.equal(await page.getByRole("link", { name: "People", exact: true }).count(), 0);

    const cut = page.getByRole("button", { name: /^Cut off/ }).first();
    assert.equal(await cut.isDisabled(), true);
    assert.match((await cut.getAttribute("title")) ?? "", /A technician can do this/);
    await page.getByText("Your account looks and changes nothing.").first().waitFor();
    await picture(page, "reader-phone");
    assert.equal(await overflow(page), 0);
    assert.equal(await page.locator(".sheet").count(), 0);

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Name").fill("rita vance");
    await page.getByLabel("Password").fill(password);
    // The code that took the account has been used: the next one is at most half a minute off, and counts already.
    await page.getByLabel(/^Code/).fill(codeAt(secret, Date.now() + 30_000));
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in as Rita Vance, reader").waitFor();

    await owner.page.reload();
    await owner.page.getByRole("button", { name: "Disable Rita Vance" }).click();
    await owner.page.getByRole("row", { name: "Rita Vance" }).getByText("Disabled").waitFor();
    await page.getByRole("heading", { name: "Sign in." }).waitFor();
  });

  test(
    "who takes another app for codes proves who it is, and types a code of the new one",
    { skip: slow },
    async (t) => {
      const owner = await stand.open(running);
      t.after(() => owner.context.close());
      await signIn(running, owner.page);
      const link = await invite(owner.page, "Ines Roth", "Technician");
      const { context, page } = await stand.open(running, { viewport: phone });
      t.after(() => context.close());
      const secretShown = async (): Promise<string> =>
        (await page.locator(".scan .mono").innerText()).replaceAll(" ", "");
      const looks = async (): Promise<void> => {
        assert.deepEqual(await stand.findings(page), []);
        assert.deepEqual([await overflow(page), await lowControlsOfSheet(page)], [0, []]);
      };
      await page.goto(link);
      await page.getByRole("img", { name: /QR code/ }).waitFor();
      const secret = await secretShown();
      await page.getByLabel(/^Password/).fill(password);
      await page.getByLabel(/^Code/).fill(codeAt(secret, Date.now()));
      await page.getByRole("button", { name: "Take the account" }).click();
      await page.getByText("Signed in as Ines Roth, technician").waitFor();
      await page.goto(`${running.controller.url}/settings`);
      await page.getByRole("button", { name: "Take another app…" }).click();
      await page.getByRole("heading", { name: "Another app for codes" }).waitFor();
      await looks();
      await page.getByLabel(/^Password/).fill(password);
      await page.getByLabel(/^Code/).fill(codeAt(secret, Date.now() + 30_000));
      await page.getByRole("button", { name: "Go on" }).click();
      await page.getByRole("img", { name: /QR code/ }).waitFor();
      await looks();
      const other = await secretShown();
      assert.notEqual(other, secret);
      await page.getByLabel(/^Code/).fill(codeAt(other, Date.now()));
      await page.getByRole("button", { name: "Take the new app" }).click();
      await page.locator("dialog").waitFor({ state: "detached" });
    },
  );

  test("a guest's link shows the site, and a link that does not count says what to do", async (t) => {
    const owner = await stand.open(running);
    t.after(() => owner.context.close());
    await signIn(running, owner.page);
    const link = await invite(owner.page, "Auditor", "Guest");
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await page.goto(link);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Signed in as Auditor, guest").waitFor();
    await page.goto(`${running.controller.url}/sites/${running.siteId}`);
    await page
      .locator(".hosts")
      .getByRole("link", { name: /DESK-07/ })
      .click();
    await page.locator("main .why-not").first().waitFor();
    for (const rung of await page.locator(".rungs button").all()) assert.ok(await rung.isDisabled());
    // What somebody else has asked for is shown, and is not the guest's to undo.
    const timeline = `${running.controller.url}/sites/${running.siteId}/timeline?kind=action`;
    await owner.page.goto(`${running.controller.url}/sites/${running.siteId}`);
    await owner.page
      .getByRole("button", { name: /^Cut off .*…$/ })
      .first()
      .click();
    await owner.page
      .getByRole("dialog")
      .getByRole("button", { name: /^Cut off until/ })
      .click();
    await owner.page.goto(timeline);
    await owner.page.getByRole("button", { name: "Undo…" }).first().waitFor();
    await page.goto(timeline);
    await page.getByRole("list", { name: "Time line" }).getByText("Asked to cut off").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Undo…" }).count(), 0);
    await page.goto(`${running.controller.url}/invitation#nothing`);
    await page.getByRole("alert").getByText("This invitation does not work").waitFor();
  });

  test("a site is given to a customer, and who sees another customer's sites sees none of it", async (t) => {
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.goto(`${running.controller.url}/people`);
    for (const name of ["Brandt", "Someone else"]) {
      await page.getByLabel("Add a customer").fill(name);
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByRole("option", { name, exact: true }).first().waitFor({ state: "attached" });
    }
    await page.locator(".customers select").selectOption({ label: "Brandt" });
    await page.waitForFunction("document.querySelector('.customers option:checked')?.textContent === 'Brandt'");
    await page.getByRole("button", { name: "Invite somebody" }).click();
    await page.getByLabel("Name").fill("Outsider");
    await page.getByRole("radio", { name: "Guest", exact: true }).check();
    await page.getByRole("radio", { name: "Customers", exact: true }).check();
    await page.getByRole("checkbox", { name: "Someone else" }).check();
    await page.getByRole("button", { name: "Make the invitation" }).click();
    const link = await page.getByRole("textbox", { name: "Link" }).inputValue();
    const other = await stand.open(running);
    t.after(() => other.context.close());
    await other.page.goto(link);
    await other.page.getByRole("button", { name: "Sign in" }).click();
    await other.page.getByText("Signed in as Outsider, guest").waitFor();
    assert.equal(await other.page.getByText("Brandt").count(), 0);
    await other.page.goto(`${running.controller.url}/sites/${running.siteId}`);
    await other.page
      .getByText(/There is no such site|no such page/)
      .first()
      .waitFor();
  });

  for (const colorScheme of themes) {
    for (const [size, viewport] of [
      ["phone", phone],
      ["desktop", undefined],
    ] as const) {
      test(
        `door, invitation and people are in order: ${size}, ${colorScheme}`,
        { skip: skipLook(size, colorScheme) },
        async (t) => {
          const { context, page } = await stand.open(running, {
            colorScheme,
            ...(viewport === undefined ? {} : { viewport }),
          });
          t.after(() => context.close());
          const look = async (name: string): Promise<void> => {
            await picture(page, `${name}-${size}-${colorScheme}`);
            assert.deepEqual(await stand.findings(page), []);
            assert.equal(await overflow(page), 0);
            if (size === "phone") assert.deepEqual(await lowControls(page), []);
          };
          await page.goto(`${running.controller.url}/`);
          await page.getByRole("heading", { name: "Sign in." }).waitFor();
          await look("door");
          await signIn(running, page);
          const link = await invite(page, `Tom ${size} ${colorScheme}`, "Technician");
          await look("invited");
          await page.getByRole("button", { name: "Done" }).click();
          await page.getByRole("heading", { name: /may sign in/ }).waitFor();
          await look("people");
          await page.goto(link);
          await page.getByRole("heading", { name: /make this account yours/ }).waitFor();
          await look("invitation");
        },
      );
    }
  }
});
