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
  const { width, height } = page.viewportSize() ?? sizes.desktop;
  const [whole = height, y = 0, scale = 1] = await page.evaluate<number[]>(
    "[document.documentElement.scrollHeight, scrollY, devicePixelRatio]",
  );
  // Without a clip, or with one of scale 1, a phone's picture has half its points.
  const { data } = await session.send("Page.captureScreenshot", {
    ...{ format: "webp", quality: 70, captureBeyondViewport: isWhole },
    clip: { x: 0, y: isWhole ? 0 : y, width, height: isWhole ? whole : height, scale },
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
  const windows = await Promise.all(
    Object.entries(sizes).flatMap(([size, viewport]) =>
      themes.map(async (colorScheme) => {
        const context = await browser.newContext({
          ...{ viewport, colorScheme, reducedMotion: "reduce", locale: "en-GB" },
          deviceScaleFactor: size === "phone" ? 2 : 1,
          hasTouch: size === "phone",
          // The box's own pages: as after the warning.
          ignoreHTTPSErrors: true,
        });
        context.setDefaultTimeout(15_000);
        return { page: await context.newPage(), size, ending: `${size}-${colorScheme}` };
      }),
    ),
  );
  // Each screen in every window before the next: so its pictures show the same moment, but for what a shot does itself.
  for (const shot of wanted) {
    for (const { page, size, ending } of windows) {
      const name = `${shot.name}-${ending}`;
      try {
        await shot.show(page, gallery);
        // What was pressed is not to look as if a mouse were on it.
        await page.mouse.move(0, 0);
        await take(page, join(folder, `${name}.webp`), shot.isWhole === true && size === "desktop");
      } catch (error) {
        process.exitCode = 1;
        process.stderr.write(`${name}: ${String(error)}\n`);
      }
    }
  }
  process.stdout.write(`${folder}\n`);
} finally {
  await browser.close();
  await gallery.close();
  await rm(scratch, { recursive: true, force: true });
}
