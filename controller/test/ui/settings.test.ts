/** Settings, passkeys and packets in a real browser, over TLS. */
import assert from "node:assert/strict";
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { checkBackup } from "../../src/backup/restore.ts";
import { loopbackCredentials } from "../credentials.ts";
import { codeAt, password } from "../people.ts";
import type { Demo } from "../seed-demo.ts";
import {
  BrowserStand,
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

describe("settings in Chromium", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-settings-"));
  let stand: BrowserStand;
  let running: Demo;
  const ordered: string[] = [];
  before(async () => {
    const { cert, key } = await loopbackCredentials();
    const tls = { certFile: join(folder, "tls.pem"), keyFile: join(folder, "tls.key") };
    writeFileSync(tls.certFile, cert);
    writeFileSync(tls.keyFile, key);
    // Passkeys want a certificate that the browser trusts.
    const spki = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
    const trusted = createHash("sha256").update(spki).digest("base64");
    stand = await BrowserStand.start([`--ignore-certificate-errors-spki-list=${trusted}`]);
    running = await stand.demo("infected", { more: { tls, restore: (order) => void ordered.push(order.author) } });
  });
  after(async () => {
    await running.close();
    await stand.close();
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(stand.complaints, []);
  });

  const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
  const typeProof = async (page: Page, code: string): Promise<void> => {
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByLabel(/^Code of your app/).fill(code);
  };

  /** What the phone asks for a finger. */
  const authenticator = async (page: Page): Promise<void> => {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    await cdp.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        ...{ protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true },
        ...{ isUserVerified: true, automaticPresenceSimulation: true },
      },
    });
  };

  test("the terminal's link leads to an account of one's own, with a passkey", async (t) => {
    const { context, page } = await stand.open(running, { viewport: phone });
    t.after(() => context.close());
    await authenticator(page);
    await page.goto(await running.controller.createLoginLink());
    await press(page, "Sign in and make a passkey");
    await page.getByLabel("Name").fill("Olga Own");
    assert.equal(await page.getByRole("radio", { name: "Owner", exact: true }).isChecked(), true);
    await press(page, "Make the invitation");
    await press(page, "It is for me: take it here");
    await page.getByRole("heading", { name: "Olga Own, make this account yours." }).waitFor();
    assert.deepEqual([await stand.findings(page), await overflow(page)], [[], 0]);
    const secret = (await page.locator(".scan .mono").innerText()).replaceAll(" ", "");
    await page.getByLabel(/^Password/).fill(password);
    await page.getByLabel(/^Code/).fill(codeAt(secret, Date.now()));
    await press(page, "Take it, then add a passkey");
    await page.getByLabel("Name of the device").fill("Olga’s phone");
    await typeProof(page, codeAt(secret, Date.now() + 30_000));
    await press(page, "Add the passkey");
    await page.getByRole("heading", { name: "Olga’s phone" }).waitFor();
    await press(page, "Sign out");
    await page.getByText(/At localhost\. With a passkey/).waitFor();
    assert.deepEqual([await stand.findings(page), await overflow(page)], [[], 0]);
    await press(page, "Sign in with a passkey");
    await page.getByText("Signed in as Olga Own, owner").waitFor();
  });

  test("a passkey is added by who proves to be the same person, signs in, and is removed", async (t) => {
    const owner = await stand.open(running);
    t.after(() => owner.context.close());
    await signIn(running, owner.page);
    await owner.page.goto(`${running.controller.url}/people`);
    await press(owner.page, "Invite somebody");
    await owner.page.getByLabel("Name").fill("Paula Keys");
    await owner.page.getByRole("radio", { name: "Owner", exact: true }).check();
    await press(owner.page, "Make the invitation");
    const link = await owner.page.getByRole("textbox", { name: "Link" }).inputValue();

    const { context, page } = await stand.open(running, { viewport: phone });
    t.after(() => context.close());
    await authenticator(page);
    await page.goto(link);
    const secret = async () => (await page.locator(".scan .mono").innerText()).replaceAll(" ", "");
    const first = await secret();
    await page.getByLabel(/^Password/).fill(password);
    await page.getByLabel(/^Code/).fill(codeAt(first, Date.now()));
    await press(page, "Take the account");
    await page.getByText("Signed in as Paula Keys, owner").waitFor();

    await page.getByRole("link", { name: "Settings", exact: true }).click();
    await press(page, "Change the password…");
    await page.getByLabel("New password").fill("another horse entirely");
    await typeProof(page, "000000");
    await picture(page, "password-phone");
    assert.deepEqual(await stand.findings(page), []);
    await press(page, "Change the password");
    await page.getByRole("alert").getByText("do not belong together").waitFor();
    await page.keyboard.press("Escape");
    await press(page, "Add a passkey…");
    await page.getByLabel("Name of the device").fill("Paula’s phone");
    await typeProof(page, "000000");
    await press(page, "Add the passkey");
    await page.getByRole("alert").getByText("do not belong together").waitFor();
    // The code that took the account has been used.
    await typeProof(page, codeAt(first, Date.now() + 30_000));
    await picture(page, "passkey-phone");
    assert.deepEqual(await stand.findings(page), []);
    await press(page, "Add the passkey");
    await page.getByRole("heading", { name: "Paula’s phone" }).waitFor();

    await press(page, "Sign out");
    await press(page, "Sign in with a passkey");
    await page.getByText("Signed in as Paula Keys, owner").waitFor();
    await page.getByRole("link", { name: "Settings", exact: true }).click();
    await page
      .getByText(/Last used (just now|at|today|[\d:])/)
      .first()
      .waitFor();

    await press(page, "Remove the passkey Paula’s phone");
    await page.getByRole("heading", { name: "Paula’s phone" }).waitFor({ state: "detached" });
    await press(page, "Sign out");
    await press(page, "Sign in with a passkey");
    await page.getByRole("alert").getByText("This passkey does not sign in here").waitFor();
  });

  test("a token is made, told once and ended; a backup is downloaded, sealed", async (t) => {
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.goto(`${running.controller.url}/settings`);
    await press(page, "Make a token…");
    await page.getByLabel("Name").fill("Monitoring");
    await press(page, "Make the token");
    const secret = await page.getByRole("textbox", { name: "Token" }).inputValue();
    assert.match(secret, /^cordon_[\w-]{43}$/);
    await press(page, "Done");
    await page.getByRole("heading", { name: "Monitoring" }).waitFor();
    const withToken = (path: string) =>
      page.request.get(running.controller.url + path, {
        headers: { authorization: `Bearer ${secret}` },
        ignoreHTTPSErrors: true,
      });
    assert.equal((await withToken("/api/v1/sites")).status(), 200);
    assert.equal((await withToken("/api/v1/people")).status(), 403);
    await press(page, "End the token Monitoring");
    await page.getByRole("heading", { name: "Monitoring" }).waitFor({ state: "detached" });
    assert.equal((await withToken("/api/v1/sites")).status(), 401);

    await press(page, "Make a backup…");
    await page.getByLabel("Passphrase").fill("a passphrase of some words");
    assert.deepEqual(await stand.findings(page), []);
    const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Make the backup")]);
    const file = readFileSync(await download.path());
    const { rows } = await checkBackup(Readable.from([file]), "a passphrase of some words");
    assert.ok(rows > 5, `${rows}`);
    await press(page, "Done");
  });

  test("a preset is put on a site with what it would change before", async (t) => {
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await signIn(running, page);
    await page.goto(`${running.controller.url}/settings`);
    await press(page, "Put on sites…: Stop mailers at once");
    await page.getByText("Policy: Observe → Guard.").waitFor();
    await page.getByText("Mail: open → shut.").waitFor();
    await picture(page, "preset-desktop");
    assert.deepEqual(await stand.findings(page), []);
    await page.getByRole("textbox", { name: "Reason" }).fill("Nobody watches at night");
    await press(page, "Set 1 site");
    await page.getByText("Asked; the box reports what it really does.").waitFor();
    await press(page, "Done");
    await press(page, "Put on sites…: Stop mailers at once");
    await page.getByText("Is set so already.").waitFor();
    await page.getByRole("button", { name: "Nothing would change" }).waitFor();
    assert.deepEqual(await stand.findings(page), []);
  });

  test(
    "recording is put on record and taken back, and of a machine its packets are asked for",
    { skip: slow },
    async (t) => {
      const { context, page } = await stand.open(running);
      t.after(() => context.close());
      await signIn(running, page);
      await page.getByText("No packets are recorded").waitFor();
      await page.locator("[data-row]").first().click();
      await press(page, "Packets for Wireshark…");
      await page.getByText("Nobody has allowed it for this machine.").waitFor();
      assert.match(await page.getByLabel("Display filter for Wireshark").inputValue(), /^eth\.addr == [0-9a-f:]{17}$/);
      await press(page, "Allow recording…");
      await page.getByLabel("Who allows it").fill("Karin Brandt");
      await page.getByLabel("As what").fill("Manager of the client");
      await picture(page, "recording-desktop");
      assert.deepEqual(await stand.findings(page), []);
      await press(page, "Put it on record");
      await press(page, "Packets for Wireshark…");
      await page.getByText("Allowed; the box has not said yet that it records.").waitFor();
      await press(page, "Ask the box for them");
      // It takes what it is asked, and has recorded nothing.
      await page.getByText("The box sent none.").waitFor();
      await picture(page, "packets-desktop");
      assert.deepEqual(await stand.findings(page), []);
      await page.keyboard.press("Escape");
      await page.goBack();
      await page.getByText("Allowed by Karin Brandt, Manager of the client").waitFor();
      await press(page, "Take it back, and delete what was recorded");
      await page.getByText("No packets are recorded").waitFor();
    },
  );

  test("settings list on whose word packets are recorded where, and lead there, and to the people", async (t) => {
    const { context, page } = await stand.open(running, { viewport: phone });
    t.after(() => context.close());
    await signIn(running, page);
    await page.goto(`${running.controller.url}/settings`);
    const recordings = page.getByRole("region", { name: "Recording of whole packets" });
    await recordings.getByText("Nobody has allowed it at any site.").waitFor();
    await page.goto(`${running.controller.url}/sites/${running.siteId}#recording`);
    const panel = page.getByRole("region", { name: "Whole packets" });
    await panel.getByRole("button", { name: "Allow recording…" }).click();
    await page.getByLabel("Who allows it").fill("Karin Brandt");
    await page.getByLabel("As what").fill("Manager of the client");
    await press(page, "Put it on record");
    await panel.getByText("Allowed by Karin Brandt, Manager of the client").waitFor();
    await page.goto(`${running.controller.url}/settings`);
    await recordings.getByText(/^Allowed by Karin Brandt, Manager of the client: the whole site, until /).waitFor();
    await recordings.scrollIntoViewIfNeeded();
    await picture(page, "settings-recordings-phone");
    assert.deepEqual([await stand.findings(page), await overflow(page), await lowControls(page)], [[], 0, []]);
    await recordings.getByRole("link", { name: /^To the site: / }).click();
    await panel.waitFor();
    const isInView = 'document.getElementById("recording").getBoundingClientRect().top < innerHeight';
    await t.waitFor(async () => assert.ok(await page.evaluate<boolean>(isInView)), { timeout: 10_000 });
    await press(page, "Take it back, and delete what was recorded");
    await panel.getByText("No packets are recorded").waitFor();
    await page.goto(`${running.controller.url}/settings`);
    await page.getByRole("region", { name: "People" }).getByRole("link", { name: "People and customers" }).click();
    await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
  });

  test("what the box has recorded of a machine comes as a file for Wireshark, and of it every byte", async (t) => {
    const recorded = randomBytes(300_000);
    const recording = await stand.demo("infected", { packets: recorded });
    const { context, page } = await stand.open(recording);
    t.after(async () => {
      await context.close();
      await recording.close();
    });
    await signIn(recording, page);
    await page.locator("[data-row]").first().click();
    await press(page, "Packets for Wireshark…");
    await press(page, "Allow recording…");
    await page.getByLabel("Who allows it").fill("Karin Brandt");
    await page.getByLabel("As what").fill("Manager of the client");
    await press(page, "Put it on record");
    await press(page, "Packets for Wireshark…");
    await press(page, "Ask the box for them");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download for Wireshark" }).click(),
    ]);
    assert.match(download.suggestedFilename(), /\.pcapng$/);
    assert.ok((await readFile(await download.path())).equals(recorded));
    assert.deepEqual(await stand.findings(page), []);
  });

  test("a reader sees what is not for readers as such, with the reason", async (t) => {
    const owner = await stand.open(running);
    t.after(() => owner.context.close());
    await signIn(running, owner.page);
    await owner.page.goto(`${running.controller.url}/settings`);
    await press(owner.page, "Make a guest link…");
    await owner.page.getByLabel("Name").fill("Auditor");
    await press(owner.page, "Make the invitation");
    const link = await owner.page.getByRole("textbox", { name: "Link" }).inputValue();
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await page.goto(link);
    await press(page, "Sign in");
    await page.getByText("Signed in as Auditor, guest").waitFor();
    const open = await page
      .locator("main button:enabled")
      .evaluateAll((buttons) => buttons.map((button) => (button as unknown as { innerText: string }).innerText));
    assert.deepEqual(
      open.filter((text) => text.endsWith("…")),
      [],
    );
    await page.getByText("Your account looks and changes nothing.").first().waitFor();
    await page.goto(`${running.controller.url}/settings`);
    await page.getByText("An owner can do this.").first().waitFor();
    assert.equal(await page.getByRole("button", { name: "Make a token…" }).isDisabled(), true);
  });

  for (const colorScheme of themes) {
    for (const [size, viewport] of [
      ["phone", phone],
      ["desktop", undefined],
    ] as const) {
      test(`settings are in order: ${size}, ${colorScheme}`, { skip: skipLook(size, colorScheme) }, async (t) => {
        const { context, page } = await stand.open(running, {
          colorScheme,
          ...(viewport === undefined ? {} : { viewport }),
        });
        t.after(() => context.close());
        await signIn(running, page);
        await page.goto(`${running.controller.url}/settings`);
        await page.getByRole("heading", { name: "How you sign in" }).waitFor();
        const look = async (name: string): Promise<void> => {
          await picture(page, `${name}-${size}-${colorScheme}`);
          assert.deepEqual(await stand.findings(page), []);
          assert.equal(await overflow(page), 0);
          if (size === "phone") assert.deepEqual(await lowControls(page), []);
        };
        await look("settings");
        await press(page, "Make a token…");
        await page.getByRole("heading", { name: "Make a token for a program" }).waitFor();
        await look("token");
        await page.keyboard.press("Escape");
        await press(page, "Put on sites…: Outbreak");
        await page.getByText("Remote desktop: open → shut.").waitFor();
        await look("preset");
      });
    }
  }

  test("a box is wiped by whoever typed its site’s name, and what it says of that is shown", async (t) => {
    const { context, page } = await stand.open(running, { viewport: phone });
    t.after(() => context.close());
    await signIn(running, page);
    await page.goto(`${running.controller.url}/settings`);
    await press(page, "Wipe a box…");
    await page.getByRole("button", { name: "First choose a site" }).waitFor();
    const site = await page.locator("dialog option").nth(1).innerText();
    await page.locator("dialog select").selectOption({ label: site });
    await page.getByLabel("Type the site’s name").fill("Some other");
    assert.equal(await page.getByRole("button", { name: "First type the site’s name" }).isDisabled(), true);
    await page.getByLabel("Type the site’s name").fill(site);
    await picture(page, "wipe-phone");
    assert.deepEqual(await stand.findings(page), []);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControlsOfSheet(page), []);
    await press(page, "Wipe it for good");
    // Its program knows no such order: that is said, and nothing is changed.
    await page.getByRole("alert").getByText("does not follow such an order").waitFor();
  });

  test("a box gets a new card, and its identity is taken back by whoever typed its site’s name", async (t) => {
    const own = await stand.demo("infected");
    t.after(() => own.close());
    const { context, page } = await stand.open(own, { viewport: phone });
    t.after(() => context.close());
    const site = "Alder Street Dental";
    await own.addSite(site);
    await page.goto(await own.controller.createLoginLink());
    await press(page, "Sign in");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.goto(`${own.controller.url}/settings`);
    await press(page, "Make a new card…");
    await page.getByRole("button", { name: "First choose a site" }).waitFor();
    await page.locator("dialog select").selectOption({ label: site });
    await picture(page, "card-phone");
    const looks = async (): Promise<void> => {
      assert.deepEqual([await stand.findings(page), await lowControlsOfSheet(page)], [[], []]);
      assert.equal(await overflow(page), 0);
    };
    await looks();
    await press(page, "Make the card");
    await page.getByRole("heading", { name: `The new card of ${site} is made.` }).waitFor();
    await page.getByText(/^\d{4} \d{4}$/).waitFor();
    await page.getByRole("link", { name: "Download its profile" }).waitFor();
    await press(page, "Done");
    await press(page, "Take it back…");
    await page.locator("dialog select").selectOption({ label: site });
    await page.getByLabel("Type the site’s name").fill("Some other");
    assert.equal(await page.getByRole("button", { name: "First type the site’s name" }).isDisabled(), true);
    await page.getByLabel("Type the site’s name").fill(site);
    await page.getByLabel("Reason").fill("The card was stolen");
    await picture(page, "revoke-phone");
    await looks();
    await press(page, "Take it back");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.goto(own.controller.url);
    await page.getByRole("link", { name: site }).first().click();
    await page
      .getByRole("status", { name: "State of the box" })
      .getByText(/The identity of this box was taken back/)
      .waitFor();
  });

  test("a backup is put back from the page, with what it would bring back before", async (t) => {
    const { context, page } = await stand.open(running, { viewport: phone });
    t.after(() => context.close());
    await signIn(running, page);
    await page.goto(`${running.controller.url}/settings`);
    const file = join(folder, "cordon.backup");
    const data = { passphrase: "a passphrase of some words" };
    const offered = await page.request.post(`${running.controller.url}/api/v1/backups`, {
      data,
      ignoreHTTPSErrors: true,
    });
    const { path } = (await offered.json()) as { readonly path: string };
    writeFileSync(
      file,
      await (await page.request.get(running.controller.url + path, { ignoreHTTPSErrors: true })).body(),
    );
    await press(page, "Go back to a backup…");
    await page.locator("dialog input[type=file]").setInputFiles(file);
    await page.getByLabel("Passphrase").fill("not that one");
    await press(page, "Look what is in it");
    await page.getByRole("alert").getByText("not the passphrase").waitFor();
    assert.deepEqual(await stand.findings(page), []);
    await page.getByLabel("Passphrase").fill("a passphrase of some words");
    await press(page, "Look what is in it");
    await page.getByText(/This would bring back 1 site, \d+ (person|people), as they were/).waitFor();
    await picture(page, "restore-phone");
    assert.deepEqual(await stand.findings(page), []);
    assert.equal(await overflow(page), 0);
    assert.deepEqual(await lowControlsOfSheet(page), []);
    await press(page, "Put it back, and start again");
    await page.getByText("This page waits until it answers.").waitFor();
    assert.equal(ordered.length, 1);
  });
});
