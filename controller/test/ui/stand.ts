/** A real browser, and what every test of the pages does with it. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { slow } from "../slow-tests.ts";
import { startDemo, type Demo, type DemoOptions, type Scene } from "../seed-demo.ts";
import { buildUi } from "../../ui/build.ts";

/** The browser that shows the pages. */
export const browserPath = process.env["CORDON_CHROMIUM"] ?? "/usr/bin/chromium";

/** Why nothing can be tried here; false where it can. */
export const skip = existsSync(browserPath)
  ? false
  : `no browser: ${browserPath} is missing (Debian package "chromium", or set CORDON_CHROMIUM)`;

/** What it is started with: no network but ours. */
export const browserArgs = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const phone = { width: 320, height: 640 };
export const desktop = { width: 1280, height: 900 };
export const themes = ["light", "dark"] as const;

/**
 * Why a page is not looked at in this size and theme; false where it is. Of the four pairs the short run takes the one that no
 * other test is in.
 */
export function skipLook(size: string, theme: string): string | false {
  return size === "phone" && theme === "dark" ? false : slow;
}

const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

interface AxeFinding {
  readonly id: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

export interface Opened {
  readonly context: BrowserContext;
  readonly page: Page;
}

export class BrowserStand {
  readonly directory: string;
  /** What the pages complained of, or asked of another host. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #axeSource: string;
  #demos = 0;

  private constructor(directory: string, browser: Browser, axeSource: string) {
    this.directory = directory;
    this.#browser = browser;
    this.#axeSource = axeSource;
  }

  /** @param more arguments of the browser */
  static async start(more: readonly string[] = []): Promise<BrowserStand> {
    const directory = await mkdtemp(join(tmpdir(), "cordon-ui-"));
    await buildUi(join(directory, "ui"));
    const browser = await chromium.launch({ executablePath: browserPath, args: [...browserArgs, ...more] });
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    return new BrowserStand(directory, browser, axe);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** A controller with a scripted site. Slow pulses, so that "asked" stands long enough to be seen. */
  demo(scene: Scene, options: Pick<DemoOptions, "more" | "placement" | "packets"> = {}): Promise<Demo> {
    const dataDir = join(this.directory, `${++this.#demos}-${scene}`);
    return startDemo({ dataDir, uiDir: join(this.directory, "ui"), scene, pulseMs: 1500, ...options });
  }

  async open(
    running: Demo,
    options: {
      readonly viewport?: typeof desktop;
      readonly colorScheme?: (typeof themes)[number];
      /** BCP 47 tag of what the browser asks for; the pages are in English without. */
      readonly locale?: string;
      /** Whether it goes past the warning of a certificate that nobody vouches for. */
      readonly ignoreHTTPSErrors?: boolean;
    } = {},
  ): Promise<Opened> {
    const context = await this.#browser.newContext({ viewport: desktop, reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      // A refused call is logged by the browser itself; the page says it in its own words.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        this.complaints.push(message.text());
    });
    page.on("request", (request) => {
      const isOwn = request.url().startsWith(running.controller.url) || request.url().startsWith("data:image/");
      if (!isOwn) this.complaints.push(`asked ${request.url()}`);
    });
    return { context, page };
  }

  /**
   * What axe finds on the page.
   *
   * @param more rules that it does not try by itself
   */
  async findings(page: Page, more: readonly string[] = []): Promise<string[]> {
    // Once for each document: it is half a megabyte to read.
    if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(this.#axeSource);
    const rules = Object.fromEntries(more.map((rule) => [rule, { enabled: true }]));
    const options = JSON.stringify({ runOnly: { type: "tag", values: axeTags }, rules });
    const found = await page.evaluate<readonly AxeFinding[]>(
      `axe.run(document, ${options}).then((all) => all.violations)`,
    );
    return found.flatMap((finding) =>
      finding.nodes.map((node) => `${finding.id} at ${node.target.join(" ")}: ${node.failureSummary ?? ""}`),
    );
  }
}

/** Signs in as operator, to where the site is shown. */
export async function signIn(running: Demo, page: Page): Promise<void> {
  await page.goto(await running.controller.createLoginLink());
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.locator("main .line").waitFor();
}

/** Keeps a picture where somebody wants to look at them. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["CORDON_PICTURES"];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** By how much the page is wider than the window. Expressions in text, because the page's types are not this package's. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
}

/** Labels of the controls in view that are too low for a thumb. */
export function lowControls(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll("button, a.btn, .seg label")]
    .filter((control) => control.checkVisibility() && control.getBoundingClientRect().height < 44)
    .map((control) => control.innerText)`);
}

/** The same within the sheet that is open: what lies under it is in nobody's reach. */
export function lowControlsOfSheet(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll("dialog button, dialog a.btn, dialog .seg label, dialog summary")]
    .filter((control) => control.checkVisibility() && control.getBoundingClientRect().height < 44)
    .map((control) => control.innerText)`);
}
