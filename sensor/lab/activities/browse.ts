import type { DrawnActivity } from "../protocol.ts";
import { chance, exponential, pick, shuffled, wholeBetween } from "../random.ts";
import { pause, type ActivityContext } from "./activity.ts";
import { download, fetchPage } from "./web-client.ts";

/** One page and what it is made of: the page first, the rest within two seconds. */
async function loadPage(plan: DrawnActivity<"browse">, context: ActivityContext): Promise<void> {
  const { random, names, signal, site } = context;
  const main = pick(random, site.world.sites);
  const parts = shuffled(random, site.world.thirdParties).slice(0, Math.round(plan.namesPerPage));
  let failed = 0;
  const load = async (name: string, afterMs: number, isSecure: boolean): Promise<void> => {
    await pause(afterMs, signal);
    const address = pick(random, await names.addressesOf(name));
    const path = `/${wholeBetween(random, [1, 9999])}`;
    if (address === undefined || !(await fetchPage(name, address, path, isSecure, signal))) failed += 1;
  };
  await load(main, 0, chance(random, 0.8));
  // Without its page a browser knows of no parts.
  const loaded = failed === 0 ? parts : [];
  await Promise.all(loaded.map((name) => load(name, random.next() * 2000, chance(random, 0.85))));
  if (signal.aborted) return;
  const at = context.clock();
  context.report({ kind: "page", at, host: context.host.name, site: main, names: loaded.length + 1, failed });
}

async function fetchFile(context: ActivityContext): Promise<void> {
  const { random, names, signal, clock } = context;
  const { name, port } = context.site.world.files;
  const address = pick(random, await names.addressesOf(name));
  if (address === undefined) return;
  const token = `file-${wholeBetween(random, [1, 1_000_000])}`;
  await download(
    { name, address, port, token, bytes: wholeBetween(random, [50_000, 400_000]), stallMs: 8000 },
    clock,
    signal,
  );
}

/** A person at a browser. */
export async function browse(plan: DrawnActivity<"browse">, context: ActivityContext): Promise<void> {
  const { random, signal } = context;
  while (!signal.aborted) {
    await loadPage(plan, context);
    if (chance(random, plan.downloadShare)) await fetchFile(context);
    await pause(exponential(random, plan.pageEveryMs), signal);
  }
}

/** A printer that looks for new firmware. */
export async function checkIn(plan: DrawnActivity<"check-in">, context: ActivityContext): Promise<void> {
  const { random, names, signal } = context;
  const name = context.site.world.firmware;
  while (!signal.aborted) {
    const address = pick(random, await names.addressesOf(name));
    if (address !== undefined) await fetchPage(name, address, "/check", true, signal);
    await pause(exponential(random, plan.everyMs), signal);
  }
}
