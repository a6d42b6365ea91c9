/** A site with more machines than a page wants at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostView, SiteView } from "../src/api/view.ts";
import { asOwner } from "./people.ts";
import { putHosts } from "./put-hosts.ts";
import { aHost, aLine } from "./sample-hosts.ts";
import { standingSite } from "./standing-site.ts";
import { openStore } from "./store.ts";

const count = 600;

const macOf = (index: number): string =>
  `02:00:5e:40:${(index >> 8).toString(16).padStart(2, "0")}:${(index & 255).toString(16).padStart(2, "0")}`;

/** The higher the index the stranger. */
const machine = (index: number) =>
  aHost({ host: macOf(index), name: `DESK-${index}`, verdict: "clear", score: index / 1_000, evidence: [aLine()] });

test("of many machines the strangest come first where that is asked for, then all, then what changed", async (t) => {
  const { dataDir, controller, siteId, path, sensor } = await standingSite(t);
  const store = await openStore(dataDir);
  await putHosts(
    store,
    siteId,
    Array.from({ length: count }, (_, index) => machine(index)),
    Date.now(),
  );
  await store.destroy();
  const owner = await asOwner(controller);
  const looking = macOf(3);
  const read = async (question: string): Promise<SiteView> =>
    (await owner.call<SiteView>("GET", `${path}?ledgerOf=${encodeURIComponent(looking)}${question}`)).body;
  const places = (hosts: readonly HostView[]) =>
    hosts.map(({ host }) => Number.parseInt(host.slice(-5).replace(":", ""), 16));

  const first = await read("&rowsAtMost=5");
  assert.deepEqual(places(first.hosts), [599, 598, 597, 596, 595, 3]);
  assert.deepEqual([first.counts.hosts, first.counts.clear, first.hostsEdition], [count, count, undefined]);
  // Whole is the one that is looked at.
  assert.deepEqual(
    first.hosts.map(({ evidence, isShort }) => [evidence.length, isShort === true]),
    [...Array.from({ length: 5 }, () => [0, true]), [1, false]],
  );

  const all = await read("");
  assert.deepEqual([all.hosts.length, all.hostsGone], [count, undefined]);
  assert.ok(all.hostsEdition !== undefined);
  const unchanged = await read(`&hostsSince=${encodeURIComponent(all.hostsEdition)}`);
  assert.deepEqual([unchanged.hosts, unchanged.hostsGone], [[], []]);
  await sensor.sendHosts([{ ...machine(7), score: 2 }]);
  await sensor.until(() => sensor.stored.length > 0);
  const changed = await read(`&hostsSince=${encodeURIComponent(all.hostsEdition)}`);
  assert.deepEqual(places(changed.hosts), [7]);

  assert.equal((await owner.call("GET", `${path}?ledgerOf=&rowsAtMost=0`)).status, 400);
});
