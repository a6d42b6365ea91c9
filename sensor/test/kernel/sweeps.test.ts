import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sweepLimit, throttleLimit } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { arp, ethernet, icmp, ipv4, ipv6 } from "../../src/packet/frame-builder.ts";
import { encapsulations, type Encapsulation } from "./matrix-cells.ts";
import { addresses, addresses6, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";

const cardOf = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);
const [infected, neighbour, provider] = [cardOf(macs.infected), cardOf(macs.neighbour), cardOf(macs.provider)];
// Cards of their own, by which no kernel speaks.
const pinging = "02:00:5e:00:00:41";
const beside = "02:00:5e:00:00:42";
const everybody = 0xffff_ffff_ffff;
const hex = (frame: Uint8Array) => Buffer.from(frame).toString("hex");

const swept = 60;
const perSecond = sweepLimit.perMinute / 60;

/** Questions by ARP for so many addresses under a prefix. */
function questions(prefix: string, from: number, source: string, to = everybody): string[] {
  return Array.from({ length: swept }, (_, index) =>
    hex(ethernet(0x0806, arp(1, from, source, `${prefix}.${index + 1}`), from, to)),
  );
}

/** The same by neighbour discovery (RFC 4861 4.3); `group` is the middle of the addresses' last 24 bits. */
function solicitations(group: string, from: number, source: string): string[] {
  return Array.from({ length: swept }, (_, index) =>
    solicitation(`${group}${(index + 1).toString(16).padStart(2, "0")}`, from, source),
  );
}

function solicitation(last: string, from: number, source: string): string {
  const fields = { source, destination: `ff02::1:ff00:${last}`, hopLimit: 255 };
  const group = cardOf(`33:33:ff:00:${last.slice(0, 2)}:${last.slice(2)}`);
  return hex(ethernet(0x86dd, ipv6(58, icmp(135, 0, targetOf(last)), fields), from, group));
}

/** An address of the site that ends so. */
function targetOf(last: string): number[] {
  const end = [0, 2].map((at) => Number.parseInt(last.slice(at, at + 2), 16));
  return [0xfd, 0x77, ...new Array<number>(12).fill(0), ...end];
}

function sourceOf(card: number): { readonly v4: string; readonly v6: string } {
  const who = card === infected ? "infected" : "neighbour";
  return { v4: addresses[who], v6: addresses6[who] };
}

/** Echo requests or their answers, one frame for each encapsulation. */
function echoes(family: 4 | 6, type: "request" | "reply", from: number): string[] {
  const body = [0, 1, 0, 1];
  const ip =
    family === 4
      ? ipv4(1, icmp(type === "request" ? 8 : 0, 0, body), { source: addresses.infected, destination: "198.18.30.1" })
      : ipv6(58, icmp(type === "request" ? 128 : 129, 0, body), {
          source: addresses6.infected,
          destination: "2001:db8::1",
        });
  return (Object.keys(encapsulations) as Encapsulation[]).map((name) => {
    const [etherType, payload] = encapsulations[name](ip, family);
    return hex(ethernet(etherType, payload, from, provider));
  });
}

describe("sweeps without ports", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000 * patience);
  const stopped = async (sweep: "ping" | "arp", mac: string = macs.infected) =>
    (await client.observe(signal)).sweeps?.find((one) => one.mac === mac && one.sweep === sweep)?.packets;

  /** How many came out at the far side, and how many that may be by a limit. */
  const sweeping = async (condition: string, frames: readonly string[], perSecond: number, burst: number) => {
    const departed = await site.departures(condition);
    const startedAt = performance.now();
    await site.traffic("infected", "frames", [...frames]);
    const count = await departed();
    return { count, most: burst + Math.ceil(perSecond * ((performance.now() - startedAt) / 1000 + 1)) };
  };

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = site.client();
    await client.observe(signal);
    // Somebody else speaks with the gateway, by both families.
    await site.traffic("provider", "echo", [80]);
    for (const address of [addresses.provider, addresses6.provider]) {
      await site.connect("neighbour", 80, "connected", address);
    }
  });
  after(async () => {
    client.close();
    await site.close();
  });

  for (const family of [4, 6] as const) {
    test(`pings of one machine are stopped in every encapsulation, IPv${family}, and nothing else is`, async () => {
      const all = Object.keys(encapsulations).length;
      const leftOf = async (mac: string, frames: readonly string[]) => {
        const left = await site.departures(`ether saddr ${mac}`);
        await site.traffic("infected", "frames", [...frames]);
        return await left();
      };
      const requests = (mac: string) => echoes(family, "request", cardOf(mac));
      assert.equal(await leftOf(pinging, requests(pinging)), all, "without a wish");
      await client.apply([{ kind: "sweep-add", mac: pinging, sweep: "ping" }], signal);
      const before = await stopped("ping", pinging);
      assert.equal(await leftOf(pinging, requests(pinging)), 0);
      assert.equal(await stopped("ping", pinging), (before ?? 0) + all);
      assert.equal(await leftOf(pinging, echoes(family, "reply", cardOf(pinging))), all, "answers");
      assert.equal(await leftOf(beside, requests(beside)), all, "of another");
      await client.apply([{ kind: "sweep-remove", mac: pinging, sweep: "ping" }], signal);
      assert.equal(await leftOf(pinging, requests(pinging)), all, "after its release");
    });
  }

  /** Both families ask alike, each in its own words. */
  const asking = {
    ARP: {
      sweep: (net: number, from = infected) => questions(`10.77.${net}`, from, sourceOf(from).v4),
      forSwept: (net: number) => `arp daddr ip 10.77.${net}.0/24`,
      gateway: questions("10.77.0", infected, addresses.infected).slice(0, 1),
      forGateway: `ether saddr ${macs.infected} arp daddr ip ${addresses.provider}`,
      /** What a machine says that was asked for. */
      answers: (net: number, to: number) =>
        Array.from({ length: swept }, (_, index) =>
          hex(ethernet(0x0806, arp(2, provider, `10.77.${net}.${index + 1}`, sourceOf(to).v4), provider, to)),
        ),
    },
    "neighbour discovery": {
      sweep: (net: number, from = infected) => solicitations(String(net), from, sourceOf(from).v6),
      forSwept: (net: number) => `icmpv6 type nd-neighbor-solicit ip6 daddr ff02::1:ff00:${net}00/120`,
      gateway: [solicitation("0001", infected, addresses6.infected)],
      forGateway: `ether saddr ${macs.infected} icmpv6 type nd-neighbor-solicit ip6 daddr ff02::1:ff00:1`,
      answers: (net: number, to: number) =>
        Array.from({ length: swept }, (_, index) => {
          const last = `${net}${(index + 1).toString(16).padStart(2, "0")}`;
          const fields = { source: `fd77::${last}`, destination: sourceOf(to).v6, hopLimit: 255 };
          return hex(ethernet(0x86dd, ipv6(58, icmp(136, 0, targetOf(last)), fields), provider, to));
        }),
    },
  } as const;

  for (const [name, way] of Object.entries(asking)) {
    const counting = `${name} of one machine`;

    test(`${counting} is bounded by the machines that it asks for, and goes on for the gateway`, async () => {
      const free = await sweeping(way.forSwept(40), way.sweep(40), 0, 0);
      assert.equal(free.count, swept, "without a wish");
      await client.apply([{ kind: "sweep-add", mac: macs.infected, sweep: "arp" }], signal);
      const before = (await stopped("arp")) ?? 0;
      const { count, most } = await sweeping(way.forSwept(41), way.sweep(41), perSecond, sweepLimit.burst);
      assert.ok(count > 0 && count <= most, `${count} of ${swept}, of at most ${most}`);
      assert.ok(((await stopped("arp")) ?? 0) - before >= swept - count);
      const forGateway = await sweeping(way.forGateway, Array<string>(20).fill(way.gateway[0] ?? ""), 0, 0);
      assert.ok(forGateway.count >= 20, `${forGateway.count} questions for the gateway`);
    });

    test(`${counting} leaves its neighbour alone`, async () => {
      const departed = await site.departures(way.forSwept(42));
      await site.traffic("neighbour", "frames", [...way.sweep(42, neighbour)]);
      assert.equal(await departed(), swept);
    });

    test(`${counting} learns nothing from the answers to it, and from those to others`, async () => {
      await site.traffic("provider", "frames", [...way.answers(43, infected)]);
      const own = await sweeping(way.forSwept(43), way.sweep(43), perSecond, sweepLimit.burst);
      assert.ok(own.count <= own.most, `${own.count} of ${swept}, of at most ${own.most}`);
      await site.traffic("provider", "frames", [...way.answers(44, neighbour)]);
      assert.equal((await sweeping(way.forSwept(44), way.sweep(44), 0, 0)).count, swept);
      await client.apply([{ kind: "sweep-remove", mac: macs.infected, sweep: "arp" }], signal);
      assert.equal((await sweeping(way.forSwept(45), way.sweep(45), 0, 0)).count, swept, "after its release");
    });

    test(`${counting} is bounded by a throttle of all it begins, but for the gateway`, async () => {
      await client.apply([{ kind: "throttle-add", mac: macs.infected, ports: null }], signal);
      const { perSecond: each, burst } = throttleLimit;
      const { count, most } = await sweeping(way.forSwept(46), way.sweep(46), each, burst);
      assert.ok(count > 0 && count <= most, `${count} of ${swept}, of at most ${most}`);
      const forGateway = await sweeping(way.forGateway, Array<string>(20).fill(way.gateway[0] ?? ""), 0, 0);
      assert.ok(forGateway.count >= 20, `${forGateway.count} questions for the gateway`);
      await client.apply([{ kind: "throttle-remove", mac: macs.infected, ports: null }], signal);
    });
  }

  for (const name of ["plain", "802.1Q"] as const) {
    test(`a machine that is throttled answers all its neighbours, and asks for them, in frames of ${name}`, async () => {
      await client.apply([{ kind: "throttle-add", mac: pinging, ports: null }], signal);
      const messages = Array.from({ length: swept }, (_, index) =>
        [133, 135, 136].map((type) => {
          const fields = { source: "fe80::41", destination: `fe80::${index + 1}`, hopLimit: 255 };
          const [etherType, payload] = encapsulations[name](ipv6(58, icmp(type, 0, targetOf("0001")), fields), 6);
          return hex(ethernet(etherType, payload, cardOf(pinging), provider));
        }),
      ).flat();
      const left = await site.departures(`ether saddr ${pinging}`);
      await site.traffic("infected", "frames", messages);
      assert.equal(await left(), messages.length);
      await client.apply([{ kind: "throttle-remove", mac: pinging, ports: null }], signal);
    });
  }

  test("a question to the card that is known is no search", async () => {
    await client.apply([{ kind: "sweep-add", mac: macs.infected, sweep: "arp" }], signal);
    const probing = questions("10.77.47", infected, addresses.infected, provider);
    assert.equal((await sweeping("arp daddr ip 10.77.47.0/24", probing, 0, 0)).count, swept);
  });
});
