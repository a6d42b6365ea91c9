/** Another language than English, in a real browser. */
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import type { Demo } from "../seed-demo.ts";
import { BrowserStand, overflow, phone, picture, signIn, skip } from "./stand.ts";

type Texts = Readonly<Record<string, string | { readonly one: string; readonly other: string }>>;

const languages = join(import.meta.dirname, "../../ui/languages");

/** Patterns of what is said otherwise in German. */
async function englishOnly(): Promise<readonly RegExp[]> {
  const read = async (name: string) =>
    JSON.parse(await readFile(join(languages, name), "utf8")) as { readonly texts: Texts; readonly reports: Texts };
  const [english, german] = [await read("en.json"), await read("de.json")];
  const shown = (text: string) => text.replace(/ \/\/ .*$/, "");
  const pattern = (text: string) => {
    const parts = text
      .replace(/ \/\/ .*$/, "")
      .trim()
      .split(/\{(?:\d+|n)\}/);
    return new RegExp(`^${parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".+")}$`, "s");
  };
  return (["texts", "reports"] as const).flatMap((section) =>
    Object.entries(english[section]).flatMap(([key, text]) => {
      const forms = (typeof text === "string" ? [text] : [text.one, text.other]).map(shown);
      const own = german[section][key] ?? "";
      const others = typeof own === "string" ? [own] : [own.one, own.other];
      // Names are the same in both; and what is little but a frame for values fits too much.
      const isTelling = (form: string) =>
        form.replace(/\{.*?\}|\P{L}/gu, "").length >= (form.includes("{") ? 6 : 3) && !others.includes(form);
      return forms.filter(isTelling).map(pattern);
    }),
  );
}

/** Every text in view, and what is read out. */
function textsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(`(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (parentElement.checkVisibility() && !parentElement.matches("script, style, code, .mono, bdi, option, kbd")) found.push(textContent);
    }
    for (const each of document.querySelectorAll("[aria-label], [title], [placeholder]")) {
      if (!each.checkVisibility()) continue;
      for (const name of ["aria-label", "title", "placeholder"]) found.push(each.getAttribute(name) ?? "");
    }
    return found.map((text) => text.replace(/\\s+/g, " ").trim()).filter((text) => text !== "");
  })()`);
}

describe("another language in Chromium", { skip }, () => {
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

  test("the words of a cut’s drawing keep clear of each other in each language", async (t) => {
    for (const [locale, cut] of [
      ["en-GB", /^Cut off .*…$/],
      ["de-DE", /abtrennen…$/],
    ] as const) {
      const { context, page } = await stand.open(running, { locale, viewport: { width: 390, height: 844 } });
      t.after(() => context.close());
      await page.goto(await running.controller.createLoginLink());
      await page.locator("main .btn.pri").click();
      await page.locator("main .line").waitFor();
      await page.getByRole("button", { name: cut }).first().click();
      for (const width of [320, 390, 1280]) {
        await page.setViewportSize({ width, height: 844 });
        const close = await page.evaluate<readonly string[]>(`(() => {
          const drawing = [...document.querySelectorAll("dialog .drawing")].find((each) => each.checkVisibility());
          const frame = drawing.getBoundingClientRect();
          const words = [...drawing.querySelectorAll("text")].map((word) => [word.textContent, word.getBoundingClientRect()]);
          const isClear = (a, b) => a.right + 4 < b.left || b.right + 4 < a.left || a.bottom <= b.top || b.bottom <= a.top;
          const out = words.filter(([, box]) => box.left < frame.left - 1 || box.right > frame.right + 1);
          return [...out, ...words.filter(([, box]) => words.some(([, other]) => other !== box && !isClear(box, other)))].map(([word]) => word);
        })()`);
        assert.deepEqual(close, [], `${locale} ${String(width)}`);
        await picture(page, `drawing-${locale}-${String(width)}`);
      }
    }
  });

  test("German is chosen at the door without a reload, remembered, and on every page all there is", async (t) => {
    const english = await englishOnly();
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    const inGerman = async (name: string) => {
      const left = (await textsOf(page)).filter((text) => english.some((pattern) => pattern.test(text)));
      assert.deepEqual([...new Set(left)], [], name);
      assert.deepEqual(await stand.findings(page), [], name);
      await picture(page, `german-${name}`);
    };
    await page.goto(`${running.controller.url}/login`);
    await page.getByRole("heading", { name: "Sign in." }).waitFor();
    await page.evaluate("window.isSamePage = true");
    await page.getByLabel("Language").selectOption("Deutsch");
    await page.getByRole("heading", { name: "Anmelden." }).waitFor();
    assert.deepEqual(await page.evaluate("[document.documentElement.lang, window.isSamePage, document.title]"), [
      "de",
      true,
      "Anmelden · Cordon",
    ]);
    await inGerman("door");

    await page.goto(await running.controller.createLoginLink());
    await page.getByRole("button", { name: "Anmelden" }).click();
    await page.locator("main .line").waitFor();
    await page.getByText("Was daraus wurde").waitFor();
    await inGerman("site");
    await page.getByRole("row", { name: "Infiziert" }).getByRole("link").first().click();
    await page.getByRole("heading", { name: "Was dafür spricht" }).waitFor();
    await inGerman("host");
    await page
      .getByRole("button", { name: /abtrennen…$/ })
      .first()
      .click();
    await page.getByRole("dialog").waitFor();
    await inGerman("cut");
    await page.getByRole("button", { name: "Nicht jetzt" }).click();
    for (const path of ["/people", "/notifications", "/refusals", "/settings", `/sites/${running.siteId}/timeline`]) {
      await page.goto(running.controller.url + path);
      await page.locator("footer.foot").waitFor();
      await inGerman(path.split("/").at(-1) ?? "");
    }

    await page.getByLabel("Sprache").selectOption("English");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    assert.equal(await page.evaluate("document.documentElement.lang"), "en");
  });

  test("a browser that asks for German gets it, and a phone's page is no wider for it", async (t) => {
    const { context, page } = await stand.open(running, { viewport: phone, locale: "de-AT" });
    t.after(() => context.close());
    await page.goto(await running.controller.createLoginLink());
    await page.getByRole("button", { name: "Anmelden" }).click();
    await page.locator("main .line").waitFor();
    assert.equal(await overflow(page), 0);
    await picture(page, "german-site-phone");
  });

  test("a language that is put there meanwhile is offered; its words are text, and what it lacks is in English", async (t) => {
    const { context, page } = await stand.open(running);
    t.after(() => context.close());
    await signIn(running, page);
    const folder = join(stand.directory, "1-infected", "languages");
    await mkdir(folder, { recursive: true });
    const markup = `<img src=x onerror="document.title='taken'">`;
    const texts = { "Sign out": markup, People: "Gens", "Signed in as {0}, {1}": "Sans valeurs", Notifications: 7 };
    await writeFile(join(folder, "fr.json"), JSON.stringify({ language: "fr", name: "Français", texts, reports: [] }));
    await page.getByLabel("Language").focus();
    await page.getByLabel("Language").selectOption("Français");
    await page.getByRole("link", { name: "Gens" }).waitFor();
    await page.getByRole("button", { name: markup }).waitFor();
    await page.getByText(/^Signed in as /).waitFor();
    await page.getByRole("link", { name: "Notifications" }).waitFor();
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.evaluate("document.documentElement.lang"), "fr");
  });
});
