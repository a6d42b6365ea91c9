/**
 * Takes the pictures of every screen, phone and desktop, light and dark, into `controller/ui/screenshots`:
 *
 *     npm run screenshots [-- PART…]      only those with one of these in their name
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium, type Page } from "playwright-core";
import { buildUi } from "../../ui/build.ts";
import { browserArgs, browserPath } from "../ui/stand.ts";
import { brandt, startGallery, type Gallery } from "./gallery.ts";
import { shots, type Shot } from "./shots.ts";

const folder = process.env["CORDON_PICTURES"] ?? resolve(import.meta.dirname, "../../ui/screenshots");
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;
const themes = ["light", "dark"] as const;

async function take(gallery: Gallery, page: Page, shot: Shot, file: string): Promise<void> {
  await shot.show(page, gallery);
  // Letters change a picture's lines when they come late.
  await page.evaluate("document.fonts.ready");
  await page.screenshot({ path: file, fullPage: shot.isWhole === true, type: "png" });
}

const parts = process.argv.slice(2);
const wanted = shots.filter(({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)));
const scratch = await mkdtemp(join(tmpdir(), "cordon-screenshots-"));
await mkdir(folder, { recursive: true });
await buildUi(join(scratch, "ui"));
const gallery = await startGallery(join(scratch, "data"), join(scratch, "ui"));
const browser = await chromium.launch({ executablePath: browserPath, args: [...browserArgs] });
try {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of themes) {
      const context = await browser.newContext({
        ...{ viewport, colorScheme, reducedMotion: "reduce", locale: "en-GB" },
        deviceScaleFactor: size === "phone" ? 2 : 1,
        hasTouch: size === "phone",
      });
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      for (const shot of wanted) {
        const file = join(folder, `${shot.name}-${size}-${colorScheme}.png`);
        await take(gallery, page, shot, file).catch((error: unknown) => {
          process.exitCode = 1;
          process.stderr.write(`${shot.name}-${size}-${colorScheme}: ${String(error)}\n`);
        });
      }
      await context.close();
    }
  }
  process.stdout.write(`${folder}: ${brandt}\n`);
} finally {
  await browser.close();
  await gallery.close();
  await rm(scratch, { recursive: true, force: true });
}
