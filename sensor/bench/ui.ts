import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import assert from "node:assert/strict";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import type { KeyedProfile } from "@cordon/contract";
import { SensorError } from "../src/errors.ts";
import { startController } from "../start/controller-process.ts";
import type { BenchOptions, BenchResult } from "./bench.ts";
import { loadRemark, watchLoad } from "./load.ts";
import { median, quantile } from "./statistics.ts";
import { firstRowAt, readOn, scrollFrames, watchFirstRow } from "./ui-page.ts";

const seedUi = fileURLToPath(new URL("../../controller/test/seed-ui.ts", import.meta.url));
const builtUi = fileURLToPath(new URL("../../controller/dist/ui", import.meta.url));
const browserPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
const viewport = { width: 1280, height: 900 };
// What the design asks for: WCAG 2.2 A and AA.
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** How much is measured. */
interface Plan {
  readonly hosts: number;
  readonly rows: number;
  readonly loads: number;
  readonly frames: number;
  /** How far the time line is read on before it is scrolled through, px. */
  readonly readPx: number;
}

const fullPlan: Plan = { hosts: 10_000, rows: 100_000, loads: 7, frames: 600, readPx: 6_000_000 };
const quickPlan: Plan = { hosts: 300, rows: 2_000, loads: 1, frames: 60, readPx: 20_000 };

// A wheel that is turned fast: some five screens a second.
const pixelsPerFrame = 80;
const readPatienceMs = 60_000;
const questions = 20;

/**
 * The user interface of the largest site that it has to bear, in a real browser at a real controller whose box reports each second:
 * how large its program is, how soon a machine can be clicked after a cold load, how long a frame takes while its table and its time
 * line are scrolled through, and what a check for accessibility finds.
 */
export async function benchUi(options: BenchOptions): Promise<BenchResult> {
  if (browserPath === undefined)
    throw new SensorError("no-browser", "cannot measure the interface: chromium is not installed");
  const plan = options.isQuick ? quickPlan : { ...fullPlan, loads: Math.max(options.runs, fullPlan.loads) };
  const folder = await mkdtemp(join(tmpdir(), "cordon-bench-"));
  const loadBefore = loadavg()[0] ?? 0;
  const load = await watchLoad();
  try {
    options.progress(`filling a store: ${plan.hosts} machines, ${plan.rows} rows of time line`);
    const profilePath = join(folder, "profile.json");
    const dataDir = join(folder, "data");
    const seed = [
      "--data",
      dataDir,
      "--hosts",
      String(plan.hosts),
      "--rows",
      String(plan.rows),
      "--output",
      profilePath,
    ];
    await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", seedUi, ...seed]);
    const scripts = await compressedSizes();
    const measured = await measure(dataDir, profilePath, plan, options.progress);
    const { usableMs, hostFrames, timelineFrames, timelinePx, summaryMs, axeViolations } = measured;
    const [hostP95, timelineP95] = [quantile(hostFrames, 0.95), quantile(timelineFrames, 0.95)];
    return {
      table: [
        ["", "bar", "measured"],
        ["all scripts, kB by brotli, as they are sent by TLS", "150", scripts.brotliKb.toFixed(1)],
        ["all scripts, kB by gzip, as they are sent without", "", scripts.gzipKb.toFixed(1)],
        ["of these the first page waits for, kB by brotli", "", scripts.firstKb.toFixed(1)],
        ["a machine can be clicked, ms", "1000", median(usableMs).toFixed(0)],
        [`frame while ${plan.hosts} machines are scrolled, p95 ms`, "20", hostP95.toFixed(1)],
        ["frame while the time line is scrolled, p95 ms", "20", timelineP95.toFixed(1)],
        ["the time line at a glance, asked again, ms", "20", median(summaryMs).toFixed(1)],
        ["found by axe", "0", String(axeViolations.length)],
      ],
      remarks: [...axeViolations, loadRemark(loadBefore, await load())],
      figures: {
        compressedKb: Number(scripts.brotliKb.toFixed(1)),
        compressedBy: "brotli",
        gzipKb: Number(scripts.gzipKb.toFixed(1)),
        firstKb: Number(scripts.firstKb.toFixed(1)),
        usableMs: Math.round(median(usableMs)),
        frameP95Ms: Number(Math.max(hostP95, timelineP95).toFixed(1)),
        hostFrameP95Ms: Number(hostP95.toFixed(1)),
        timelineFrameP95Ms: Number(timelineP95.toFixed(1)),
        timelinePx,
        summaryMs: Number(median(summaryMs).toFixed(1)),
        axeViolations: axeViolations.length,
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the first page waits for, and what comes after it; a script of neither is a fault of this list. */
const firstScripts: readonly string[] = ["app.js", "chunk.js"];
const restScripts: readonly string[] = ["rest.js"];

/** How large the scripts of the interface are, kB. */
async function compressedSizes(): Promise<Readonly<Record<"brotliKb" | "gzipKb" | "firstKb", number>>> {
  const files = (await readdir(builtUi, { recursive: true })).filter((name) => /\.m?js$/.test(name));
  assert.deepEqual(files.toSorted(), [...firstScripts, ...restScripts].toSorted());
  const sizes = { brotliKb: 0, gzipKb: 0, firstKb: 0 };
  for (const file of files) {
    const contents = await readFile(join(builtUi, file));
    const brotliKb = brotliCompressSync(contents).length / 1000;
    sizes.brotliKb += brotliKb;
    sizes.gzipKb += gzipSync(contents, { level: 9 }).length / 1000;
    if (firstScripts.includes(file)) sizes.firstKb += brotliKb;
  }
  return sizes;
}

interface Measured {
  readonly usableMs: readonly number[];
  readonly hostFrames: readonly number[];
  readonly timelineFrames: readonly number[];
  readonly timelinePx: number;
  readonly summaryMs: readonly number[];
  readonly axeViolations: readonly string[];
}

async function measure(
  dataDir: string,
  profilePath: string,
  plan: Plan,
  progress: (line: string) => void,
): Promise<Measured> {
  const controller = await startController({ dataDir, httpPort: 0, brokerPort: 0 });
  const box = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      seedUi,
      "--pulse",
      profilePath,
      "--controller-port",
      String(controller.brokerPort),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const browser = await chromium.launch({
    ...(browserPath === undefined ? {} : { executablePath: browserPath }),
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
  });
  try {
    await once(box.stdout, "data");
    const profile = JSON.parse(await readFile(profilePath, "utf8")) as KeyedProfile;
    const site = `${controller.url}/sites/${profile.site.id}`;
    const state = await signedIn(browser, controller.loginLink);
    progress(`${plan.loads} cold loads of the site`);
    const usableMs: number[] = [];
    for (let each = 0; each < plan.loads; each += 1) usableMs.push(await coldLoad(browser, state, site));
    const context = await browser.newContext({ viewport, storageState: state });
    const page = await context.newPage();
    progress("scrolling through the machines");
    await page.goto(site);
    await page.locator(".hosts [data-row]").first().waitFor();
    const all = page.getByRole("button", { name: /^Show all/ });
    if (await all.isVisible()) await all.click();
    await page.locator(".hosts.virtual").waitFor();
    const axeViolations = await violations(page);
    const hostFrames = await scrollFrames(page, plan.frames, pixelsPerFrame);
    progress("scrolling through the time line");
    await page.goto(`${site}/timeline`);
    await page.locator(".tl .row").first().waitFor();
    axeViolations.push(...(await violations(page)));
    // First as it comes, pages that are read meanwhile included; then deep in what was read.
    const fresh = await scrollFrames(page, plan.frames, pixelsPerFrame);
    const timelinePx = await readOn(page, plan.readPx, readPatienceMs);
    await page.evaluate(`scrollTo(0, ${Math.round(timelinePx / 2)})`);
    const deep = await scrollFrames(page, plan.frames, pixelsPerFrame);
    progress("asking for the time line at a glance");
    const summaryMs = await askedAgain(context, `${controller.url}/api/v1/sites/${profile.site.id}/timeline/summary`);
    await context.close();
    return { usableMs, hostFrames, timelineFrames: [...fresh, ...deep], timelinePx, summaryMs, axeViolations };
  } finally {
    await browser.close();
    await ended(box);
    await controller.close();
  }
}

type Signed = Awaited<ReturnType<BrowserContext["storageState"]>>;

async function signedIn(browser: Browser, loginLink: string): Promise<Signed> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await page.goto(loginLink);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("main .line").waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** From a browser that holds nothing of it until a machine's row is drawn, ms. */
async function coldLoad(browser: Browser, storageState: Signed, site: string): Promise<number> {
  const context = await browser.newContext({ viewport, storageState });
  const page = await context.newPage();
  await page.addInitScript(watchFirstRow);
  await page.goto(site);
  const usable = await firstRowAt(page);
  await page.locator(".hosts [data-row]").first().click();
  await page.waitForURL("**/hosts/**");
  await context.close();
  return usable;
}

/** How long an answer takes that was asked for before, ms. */
async function askedAgain(context: BrowserContext, address: string): Promise<number[]> {
  const took: number[] = [];
  for (let each = 0; each <= questions; each += 1) {
    const began = performance.now();
    const answer = await context.request.get(address);
    await answer.body();
    if (!answer.ok()) throw new SensorError("no-answer", `cannot measure the summary: status ${answer.status()}`);
    took.push(performance.now() - began);
  }
  return took.slice(1);
}

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const options = JSON.stringify({ runOnly: { type: "tag", values: axeTags } });
  return page.evaluate<string[]>(
    `axe.run(document, ${options}).then((all) => all.violations.flatMap((found) => found.nodes.map((node) => found.id + " at " + node.target.join(" "))))`,
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await once(child, "exit");
  clearTimeout(late);
}
