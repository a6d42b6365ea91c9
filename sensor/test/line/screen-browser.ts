import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const browserPath =
  process.env["CORDON_CHROMIUM"] ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

/** Why no screen can be looked at here; false where it can. */
export const noBrowser: string | false = browserPath === undefined ? "no Chromium on this machine" : false;

const browserArgs = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const patienceMs = 30_000;

/** A window of one size and theme, with its own cookies. */
export interface Window {
  readonly name: string;
  readonly context: BrowserContext;
  readonly page: Page;
}

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** A browser with a phone's and a desktop's window, and what the pages complained of in them. */
export class ScreenBrowser {
  readonly complaints: string[] = [];
  readonly windows: Window[] = [];
  readonly #browser: Browser;
  readonly #axe: string;

  private constructor(browser: Browser, axe: string) {
    this.#browser = browser;
    this.#axe = axe;
  }

  static async start(): Promise<ScreenBrowser> {
    const browser = await chromium.launch({
      ...(browserPath === undefined ? {} : { executablePath: browserPath }),
      args: browserArgs,
    });
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    const stand = new ScreenBrowser(browser, axe);
    await stand.open("phone", { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "dark" });
    await stand.open("desktop", { viewport: { width: 1280, height: 900 }, colorScheme: "light" });
    return stand;
  }

  async open(name: string, look: Parameters<Browser["newContext"]>[0]): Promise<void> {
    const context = await this.#browser.newContext({
      // The box's own pages: as after the warning, and a look at the label.
      ...{ reducedMotion: "reduce", locale: "en-GB", ignoreHTTPSErrors: true, ...look },
    });
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(`${name}, ${page.url()}: ${String(error)}`));
    page.on("console", (message) => {
      // A refused call is logged by the browser itself; the page says it in its own words.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        this.complaints.push(`${name}, ${page.url()}: ${message.text()}`);
    });
    this.windows.push({ name, context, page });
  }

  /** What is wrong with the page as it stands: what axe finds, and what is wider than the window. */
  async faults(page: Page): Promise<string[]> {
    await page.evaluate(this.#axe);
    const options = JSON.stringify({ runOnly: { type: "tag", values: axeTags } });
    const found = await page.evaluate<readonly Finding[]>(
      `axe.run(document, ${options}).then(({ violations }) => violations)`,
    );
    const wider = await page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    return [
      ...found.flatMap(({ id, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${failureSummary ?? ""}`),
      ),
      ...(wider > 0 ? [`${wider} px wider than the window`] : []),
    ];
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** Waits until all of it can be read on the page, or in the sheet that lies over it; fails with what stands there. */
export async function reads(page: Page, what: readonly (string | RegExp)[]): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const sheet = page.locator("dialog[open]");
    const place = (await sheet.count()) > 0 ? sheet : page.locator("body");
    const text = await place.first().innerText();
    // Expressions in text, because the page's types are not this package's.
    const typed = await page.evaluate<string[]>(
      '[...(document.querySelector("dialog[open]") ?? document.body).querySelectorAll("input")].map(({ value }) => value)',
    );
    const shown = `${text} ${typed.join(" ")}`.replaceAll(/\s+/g, " ");
    const missing = what.filter((each) => (typeof each === "string" ? !shown.includes(each) : !each.test(shown)));
    if (missing.length === 0) return;
    if (Date.now() > deadline) throw new TypeError(`not read: ${missing.map(String).join(", ")}\nbut: ${shown}`);
    await page.waitForTimeout(100);
  }
}
