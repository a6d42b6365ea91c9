import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { reflexBudgets, throttleLimit } from "@cordon/contract";
import { selection } from "../../src/capture/selection.ts";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { probationLimit } from "../../src/containment/limits-nft.ts";
import { strangersLimit } from "../../src/containment/probation-nft.ts";
import { withProbation } from "../../src/containment/probation.ts";
import type { ReflexSettings } from "../../src/containment/protocol.ts";
import { noSiteRules } from "../../src/containment/site-rules.ts";
import { renderSkeletons } from "../../src/containment/skeleton.ts";
import { storedFormats } from "../../src/containment/stored-elements.ts";
import { dhcp, ethernet, icmp, ipv4, tcp, udp } from "../../src/packet/frame-builder.ts";
import { addresses, addresses6, endInside, macs, TestSite, whyNoNamespaces } from "./test-site.ts";

const plain: ReflexSettings = { mode: "dry", budget: "usual", hosts: [], exempt: [] };
const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);

const hex = (frame: Uint8Array) => Buffer.from(frame).toString("hex");

/** First packets towards so many dark targets, each from a MAC of its own. */
function crowd(count: number, port = 445): string[] {
  return Array.from({ length: count }, (_, index) => {
    const addressed = { source: "10.77.9.9", destination: `198.18.${index >> 8}.${index & 0xff}` };
    const packet = ipv4(6, tcp({ destinationPort: port, flags: 2 }), addressed);
    return hex(ethernet(0x0800, packet, 0x0200_9900_0000 + index, number(macs.provider)));
  });
}

/** Packets of one card to so many targets, which the provider swallows. */
function toMany(count: number, mac: number, source: string, protocol: number, transport: readonly number[]): string[] {
  return Array.from({ length: count }, (_, index) => {
    const destination = `198.18.77.${index + 1}`;
    return hex(ethernet(0x0800, ipv4(protocol, transport, { source, destination }), mac, number(macs.provider)));
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

  describe("off the ways of spreading", () => {
    const scanned = 150;
    const stranger = number("02:00:5e:00:00:77");
    const ways: readonly (readonly [string, number, readonly number[]])[] = [
      ["first packets", 6, tcp({ destinationPort: 8080, flags: 2 })],
      ["acknowledgements", 6, tcp({ destinationPort: 8080, flags: 0x10 })],
      ["datagrams", 17, udp(4000, 4000)],
      ["echoes that nobody asked for", 1, icmp(0, 0)],
      ["another protocol", 47, [0, 0, 0x08, 0]],
    ];
    const arriving = async (frames: readonly string[]) => {
      const arrived = await site.departures("ip daddr 198.18.77.0/24");
      const startedAt = performance.now();
      await site.traffic("infected", "frames", frames);
      return { count: await arrived(), seconds: (performance.now() - startedAt) / 1000 };
    };

    for (const [index, [name, protocol, transport]] of ways.entries()) {
      test(`a stranger has a throttle's new targets by ${name}, and a known machine as many as it likes`, async () => {
        const { count, seconds } = await arriving(
          toMany(scanned, stranger + index * 256, "10.77.0.77", protocol, transport),
        );
        const most = throttleLimit.burst + throttleLimit.perSecond * Math.ceil(seconds + 1);
        assert.ok(count > 0 && count <= most, `${count} of ${scanned}`);
        const known = toMany(scanned, number(macs.neighbour), addresses.neighbour, protocol, transport);
        assert.equal((await arriving(known)).count, scanned);
      });
    }

    test("made-up MACs have few new targets together", async () => {
      const arrived = await site.departures("ip daddr 198.18.0.0/16 tcp dport 8080");
      const startedAt = performance.now();
      await site.traffic("infected", "frames", crowd(5000, 8080));
      const most = strangersLimit.burst + strangersLimit.perSecond * ((performance.now() - startedAt) / 1000 + 1);
      const count = await arrived();
      assert.ok(count <= most, `${count} of 5000`);
    });

    test("a machine that took the address of one that is cut off is a stranger; who is known may have it", async () => {
      await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
      const from = (mac: number) =>
        arriving(toMany(scanned, mac, addresses.infected, 6, tcp({ destinationPort: 8080, flags: 2 })));
      const { count, seconds } = await from(number("02:00:5e:00:00:99"));
      assert.ok(count <= throttleLimit.burst + Math.ceil(seconds + 1), `${count} of ${scanned}`);
      assert.equal((await from(number(macs.neighbour))).count, scanned, "an address that was given to somebody else");
      await client.apply([{ kind: "quarantine-remove", mac: macs.infected }], signal);
    });

    test("a visitor gets an address, his neighbours, names and the page of a portal", async () => {
      await site.run("box", "nft", "add", "element", "bridge", "cordon", "resolvers_4", `{ ${addresses.provider} }`);
      const visitor = number("02:00:5e:00:00:88");
      // All that it may begin is used up.
      await arriving(toMany(scanned, visitor, "10.77.0.88", 6, tcp({ destinationPort: 8080, flags: 2 })));
      const arrived = await site.departures(`udp dport { 53, 67 } udp sport { 68, 5353 }`);
      const question = ipv4(17, udp(5353, 53, [0, 1, 1, 0]), {
        source: "10.77.0.88",
        destination: addresses.provider,
      });
      const discover = ipv4(17, udp(68, 67, dhcp({})), { source: "0.0.0.0", destination: "255.255.255.255" });
      await site.traffic("infected", "frames", [
        ...Array.from({ length: 20 }, () => hex(ethernet(0x0800, question, visitor, number(macs.provider)))),
        ...Array.from({ length: 3 }, () => hex(ethernet(0x0800, discover, visitor, 0xffff_ffff_ffff))),
      ]);
      assert.equal(await arrived(), 23);
      await site.run("infected", "ip", "neigh", "flush", "all");
      await site.connect("infected", 80, "connected");
      await site.connect("infected", 80, "connected", addresses6.provider);
    });

    test("a way that is shut for the site is shut for a stranger from its first packet on", async () => {
      const rules = { ...noSiteRules, ways: [{ way: "irc" as const, mode: "enforce" as const }] };
      await client.apply([{ kind: "site-rules-set", rules }], signal);
      const chat = tcp({ destinationPort: 6667, flags: 2 });
      assert.equal((await arriving(toMany(5, number("02:00:5e:00:00:aa"), "10.77.0.66", 6, chat))).count, 0);
      // For an area alone: of that a stranger may be, or not.
      const hosts = [{ mac: "02:00:5e:00:00:ab", way: "irc" as const, mode: "enforce" as const }];
      await client.apply([{ kind: "site-rules-set", rules: { ...noSiteRules, hosts } }], signal);
      assert.equal((await arriving(toMany(5, number("02:00:5e:00:00:aa"), "10.77.0.66", 6, chat))).count, 0);
      assert.equal((await arriving(toMany(5, number(macs.neighbour), addresses.neighbour, 6, chat))).count, 5);
      await client.apply([{ kind: "site-rules-set", rules: noSiteRules }], signal);
      assert.equal((await arriving(toMany(5, number("02:00:5e:00:00:aa"), "10.77.0.66", 6, chat))).count, 5);
    });
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
    const elsewhere = await site.arrivals("ip daddr 198.18.0.0/15 tcp dport 8081");
    await site.traffic("infected", "scan", "198.18", 100, 8081);
    const bounded = await elsewhere();
    assert.ok(
      bounded <= throttleLimit.burst + 3 * throttleLimit.perSecond,
      `${bounded} targets off the ways of spreading`,
    );
    // What the box loads before any program of ours starts.
    const { text } = renderSkeletons({ selection, logGroup: 71, outsidePort: "out0" })[1];
    await endInside(executor, "SIGKILL");
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    await site.load(text);
    for (const { fileName } of [storedFormats.limits, storedFormats.rules]) {
      await site.run("box", "nft", "-f", join(site.folder, fileName));
    }
    const before = await elsewhere();
    await site.traffic("infected", "scan", "198.19", 100, 8081);
    const atStart = (await elsewhere()) - before;
    assert.ok(
      atStart > 0 && atStart <= throttleLimit.burst + 3 * throttleLimit.perSecond,
      `${atStart} targets before the executor`,
    );
    executor = site.executor();
    client.close();
    client = site.client();
    await set(plain);
    await site.traffic("infected", "scan", "198.18", 50, 135);
    assert.equal(await arrived(), 50);
    const last = await elsewhere();
    await site.traffic("infected", "scan", "198.18", 100, 8081);
    assert.equal((await elsewhere()) - last, 100, "the probation is over");
  });
});
