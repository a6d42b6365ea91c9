import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { reflexBudgets } from "@cordon/contract";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { probationLimit } from "../../src/containment/limits-nft.ts";
import { withProbation } from "../../src/containment/probation.ts";
import type { ReflexSettings } from "../../src/containment/protocol.ts";
import { ethernet, ipv4, tcp } from "../../src/packet/frame-builder.ts";
import { endInside, macs, TestSite, whyNoNamespaces } from "./test-site.ts";

const plain: ReflexSettings = { mode: "dry", budget: "usual", hosts: [], exempt: [] };
const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);

/** First packets towards so many dark targets, each from a MAC of its own. */
function crowd(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const addressed = { source: "10.77.9.9", destination: `198.18.${index >> 8}.${index & 0xff}` };
    const packet = ipv4(6, tcp({ destinationPort: 445, flags: 2 }), addressed);
    return Buffer.from(ethernet(0x0800, packet, 0x0200_9900_0000 + index, number(macs.provider))).toString("hex");
  });
}

describe("probation in the kernel", { skip: whyNoNamespaces(), timeout: 120_000 }, () => {
  let site: TestSite;
  let executor: ReturnType<TestSite["executor"]>;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000);
  const set = (settings: ReflexSettings) => client.apply([{ kind: "reflex-set", settings }], signal);
  const known = withProbation(plain, { known: [macs.neighbour] });

  const stopped = async () => {
    const listing = await site.run("box", "nft", "-j", "list", "counter", "bridge", "cordon", "reflex_stopped");
    return Number(/"packets": (\d+)/.exec(listing)?.[1]);
  };

  before(async () => {
    site = await TestSite.start();
    executor = site.executor();
    client = new ExecutorClient({ socketPath: site.executorSocket });
    for (let tries = 0; ; tries++) {
      try {
        await set(known);
        break;
      } catch (error) {
        if (tries === 100) throw error;
        await sleep(100);
      }
    }
    await site.traffic("provider", "serve", [80, 445], 5000);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  test("a machine that is not known is bounded from its first packet on, and a known one as before", async () => {
    const arrived = await site.arrivals("ip daddr 198.18.0.0/15 tcp dport 445");
    await site.traffic("infected", "scan", "198.18", 100, 445);
    const ofStranger = await arrived();
    assert.ok(ofStranger <= reflexBudgets.tight.misses, `${ofStranger} targets of the stranger`);
    await site.traffic("neighbour", "scan", "198.19", 100, 445);
    assert.equal((await arrived()) - ofStranger, 100, "a known machine was stopped");
    // On no way of spreading nothing changes for anybody.
    await site.connect("infected", 80, "connected");
  });

  test("made-up MACs have one budget together, and take nothing from those that are known", async (t) => {
    const before = await stopped();
    const frames = crowd(5000);
    const startedAt = performance.now();
    const flooding = site.traffic("infected", "frames", frames);
    await site.connect("neighbour", 445, "connected");
    await flooding;
    const seconds = (performance.now() - startedAt) / 1000;
    // Frames without checksums go no further than the far side's door, so they are counted at ours.
    const passed = frames.length - ((await stopped()) - before);
    t.diagnostic(`${frames.length} made-up in ${seconds.toFixed(2)} s, ${passed} passed`);
    const bound = probationLimit.burst + probationLimit.perSecond * (seconds + 1);
    assert.ok(passed <= bound, `${passed} of ${frames.length} passed`);
    const usual = await site.run("box", "nft", "list", "set", "bridge", "cordon", "reflex_tight");
    assert.ok(usual.split("02:00:99").length - 1 <= bound, "made-up MACs fill the sets");
    await site.connect("neighbour", 445, "connected");
  });

  test("it outlives every process of ours, comes back with the next executor, and ends when it is said", async () => {
    await endInside(executor, "SIGKILL");
    const arrived = await site.arrivals("ip daddr 198.18.0.0/15 tcp dport 135");
    await site.traffic("infected", "scan", "198.18", 50, 135);
    assert.equal(await arrived(), 0, "it is held, since it went beyond the budget");
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    executor = site.executor();
    client.close();
    client = new ExecutorClient({ socketPath: site.executorSocket });
    for (let tries = 0; ; tries++) {
      try {
        assert.deepEqual((await client.observe(signal)).reflex?.settings, known);
        break;
      } catch (error) {
        if (tries === 100) throw error;
        await sleep(100);
      }
    }
    await set(plain);
    await site.traffic("infected", "scan", "198.18", 50, 135);
    assert.equal(await arrived(), 50);
  });
});
