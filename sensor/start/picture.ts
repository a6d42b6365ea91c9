/** Takes the README's picture: brings up the lab's office, waits until it is an incident, cuts the mailer off. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright-core";
import { officeOutbreak } from "../lab/index.ts";
import { SensorError } from "../src/errors.ts";
import { bringUpOffice } from "./office.ts";

const picturePath = fileURLToPath(new URL("../../controller/ui/screenshot.png", import.meta.url));

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
  await cutOff(page, mailer?.name ?? "");
  await delay(afterTheCutMs);
  await page.screenshot({ path: picturePath });
  await browser.close();
  process.stdout.write(`${picturePath}\n`);
} finally {
  await office.close();
  await rm(folder, { recursive: true, force: true });
}
