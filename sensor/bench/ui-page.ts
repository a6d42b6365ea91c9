/** What the bench of the user interface does within the page; text, because the page's types are not this package's. */
import type { Page } from "playwright-core";

/** Notes when the first machine row stands in the page and has been drawn, ms since the page was asked for. */
export const watchFirstRow = `
  window.firstRowAt = null;
  const look = () => {
    if (document.querySelector(".hosts [data-row]") === null) return requestAnimationFrame(look);
    requestAnimationFrame(() => { window.firstRowAt = performance.now(); });
  };
  requestAnimationFrame(look);
`;

/** Waits for that. */
export function firstRowAt(page: Page): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    const look = () => (window.firstRowAt === null ? requestAnimationFrame(look) : resolve(window.firstRowAt));
    look();
  })`);
}

/**
 * Scrolls by so many pixels in each frame, to and fro at the ends, and gives how long each frame took, ms.
 *
 * @param frames how many
 */
export function scrollFrames(page: Page, frames: number, pixels: number): Promise<readonly number[]> {
  return page.evaluate(`new Promise((resolve) => {
    const took = [];
    let step = ${pixels};
    let last = performance.now();
    const frame = (now) => {
      took.push(now - last);
      last = now;
      if (took.length > ${frames}) return resolve(took.slice(1));
      const before = scrollY;
      scrollBy(0, step);
      if (scrollY === before && took.length > 2) step = -step;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame((now) => { last = now; requestAnimationFrame(frame); });
  })`);
}

/** Reads on to the end of a list that reads on by itself, until it holds so many rows or does not grow; gives how high it is, px. */
export async function readOn(page: Page, untilPx: number, patienceMs: number): Promise<number> {
  return page.evaluate(`new Promise((resolve) => {
    const began = performance.now();
    const look = () => {
      const height = document.documentElement.scrollHeight;
      if (height >= ${untilPx} || performance.now() - began > ${patienceMs}) return resolve(height);
      scrollTo(0, height);
      setTimeout(look, 20);
    };
    look();
  })`);
}
