import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { reflexBudgets, throttleLimit } from "@cordon/contract";
import { noElements } from "../../src/containment/element-sets.ts";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { missPlaces } from "../../src/containment/miss-nft.ts";
import { renderStored } from "../../src/containment/stored-file.ts";
import { storedFormats } from "../../src/containment/stored-elements.ts";
import { ethernet, icmp, ipv4, ipv6, tag } from "../../src/packet/frame-builder.ts";
import type { ReflexSettings, Step } from "../../src/containment/protocol.ts";
import { TestSite, addresses, addresses6, endInside, macs, patience, whyNoNamespaces } from "./test-site.ts";

const skip = whyNoNamespaces();

// Behind all of our rules: who was let through to whom.
const witness = `table bridge witness {
	set left_4 {
		type ether_addr . ipv4_addr
		size 65536
		flags dynamic
	}
	set left_6 {
		type ether_addr . ipv6_addr
		size 65536
		flags dynamic
	}
	chain left {
		type filter hook postrouting priority 300; policy accept;
		oifname "out0" ip daddr != ${addresses.provider} add @left_4 { ether saddr . ip daddr }
		oifname "out0" ip6 daddr & ffff:ffff:: == 2001:db8:: add @left_6 { ether saddr . ip6 daddr }
	}
}
`;

/** An ICMP echo in hex: type 8 asks, type 0 answers. */
function echo(type: number, fromMac: string, source: string, toMac: string, destination: string): string {
  const [from, to] = [fromMac, toMac].map((mac) => Number.parseInt(mac.replaceAll(":", ""), 16));
  return Buffer.from(ethernet(0x0800, ipv4(1, icmp(type, 0), { source, destination }), from, to)).toString("hex");
}

const dry: ReflexSettings = { mode: "dry", budget: "usual", hosts: [], exempt: [] };
const enforce: ReflexSettings = { ...dry, mode: "enforce" };
const { burst, perSecond, misses } = reflexBudgets.usual;
// A scan's connects are given up after half a second, and a full machine needs some time for them.
const throttleBound = throttleLimit.burst + 3 * throttleLimit.perSecond;

describe("limits in the kernel", { skip, timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let executor: ReturnType<TestSite["executor"]>;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000 * patience);

  const apply = async (...steps: Step[]) => (await client.apply(steps, signal)).observed;
  const reflexOf = async (mac: string) => {
    const { reflex } = await client.observe(signal);
    return reflex?.hosts.find((host) => host.mac === mac) ?? { mac, passed: 0, stopped: 0 };
  };
  /** Targets beyond the outside port that a host was let through to while something went on. */
  const targetsDuring = async (mac: string, during: () => Promise<unknown>): Promise<number> => {
    for (const set of ["left_4", "left_6"]) await site.run("box", "nft", "flush", "set", "bridge", "witness", set);
    await during();
    const sets = await Promise.all(
      ["left_4", "left_6"].map((set) => site.run("box", "nft", "list", "set", "bridge", "witness", set)),
    );
    return sets.join("").split(mac).length - 1;
  };
  const scan = (place: "infected" | "neighbour", prefix: string, count: number, port: number) =>
    site.traffic(place, "scan", prefix, count, port);

  /** As if a machine had left off for long enough. */
  const forget = async () => {
    const places = Array.from({ length: missPlaces }, (_, index) => `reflex_miss_${index + 1}`);
    const kept = ["reflex_usual", "reflex_held", "reflex_contacts_4", "reflex_contacts_6"];
    for (const set of [...kept, ...places, ...places.flatMap((place) => [`${place}_4`, `${place}_6`])]) {
      await site.run("box", "nft", "flush", "set", "bridge", "cordon", set);
    }
  };
  /** Connects to one target after the other, and how many were reached. Under 198.19 somebody answers. */
  const tour = async (prefix: string, count: number, port: number) => {
    let reached = 0;
    for (let last = 1; last <= count; last++) {
      const outcome = await site.traffic<{ connected: number }>(
        "infected",
        "connect",
        `${prefix}.${last}`,
        port,
        1,
        200,
      );
      reached += outcome.connected;
    }
    return reached;
  };

  before(async () => {
    site = await TestSite.start();
    await site.run("provider", "ip", "route", "add", "local", "198.19.0.0/16", "dev", "lo");
    executor = site.executor();
    client = site.client();
    await client.observe(signal);
    await writeFile(join(site.folder, "witness.nft"), witness);
    await site.run("box", "nft", "-f", join(site.folder, "witness.nft"));
    for (const host of ["infected", "neighbour"] as const) {
      await site.run(host, "ip", "-6", "route", "add", "default", "via", addresses6.provider);
    }
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
  });

  after(async () => {
    client.close();
    await site.close();
  });

  test("by itself the reflex stops nothing and counts, by machine, what it would have stopped", async () => {
    const targets = await targetsDuring(macs.infected, () => scan("infected", "198.18", 300, 445));
    assert.equal(targets, 300);
    const { passed, stopped } = await reflexOf(macs.infected);
    assert.equal(passed, 300 - misses, "beyond the budget");
    assert.equal(stopped, 0);
    assert.deepEqual(await reflexOf(macs.neighbour), { mac: macs.neighbour, passed: 0, stopped: 0 });
    const { reflex } = await client.observe(signal);
    assert.deepEqual([reflex?.settings, reflex?.passed, reflex?.stopped], [dry, passed, 0]);
  });

  test("enforced, it stops a worm after its first misses, whatever the way it spreads by and the family", async () => {
    const { packetsStopped: before = 0 } = await apply({ kind: "reflex-set", settings: enforce });
    const ways = [
      () => scan("infected", "198.18", 300, 445),
      () => tour("198.18.64", 1, 23),
      () => scan("infected", "2001:db8::", 100, 1433),
    ];
    assert.equal(await targetsDuring(macs.infected, () => scan("infected", "198.18", 50, 445)), 0, "it goes on");
    await forget();
    const stoppedBefore = (await reflexOf(macs.infected)).stopped;
    const targets = await targetsDuring(macs.infected, async () => {
      for (const way of ways) await way();
    });
    assert.equal(targets, misses, "one budget for them all");
    const { stopped } = await reflexOf(macs.infected);
    assert.equal(stopped - stoppedBefore, 401 - misses);
    const { packetsStopped = 0 } = await client.observe(signal);
    assert.equal(packetsStopped - before, stopped, "what it stops is among all that was stopped");
    await forget();
    assert.equal(await targetsDuring(macs.infected, () => scan("infected", "2001:db8::", 100, 1433)), misses);
  });

  test("targets that answer are no misses; only their number is bounded", async () => {
    await forget();
    const startedAt = performance.now();
    const reached = await tour("198.19.1", burst + 30, 445);
    const most = burst + perSecond * Math.ceil((performance.now() - startedAt) / 1000);
    assert.ok(reached >= burst && reached <= most, `${reached} reached`);
    assert.equal(await tour("198.19.2", 3, 25), 0, "it is held until it leaves off");
    assert.equal(await tour("198.19.1", burst, 445), burst, "what answered before stays within reach");
    await forget();
    assert.equal(await tour("198.18.65", 3, 445), 0);
    assert.equal(await tour("198.19.1", 10, 445), 10, "three that are gone do not keep it from the others");
  });

  test("a refusal is a miss", async () => {
    await forget();
    assert.equal(await targetsDuring(macs.infected, () => tour("198.19.3", 20, 3389)), misses);
  });

  test("enforced, it takes nothing from a machine that browses, downloads and uses its own servers", async () => {
    const targets = await targetsDuring(macs.neighbour, () => scan("neighbour", "198.18", 300, 80));
    assert.equal(targets, 300, "many web servers at once");
    assert.equal(await site.traffic("neighbour", "talk", addresses.provider, 445, 20, 5), 20, "one long connection");
    for (const port of [80, 445, 25]) {
      const outcomes = await site.traffic<{ connected: number }>(
        "neighbour",
        "connect",
        addresses.provider,
        port,
        40,
        5000,
      );
      assert.equal(outcomes.connected, 40, `port ${port}`);
    }
    assert.deepEqual(await reflexOf(macs.neighbour), { mac: macs.neighbour, passed: 0, stopped: 0 });
  });

  test("enforced, it also bounds pings and the datagrams of SQL servers", async () => {
    // A request to one target after the other; the answer comes by hand, too.
    const pings = async (prefix: string, count: number, isAnswered: boolean) => {
      for (let last = 1; last <= count; last++) {
        const target = `${prefix}.${last}`;
        await site.traffic("infected", "frames", [echo(8, macs.infected, addresses.infected, macs.provider, target)]);
        if (!isAnswered) continue;
        await site.traffic("provider", "frames", [echo(0, macs.provider, target, macs.infected, addresses.infected)]);
      }
    };
    await forget();
    assert.equal(await targetsDuring(macs.infected, () => pings("198.18.200", 12, false)), misses);
    await forget();
    assert.equal(await targetsDuring(macs.infected, () => pings("198.18.202", 12, true)), 12);
    await forget();
    const asked = await targetsDuring(macs.infected, async () => {
      for (let last = 1; last <= 60; last++) {
        await site.traffic("infected", "datagrams", `198.18.201.${last}`, 1434, 1, 1000, 0);
      }
    });
    assert.equal(asked, misses);
  });

  test("a declared mail server is exempt from its port and from no other", async () => {
    await apply({ kind: "reflex-set", settings: { ...enforce, exempt: [{ mac: macs.neighbour, port: 25 }] } });
    assert.equal(await targetsDuring(macs.neighbour, () => scan("neighbour", "198.18", 200, 25)), 200);
    assert.equal(await targetsDuring(macs.neighbour, () => scan("neighbour", "198.18", 200, 3389)), misses);
  });

  test("one machine may have a rule of its own, in either direction", async () => {
    const own = (mac: string, rule: Omit<ReflexSettings["hosts"][number], "mac">) => ({ mac, ...rule });
    const observed = await apply({
      kind: "reflex-set",
      settings: { ...enforce, hosts: [own(macs.infected, { mode: "dry", budget: "unlimited" })] },
    });
    assert.deepEqual(observed.reflex?.settings.hosts, [own(macs.infected, { mode: "dry", budget: "unlimited" })]);
    assert.equal(await targetsDuring(macs.infected, () => scan("infected", "198.18", 200, 2323)), 200);

    await apply({
      kind: "reflex-set",
      settings: { ...dry, hosts: [own(macs.infected, { mode: "enforce", budget: "tight" })] },
    });
    await forget();
    const targets = await targetsDuring(macs.infected, () => scan("infected", "198.18", 200, 139));
    assert.equal(targets, reflexBudgets.tight.misses);
    assert.equal(await targetsDuring(macs.neighbour, () => scan("neighbour", "198.18", 200, 139)), 200);
  });

  test("it works and counts while the executor is dead, and its successor finds rule and count", async () => {
    await apply({ kind: "reflex-set", settings: enforce });
    const { stopped: before } = await reflexOf(macs.infected);
    await forget();
    await endInside(executor, "SIGKILL");
    assert.equal(await targetsDuring(macs.infected, () => scan("infected", "198.18", 255, 135)), misses);
    executor = site.executor();
    const { reflex } = await client.observe(signal);
    assert.deepEqual(reflex?.settings, enforce);
    assert.ok((await reflexOf(macs.infected)).stopped > before);
  });

  test("a throttle limits new contacts on all ports and leaves a standing connection alone", async () => {
    await apply({ kind: "reflex-set", settings: dry });
    const talk = site.traffic<number>("infected", "talk", addresses.provider, 80, 100, 20);
    await sleep(200, undefined, { signal });
    const { refused } = await client.apply([{ kind: "throttle-add", mac: macs.infected, ports: null }], signal);
    assert.deepEqual(refused, []);
    const targets = await targetsDuring(macs.infected, () => scan("infected", "198.18", 200, 8080));
    assert.ok(targets > 0 && targets <= throttleBound, `${targets} targets of 200`);
    assert.equal(await talk, 100, "the connection that stood");
    assert.equal(await targetsDuring(macs.neighbour, () => scan("neighbour", "198.18", 200, 8080)), 200);
    const { throttled } = await client.observe(signal);
    assert.deepEqual(
      throttled?.map(({ mac }) => mac),
      [macs.infected],
    );
    assert.equal(throttled?.[0]?.packets, 200 - targets, "each stopped packet is counted once");
  });

  test("a throttled machine reaches a target that it reached before as often as it likes", async () => {
    const reached = async () =>
      await site.traffic<{ connected: number }>("infected", "connect", addresses.provider, 80, 1, 5000);
    // Perhaps it takes a second SYN.
    assert.equal((await reached()).connected, 1);
    const many = await site.traffic<{ connected: number }>("infected", "connect", addresses.provider, 80, 50, 900);
    assert.equal(many.connected, 50);
    await site.traffic("infected", "datagrams", addresses.provider, 9000, 50, 1000, 0);
    assert.equal(await site.traffic("provider", "stop"), 50);
    await site.traffic("provider", "serve", [80, 25, 445], 9000);
  });

  test("a hand's change is put back, and a deleted table comes back with its throttle", async () => {
    await site.run("box", "nft", "delete", "element", "bridge", "cordon", "throttle_from", `{ ${macs.infected} }`);
    while ((await client.observe(signal)).throttled?.length !== 1) await sleep(50, undefined, { signal });
    await endInside(executor, "SIGKILL");
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    executor = site.executor();
    const { throttled } = await client.observe(signal);
    assert.deepEqual(throttled, [{ mac: macs.infected, packets: 0 }]);
  });

  test("later fragments pass a throttle; a first one too short to show its flags does not", async () => {
    const fragments = (offset: number, payload: readonly number[]) =>
      Array.from({ length: 60 }, (_, index) => {
        const fields = { source: addresses.infected, destination: `198.18.210.${index + 1}`, fragmentOffset: offset };
        const [from, to] = [macs.infected, macs.provider].map((mac) => Number.parseInt(mac.replaceAll(":", ""), 16));
        return Buffer.from(ethernet(0x0800, ipv4(6, payload, fields), from, to)).toString("hex");
      });
    await apply({ kind: "throttle-add", mac: macs.infected, ports: null });
    const sent = (frames: readonly string[]) => () => site.traffic("infected", "frames", frames);
    assert.equal(await targetsDuring(macs.infected, sent(fragments(185, [1, 2, 3, 4, 5, 6, 7, 8]))), 60);
    // Of IPv6 behind a tag as well (RFC 8200 4.5).
    const fragments6 = Array.from({ length: 60 }, (_, index) => {
      const part = [6, 0, 0, 8 * 23, 0, 0, 0, 7, 1, 2, 3, 4, 5, 6, 7, 8];
      const ip = ipv6(44, part, { source: addresses6.infected, destination: `2001:db8::210:${index + 1}` });
      const [from, to] = [macs.infected, macs.provider].map((mac) => Number.parseInt(mac.replaceAll(":", ""), 16));
      return Buffer.from(ethernet(0x8100, tag(7, 0x86dd, ip), from, to)).toString("hex");
    });
    assert.equal(await targetsDuring(macs.infected, sent(fragments6)), 60, "of IPv6 behind a tag");
    const moreFollow = 0x2000;
    const short = await targetsDuring(macs.infected, sent(fragments(moreFollow, [0x9c, 0x40, 0x01, 0xbd, 0, 0, 0, 1])));
    assert.ok(short <= throttleBound, `${short} of 60`);
  });

  test("a wish is carried out also where a hand was faster", async () => {
    const cutOff = async () => (await client.observe(signal)).quarantined.map(({ mac }) => mac);
    await apply({ kind: "quarantine-add", mac: macs.neighbour });
    for (const set of ["quarantine_from", "quarantine_to"]) {
      await site.run("box", "nft", "delete", "element", "bridge", "cordon", set, `{ ${macs.neighbour} }`);
    }
    // The transaction fails, for one of its elements is gone.
    await apply(
      { kind: "quarantine-remove", mac: macs.neighbour },
      { kind: "vector-add", mac: macs.neighbour, ports: [25] },
    );
    assert.deepEqual(await cutOff(), []);
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    const observed = await apply({ kind: "quarantine-add", mac: macs.neighbour });
    assert.notEqual(observed.skeleton, null);
    assert.deepEqual([await cutOff(), observed.vectors.map(({ port }) => port)], [[macs.neighbour], [25]]);
    await apply(
      { kind: "quarantine-remove", mac: macs.neighbour },
      { kind: "vector-remove", mac: macs.neighbour, ports: [25] },
    );
  });

  test("stored limits that the kernel refuses keep no cut out of force", async () => {
    await apply({ kind: "quarantine-add", mac: macs.neighbour });
    await endInside(executor, "SIGKILL");
    await site.run("box", "nft", "delete", "table", "bridge", "cordon");
    const refused = `add element bridge cordon throttle_vector { ${macs.infected} . 99999 }\n`;
    await writeFile(
      join(site.folder, storedFormats.limits.fileName),
      renderStored({ ...storedFormats.limits, render: () => refused }, noElements),
    );
    executor = site.executor();
    const { quarantined, throttled, troubles } = await client.observe(signal);
    assert.deepEqual([quarantined.map(({ mac }) => mac), throttled], [[macs.neighbour], []]);
    assert.deepEqual(
      troubles?.map(({ code }) => code),
      ["stored-limits-refused"],
    );
    await apply(
      { kind: "quarantine-remove", mac: macs.neighbour },
      { kind: "throttle-add", mac: macs.infected, ports: null },
    );
  });

  test("a throttle of one vector limits its ports alone, and its end opens them", async () => {
    await apply(
      { kind: "throttle-remove", mac: macs.infected, ports: null },
      { kind: "throttle-add", mac: macs.infected, ports: [25, 465] },
    );
    const mailed = await targetsDuring(macs.infected, () => scan("infected", "198.18", 200, 25));
    assert.ok(mailed > 0 && mailed <= throttleBound, `${mailed} targets of 200`);
    assert.equal(await targetsDuring(macs.infected, () => scan("infected", "198.18", 200, 80)), 200);
    const { throttledVectors } = await client.observe(signal);
    assert.deepEqual(throttledVectors, [
      { mac: macs.infected, port: 25, packets: 200 - mailed },
      { mac: macs.infected, port: 465, packets: 0 },
    ]);
    const observed = await apply({ kind: "throttle-remove", mac: macs.infected, ports: [25, 465] });
    assert.deepEqual([observed.throttled, observed.throttledVectors], [[], []]);
    assert.equal(await targetsDuring(macs.infected, () => scan("infected", "198.18", 200, 25)), 200);
  });

  test("the gateway and the box are not throttled", async () => {
    const { observed, refused } = await client.apply(
      [macs.provider, macs.box].map((mac) => ({ kind: "throttle-add" as const, mac, ports: null })),
      signal,
    );
    assert.deepEqual(
      refused.map(({ mac }) => mac),
      [macs.provider, macs.box],
    );
    assert.deepEqual(observed.throttled, []);
  });
});
