/** The page for the one with the cables, in a real browser against the real controller with a box that walks by a script. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Demo } from "../seed-demo.ts";
import type { WalkScript } from "../walk-script.ts";
import { BrowserStand, lowControls, overflow, phone, picture, signIn, skip, themes } from "./stand.ts";

interface Machine {
  readonly host: string;
  readonly name: string | null;
  readonly verdict: string;
}

describe("walk in Chromium", { skip }, () => {
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

  /** The machines of the site, as the page's own session is told of them. */
  const machines = (page: Page): Promise<readonly Machine[]> =>
    page.evaluate(
      `fetch("/api/v1/sites/${running.siteId}").then((answer) => answer.json()).then((site) => site.hosts)`,
    );
  const script = (): WalkScript => running.walk as WalkScript;
  /** It is as good on the narrowest screen as on any, in both themes. */
  const isSound = async (
    page: Page,
    name: string,
    inThemes: readonly (typeof themes)[number][] = themes,
  ): Promise<void> => {
    for (const colorScheme of inThemes) {
      await page.emulateMedia({ colorScheme });
      await picture(page, `walk-${name}-${colorScheme}`);
      assert.deepEqual(await stand.findings(page), [], `${name} ${colorScheme}`);
    }
    const size = page.viewportSize() ?? phone;
    await page.setViewportSize(phone);
    assert.equal(await overflow(page), 0, `${name} is wider than the window`);
    assert.deepEqual(await lowControls(page), [], name);
    await page.setViewportSize(size);
  };

  test("from the key to a right cable, a wrong one, its return and the end", { timeout: 120_000 }, async (t) => {
    const { context, page } = await stand.open(running, { viewport: { width: 390, height: 844 } });
    t.after(() => context.close());
    await signIn(running, page);
    await page.keyboard.press("w");
    await page.waitForURL(`**/sites/${running.siteId}/walk`);
    const heading = page.getByRole("heading", { level: 1 });
    await page.getByText("Not listening.").waitFor();
    await isSound(page, "idle", ["light"]);

    const hosts = await machines(page);
    const infected = hosts.filter(({ verdict }) => verdict === "infected");
    const clear = hosts.filter(({ verdict }) => verdict === "clear");
    const [right = "", other = "", wrong = "", neighbour = ""] = [...infected.slice(0, 2), ...clear.slice(0, 2)].map(
      ({ host }) => host,
    );
    const [rightName, wrongName] = [infected[0]?.name ?? "", clear[0]?.name ?? ""];
    await page.getByRole("button", { name: "Start listening" }).click();
    const { id } = await script().begun();
    script().set("answering", ...hosts.map(({ host }) => host));
    await script().say(id, { isArmed: false });
    await page.getByText("Do not pull yet.").waitFor();
    // A box says something every second.
    const words = setInterval(() => void script().say(id), 1000);
    t.after(() => clearInterval(words));
    await page.getByText(`Armed. ${hosts.length} wired machines answer.`).waitFor();
    assert.match(await heading.innerText(), /Pull a cable and I tell you whose it was/);
    await isSound(page, "armed", ["light"]);

    const pulledAt = performance.now();
    await script().find("gone", right).say(id);
    await page.getByRole("heading", { level: 1, name: rightName }).waitFor();
    const shownMs = performance.now() - pulledAt;
    t.diagnostic(`on the page ${Math.round(shownMs)} ms after the box was sure`);
    assert.ok(shownMs < 1000, `${shownMs} ms`);
    await page.getByText("Right one. Leave it unplugged.").waitFor();
    assert.match(await page.locator("main").innerText(), /Last heard .* told 1\.\d s later/);
    await isSound(page, "found");
    await page.getByRole("button", { name: "Next: 2 left to find" }).click();
    await page.getByRole("heading", { name: "Found" }).waitFor();

    await script().find("gone", wrong).say(id);
    await page.getByRole("heading", { level: 1, name: wrongName }).waitFor();
    await page.getByText("Wrong one. Plug it back in.").waitFor();
    await isSound(page, "wrong", ["dark"]);
    await script().find("back", wrong).say(id);
    await page.getByText("Pull a cable and I tell you whose it was.").waitFor();
    // One that was to stay out is told.
    await script().find("back", right).say(id);
    await page.getByText(`${rightName} is plugged in again.`).waitFor();

    await script().find("together", other, neighbour).say(id);
    await page.getByRole("heading", { level: 1, name: "2 machines fell silent at once" }).waitFor();
    await isSound(page, "together");
    await script().find("own-link").say(id);
    await page.getByRole("heading", { level: 1, name: "You pulled the box’s own cable" }).waitFor();
    await script().find("own-link-back").find("back", other, neighbour).say(id);
    await page.getByRole("heading", { level: 1, name: infected[1]?.name ?? "" }).waitFor();
    await page.getByRole("button", { name: /left to find|none left/ }).click();

    clearInterval(words);
    // A box that says nothing is nobody to pull a cable for.
    await page.getByText("Do not pull now: nobody would tell you whose it was.").waitFor({ timeout: 15_000 });
    await script().say(id);
    await page.getByRole("button", { name: "Stop listening" }).click();
    await page.getByRole("heading", { level: 1, name: "Stopped by operator." }).waitFor();
    await page.getByRole("button", { name: "Listen again" }).waitFor();
    await isSound(page, "over", ["dark"]);
  });

  test("where the box cannot tell, the page says why and what to do by hand", { timeout: 60_000 }, async (t) => {
    const mirror = await stand.demo("infected", { placement: "mirror" });
    t.after(() => mirror.close());
    const { context, page } = await stand.open(mirror, { viewport: { width: 390, height: 844 } });
    t.after(() => context.close());
    await page.goto(await mirror.controller.createLoginLink());
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Walk" }).first().click();
    await page.getByRole("heading", { level: 1, name: "Nobody can tell you here whose cable it is." }).waitFor();
    await page.getByText("From there it can ask nobody.").waitFor();
    await page.getByRole("heading", { name: "By hand" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Start listening" }).count(), 0);
    await isSound(page, "by-hand");
  });
});
