/**
 * Takes the pictures of every screen, phone and desktop, light and dark, into `controller/ui/screenshots`:
 *
 *     npm run screenshots [-- PART…]      only those with one of these in their name
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium, type Page } from "playwright-core";
import { buildUi } from "../../ui/build.ts";
import { browserArgs, browserPath } from "../ui/stand.ts";
import { startGallery } from "./gallery.ts";
import { shots } from "./shots.ts";

const folder = process.env["CORDON_PICTURES"] ?? resolve(import.meta.dirname, "../../ui/screenshots");
const sizes = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } } as const;
const themes = ["light", "dark"] as const;

/** Under a tenth of the same as PNG, and as sharp to the eye. */
async function take(page: Page, file: string, isWhole: boolean): Promise<void> {
  // Letters change a picture's lines when they come late.
  await page.evaluate("document.fonts.ready");
  const session = await page.context().newCDPSession(page);
  const height = Number(await page.evaluate("document.documentElement.scrollHeight"));
  const { width } = page.viewportSize() ?? sizes.desktop;
  const clip = { clip: { x: 0, y: 0, width, height, scale: 1 }, captureBeyondViewport: true };
  const { data } = await session.send("Page.captureScreenshot", {
    ...{ format: "webp", quality: 70 },
    ...(isWhole ? clip : {}),
  });
  await session.detach();
  await writeFile(file, Buffer.from(data, "base64"));
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
        const name = `${shot.name}-${size}-${colorScheme}`;
        try {
          await shot.show(page, gallery);
          await take(page, join(folder, `${name}.webp`), shot.isWhole === true && size === "desktop");
        } catch (error) {
          process.exitCode = 1;
          process.stderr.write(`${name}: ${String(error)}\n`);
        }
      }
      await context.close();
    }
  }
  process.stdout.write(`${folder}\n`);
} finally {
  await browser.close();
  await gallery.close();
  await rm(scratch, { recursive: true, force: true });
}
