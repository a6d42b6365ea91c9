/**
 * Takes the README's picture: brings up the lab's office, waits until it is an incident, cuts the mailer off. And that of the
 * page which its user then sees: it comes from the box, not from the controller, so no gallery of the controller's has it.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { officeOutbreak, type HostFacts } from "../lab/index.ts";
import { drawSite } from "../lab/site.ts";
import { SensorError } from "../src/errors.ts";
import { bringUpOffice, type Office } from "./office.ts";

const picturePath = fileURLToPath(new URL("../../controller/ui/screenshot.png", import.meta.url));

const pagePath = (ending: string): string =>
  fileURLToPath(new URL(`../../controller/ui/screenshots/cut-off-page-${ending}.webp`, import.meta.url));

// Long enough for the charts to show what happened.
const beforeTheCutMs = 60_000;
const afterTheCutMs = 60_000;

/** Chromium as Debian installs it. */
function browserPath(): string {
  const found = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));
  if (found === undefined) throw new SensorError("no-browser", "cannot take a picture: chromium is not installed");
  return found;
}

async function cutOff(page: Page, name: string): Promise<void> {
  await page
    .getByRole("link", { name: new RegExp(name) })
    .first()
    .click();
  await page
    .getByRole("button", { name: /^Cut off/ })
    .first()
    .click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Cut off until/ })
    .click();
  await page.getByText("in force").first().waitFor();
  await page.goBack();
}

/** What a machine's system gets that asks whether it is online. */
const asksWhetherOnline = `const [server, name] = process.argv.slice(1);
const resolver = new (require("dns").promises.Resolver)({ timeout: 2000, tries: 2 });
resolver.setServers([server]);
resolver.resolve4(name).then(([host]) => {
  require("http").get({ host, headers: { host: name }, timeout: 6000 }, (answer) => answer.pipe(process.stdout));
});`;

async function pageOfTheCutOff({ lab }: Office, { name }: HostFacts): Promise<string> {
  const { gateway, seed } = lab.facts;
  const argv = [process.execPath, "-e", asksWhetherOnline, gateway.address, drawSite(seed).world.probe];
  const { stdout, stderr } = await lab.exec(name, argv, { timeoutMs: 20_000 });
  if (!stdout.includes("<html")) throw new SensorError("no-page", `the machine that is cut off got no page: ${stderr}`);
  return stdout;
}

/** In the sizes, themes and format of the gallery. */
async function takePage(browser: Browser, html: string): Promise<void> {
  for (const [size, viewport, deviceScaleFactor] of [
    ["phone", { width: 390, height: 844 }, 2],
    ["desktop", { width: 1280, height: 800 }, 1],
  ] as const) {
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor });
      const page = await context.newPage();
      await page.setContent(html);
      const session = await context.newCDPSession(page);
      const clip = { x: 0, y: 0, ...viewport, scale: deviceScaleFactor };
      const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 70, clip });
      await writeFile(pagePath(`${size}-${colorScheme}`), Buffer.from(data, "base64"));
      await context.close();
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), "cordon-picture-"));
const office = await bringUpOffice({
  seed: 55,
  folder,
  siteName: "Harbour Lane Surveyors",
  httpPort: 0,
  brokerPort: 0,
  onProgress: (sentence) => process.stdout.write(`${sentence}\n`),
});
try {
  await office.lab.run(officeOutbreak);
  const browser = await chromium.launch({ executablePath: browserPath(), args: ["--no-sandbox", "--disable-gpu"] });
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  const page = await context.newPage();
  await page.goto(office.controller.loginLink);
  await page.getByRole("button", { name: /^Sign in/ }).click();
  await delay(beforeTheCutMs);
  const mailer = office.lab.facts.hosts.find((host) => host.job === "mass-mailer");
  if (mailer === undefined) throw new SensorError("no-mailer", "the lab has no mailer");
  await cutOff(page, mailer.name);
  await delay(afterTheCutMs);
  await page.screenshot({ path: picturePath });
  await takePage(browser, await pageOfTheCutOff(office, mailer));
  await browser.close();
  process.stdout.write(`${picturePath}\n`);
} finally {
  await office.close();
  await rm(folder, { recursive: true, force: true });
}
