/** The time line's page: what happened is read, chosen from, linked to, taken along and undone. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sampleHosts } from "../sample-hosts.ts";
import type { Demo } from "../seed-demo.ts";
import {
  BrowserStand,
  desktop,
  lowControls,
  overflow,
  phone,
  picture,
  signIn,
  skip,
  themes,
  skipLook,
} from "./stand.ts";

describe("the time line, in Chromium", { skip }, () => {
  let stand: BrowserStand;
  let running: Demo;
  before(async () => {
    stand = await BrowserStand.start();
    running = await stand.demo("protected");
  });
  after(async () => {
    await running.close();
    await stand.close();
    assert.deepEqual(stand.complaints, []);
  });

  const enter = async (...more: [Parameters<BrowserStand["open"]>[1]?]) => {
    const { context, page } = await stand.open(running, ...more);
    await signIn(running, page);
    return { context, page };
  };

  test("by its key from the site; filters and rows are in the address, and an action is undone", async (t) => {
    const { context, page } = await enter();
    t.after(() => context.close());
    await page.keyboard.press("t");
    await page.waitForURL("**/timeline");
    await page.getByRole("heading", { level: 1, name: /since the first sign; no cut was reported\.$/ }).waitFor();
    const rows = page.getByRole("list", { name: "Time line" }).getByRole("listitem");
    const asked = rows.filter({ hasText: "Asked to cut off" }).first();
    await asked.waitFor();
    await page.getByRole("button", { name: /Verdicts$/ }).click();
    await page.waitForURL("**/timeline?kind=verdict");
    await asked.waitFor({ state: "detached" });
    await rows.filter({ hasText: "is infected" }).first().waitFor();
    await page.getByRole("searchbox").fill("no such word");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing like this happened here.").waitFor();
    await page.goBack();
    await page.goBack();
    await page.waitForURL("**/timeline");
    await asked.locator("[data-row]").click();
    await page.waitForURL(/\/timeline\?row=/);
    const link = page.url();
    assert.match((await asked.getAttribute("class")) ?? "", /\bhl\b/);
    await page.goto(link);
    await page.locator(".tl .hl").waitFor();
    await page.locator(".tl .hl").getByRole("button", { name: "Undo…" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Release/ })
      .click();
    await rows.filter({ hasText: "Asked to release" }).first().waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export CSV" }).click(),
    ]);
    assert.match(file.suggestedFilename(), /^cordon-.+\.csv$/);
  });

  test("what is new comes on top at once, and is held back while older rows are read", async (t) => {
    const { context, page } = await enter({ viewport: { width: 1280, height: 600 } });
    t.after(() => context.close());
    await page.goto(`${running.controller.url}/sites/${running.siteId}/timeline?kind=line,evidence`);
    const rows = page.locator(".tl .row");
    await rows.first().waitFor();
    const line = { kind: "line", line: { state: "dead", since: Date.now(), text: "No answer." } } as const;
    await running.tell(line);
    await rows.filter({ hasText: "The line is dead. No answer." }).waitFor();
    await page.mouse.move(600, 300);
    await page.mouse.wheel(0, 600);
    // Not by a function that is waited for: the pages allow no text to be run.
    await page.evaluate(
      "new Promise((done) => { const look = () => (scrollY > 200 ? done() : requestAnimationFrame(look)); look(); })",
    );
    const read = page.locator(".tl .row").nth(4);
    const stood = await read.boundingBox();
    await running.tell({ ...line, line: { ...line.line, state: "healthy", text: "All answer." } });
    await page.getByRole("button", { name: "Show 1 newer row" }).waitFor();
    assert.deepEqual(await read.boundingBox(), stood);
    await page.getByRole("button", { name: "Show 1 newer row" }).click();
    await page.evaluate("scrollTo(0, 0)");
    await rows.filter({ hasText: "The line answers again after" }).waitFor();
  });

  for (const colorScheme of themes) {
    for (const [name, viewport] of [
      ["desktop", desktop],
      ["phone", phone],
    ] as const) {
      test(`can be read and used, ${colorScheme}, ${name}`, { skip: skipLook(name, colorScheme) }, async (t) => {
        const { context, page } = await enter({ colorScheme, viewport });
        t.after(() => context.close());
        await page.goto(`${running.controller.url}/sites/${running.siteId}/timeline`);
        await page.getByRole("heading", { level: 1, name: /since the first sign/ }).waitFor();
        await picture(page, `timeline-${name}-${colorScheme}`);
        assert.deepEqual(await stand.findings(page), []);
        assert.equal(await overflow(page), 0);
        await page.locator(".tl .row").first().waitFor();
        if (name === "phone") await page.getByRole("button", { name: "More" }).click();
        if (name === "phone") assert.deepEqual(await lowControls(page), []);
      });
    }
  }

  test("shows what a line of evidence rested on when it was told", async (t) => {
    const { context, page } = await enter();
    t.after(() => context.close());
    await page.keyboard.press("t");
    await page.waitForURL("**/timeline");
    // What the tests before have added stands above it.
    await page.getByRole("searchbox").fill("212 mail servers");
    await page.keyboard.press("Enter");
    await page
      .getByRole("button", { name: /^Flows behind: It has tried 212 mail servers/ })
      .first()
      .click();
    const flows = page.getByRole("dialog", { name: "Connections of DESK-07" });
    await flows.getByText(/^tcp 25 to mx1\.example\.net/).waitFor();
    assert.doesNotMatch(await flows.innerText(), /tcp 443/);
    await page.keyboard.press("Escape");
    await flows.waitFor({ state: "detached" });
    assert.match(page.url(), /\/timeline\?/);
  });

  test("of one machine, from its page", async (t) => {
    const { context, page } = await enter();
    t.after(() => context.close());
    const host = sampleHosts(Date.now()).find(({ verdict }) => verdict === "infected");
    await page.goto(`${running.controller.url}/sites/${running.siteId}/hosts/${host?.host}`);
    await page.getByRole("link", { name: "Time line of this machine" }).click();
    await page.waitForURL(/\/timeline\?host=/);
    const rows = page.locator(".tl .row");
    await rows.filter({ hasText: "is infected" }).waitFor();
    assert.equal(await rows.filter({ hasNotText: host?.name ?? "" }).count(), 0);
  });
});
