import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { reflexBudgets } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { crowdedCounter, placesGiven } from "../../src/containment/place-nft.ts";
import type { ReflexSettings } from "../../src/containment/protocol.ts";
import { ethernet, ipv4, tcp } from "../../src/packet/frame-builder.ts";
import { macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";

const enforce: ReflexSettings = { mode: "enforce", budget: "usual", hosts: [], exempt: [] };
const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);

const madeUp = 6000;
/** A first packet to SMB from each of so many cards. */
const crowd = Array.from({ length: madeUp }, (_, index) => {
  const addressed = { source: "10.77.9.9", destination: `198.18.${index >> 8}.${index & 0xff}` };
  const packet = ipv4(6, tcp({ destinationPort: 445, flags: 2 }), addressed);
  return Buffer.from(ethernet(0x0800, packet, 0x0200_9900_0000 + index, number(macs.provider))).toString("hex");
});

describe("places in the reflex", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000 * patience);
  const counted = async (name: string) =>
    Number(
      /"packets": (\d+)/.exec(await site.run("box", "nft", "-j", "list", "counter", "bridge", "cordon", name))?.[1],
    );

  before(async () => {
    site = await TestSite.start();
    await site.run("provider", "ip", "route", "add", "local", "198.19.0.0/16", "dev", "lo");
    site.executor();
    client = site.client();
    await client.apply([{ kind: "reflex-set", settings: enforce }], signal);
    await site.traffic("provider", "serve", [80, 445], 5000);
    // Known by whatever it begins, on no way of spreading.
    await site.connect("neighbour", 80, "connected");
  });
  after(async () => {
    client.close();
    await site.close();
  });

  test("made-up addresses share one budget, and what they lack is counted and told", async (t) => {
    const startedAt = performance.now();
    await site.traffic("infected", "frames", crowd);
    const seconds = (performance.now() - startedAt) / 1000;
    const passed = madeUp - (await counted(crowdedCounter));
    t.diagnostic(`${passed} of ${madeUp} passed in ${seconds.toFixed(2)} s`);
    assert.ok(passed > 0 && passed <= placesGiven.burst + placesGiven.perSecond * (seconds + 1), `${passed} passed`);
    const { troubles = [], reflex } = await client.observe(signal);
    assert.ok(
      troubles.some(({ code, text }) => code === "reflex-crowded" && text.includes(String(madeUp - passed))),
      JSON.stringify(troubles),
    );
    assert.ok((reflex?.stopped ?? 0) >= madeUp - passed, "they are among all that was stopped");
  });

  test("one more that scans has no more than a budget, and nobody is let by for want of a place", async () => {
    const arrived = await site.arrivals("ip daddr 198.18.0.0/15 tcp dport 445");
    await site.traffic("infected", "scan", "198.18", 200, 445);
    const targets = await arrived();
    assert.ok(targets <= reflexBudgets.usual.misses, `${targets} targets`);
  });

  test("who was there before keeps its own budget while they come", async () => {
    const flooding = site.traffic("infected", "frames", crowd);
    const { burst } = reflexBudgets.usual;
    let reached = 0;
    for (let last = 1; last <= burst; last++) {
      const target = `198.19.1.${last}`;
      reached += (await site.traffic<{ connected: number }>("neighbour", "connect", target, 445, 1, 5000)).connected;
    }
    await flooding;
    assert.equal(reached, burst);
  });
});
