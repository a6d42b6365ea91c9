import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { throttleLimit, vectorPorts, vectorUdpPorts } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { callerLimit, standingLimit } from "../../src/containment/throttle-nft.ts";
import { ethernet, icmp, ipv4, ipv6, tcp, udp } from "../../src/packet/frame-builder.ts";
import { tcpFlags } from "../../src/packet/packet.ts";
import { addresses, addresses6, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Word } from "./traffic.ts";

const number = (mac: string) => Number.parseInt(mac.replaceAll(":", ""), 16);
const [infected, provider] = [number(macs.infected), number(macs.provider)];
const hex = (frame: Uint8Array) => Buffer.from(frame).toString("hex");

/** A segment to each of so many addresses under a prefix. */
function segments(prefix: string, count: number, port: number, flags: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const fields = { source: addresses.infected, destination: `${prefix}.${index + 1}` };
    return hex(ethernet(0x0800, ipv4(6, tcp({ destinationPort: port, flags }), fields), infected, provider));
  });
}

/** The same of datagrams. */
function datagrams(prefix: string, count: number, port: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const fields = { source: addresses.infected, destination: `${prefix}.${index + 1}` };
    return hex(ethernet(0x0800, ipv4(17, udp(5000, port), fields), infected, provider));
  });
}

/** Questions for a neighbour (RFC 4861 4.3), to whatever addresses. */
function solicitations(targets: readonly string[]): string[] {
  return targets.map((destination) => {
    const fields = { source: addresses6.infected, destination, hopLimit: 255 };
    return hex(ethernet(0x86dd, ipv6(58, icmp(135, 0, [1, 2, 3, 4]), fields), infected, provider));
  });
}

const { ack, syn, rst, fin } = tcpFlags;

describe("a throttle", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000 * patience);
  const scanned = 200;
  /** How many came out at the far side, and how many that may be by a limit. */
  const arriving = async (
    condition: string,
    frames: readonly string[],
    limit: { readonly perSecond: number; readonly burst: number },
  ) => {
    const arrived = await site.departures(condition);
    const startedAt = performance.now();
    await site.traffic("infected", "frames", frames);
    const count = await arrived();
    return { count, most: limit.burst + limit.perSecond * Math.ceil((performance.now() - startedAt) / 1000 + 1) };
  };
  const forget = async (...sets: string[]) => {
    for (const set of sets) await site.run("box", "nft", "flush", "set", "bridge", "cordon", set);
  };

  before(async () => {
    site = await TestSite.start();
    await site.run("provider", "ip", "route", "add", "local", "198.19.0.0/16", "dev", "lo");
    site.executor();
    client = site.client();
    await client.observe(signal);
    await site.traffic("provider", "echo", [80, 8080]);
    await site.traffic("infected", "echo", [8081]);
    await site.connect("infected", 80, "connected");
  });
  after(async () => {
    client.close();
    await site.close();
  });

  test("leaves what stood alone, though it be with more than it has new targets", async () => {
    const standing = Array.from({ length: throttleLimit.burst + 10 }, (_, index) => `198.19.7.${index + 1}`);
    for (const far of standing) {
      assert.equal(await site.traffic<Word>("infected", "open", far, "tcp", far, 8080, 5000), "echoed");
    }
    await client.apply([{ kind: "throttle-add", mac: macs.infected, ports: null }], signal);
    for (const far of standing) assert.equal(await site.traffic<Word>("infected", "say", far, 1000), "echoed", far);
  });

  for (const [name, flags] of [
    ["acknowledgements", ack],
    ["answers to what nobody asked", syn | ack],
    ["ends", fin | ack],
    ["resets", rst],
    ["segments without a flag", 0],
  ] as const) {
    test(`bounds ${name} to targets that it has nothing standing with`, async () => {
      await forget("throttle_from_standing_rate", "throttle_standing_4");
      const frames = segments("198.18.20", scanned, 9, flags);
      const { count, most } = await arriving("ip daddr 198.18.20.0/24", frames, standingLimit);
      assert.ok(count > 0 && count <= most, `${count} of ${scanned}`);
    });
  }

  test("leaves who calls the machine alone, when it may begin nothing itself", async () => {
    await site.traffic("infected", "frames", segments("198.18.21", scanned, 9, ack));
    await site.connect("provider", 8081, "connected", addresses.infected);
  });

  test("makes no way out of neighbour discovery, but to the link itself", async () => {
    await forget("throttle_from_rate");
    const strangers = Array.from({ length: 40 }, (_, index) => `2001:db8::${index + 1}`);
    const out = await arriving("ip6 daddr 2001:db8::/32", solicitations(strangers), throttleLimit);
    assert.ok(out.count > 0 && out.count <= out.most, `${out.count} of 40`);
    const own = Array.from({ length: 20 }, (_, index) => `ff02::1:ff00:${index + 1}`);
    const arrived = await site.departures("ip6 daddr { fe80::77, ff02::1:ff00:0/112 } icmpv6 type nd-neighbor-solicit");
    await site.traffic("infected", "frames", solicitations([...own, "fe80::77"]));
    assert.ok((await arrived()) >= own.length + 1);
  });

  test("of one port bounds what begins nothing on that port, and on no other", async () => {
    await client.apply(
      [
        { kind: "throttle-remove", mac: macs.infected, ports: null },
        { kind: "throttle-add", mac: macs.infected, ports: [445] },
      ],
      signal,
    );
    const on = (port: number) =>
      arriving(`ip daddr 198.18.22.0/24 tcp dport ${port}`, segments("198.18.22", scanned, port, ack), standingLimit);
    const shut = await on(445);
    assert.ok(shut.count > 0 && shut.count <= shut.most, `${shut.count} of ${scanned}`);
    assert.equal((await on(139)).count, scanned);
    const { throttledVectors } = await client.observe(signal);
    assert.equal(throttledVectors?.[0]?.packets, scanned - shut.count);
  });

  test("of one vector bounds its datagrams as well, and no others", async () => {
    await client.apply([{ kind: "throttle-add", mac: macs.infected, ports: [...vectorPorts.sql] }], signal);
    await forget("throttle_from_rate");
    const on = (port: number) =>
      arriving(`ip daddr 198.18.23.0/24 udp dport ${port}`, datagrams("198.18.23", scanned, port), throttleLimit);
    const shut = await on(vectorUdpPorts.sql[0] ?? 0);
    assert.ok(shut.count > 0 && shut.count <= shut.most, `${shut.count} of ${scanned}`);
    assert.equal((await on(5060)).count, scanned);
  });

  test("makes no target known to connections by datagrams from it, which anybody can make up", async () => {
    await client.apply([{ kind: "throttle-add", mac: macs.infected, ports: null }], signal);
    const heard = Array.from({ length: scanned }, (_, index) => {
      const fields = { source: `198.18.24.${index + 1}`, destination: addresses.infected };
      return hex(ethernet(0x0800, ipv4(17, udp(5000, 6000), fields), provider, infected));
    });
    await site.traffic("provider", "frames", heard);
    await forget("throttle_from_rate");
    const opened = await arriving(
      "ip daddr 198.18.24.0/24 tcp dport 445",
      segments("198.18.24", scanned, 445, syn),
      throttleLimit,
    );
    assert.ok(opened.count <= opened.most, `${opened.count} of ${scanned}`);
    const answered = await arriving(
      "ip daddr 198.18.24.0/24 udp dport 5000",
      datagrams("198.18.24", scanned, 5000),
      throttleLimit,
    );
    assert.equal(answered.count, scanned, "but to datagrams");
  });

  test("becomes known to no more senders than a machine has, however many are made up", async () => {
    await forget("throttle_standing_4", "throttle_heard_4");
    const madeUp = (protocol: number, payload: readonly number[]) =>
      Array.from({ length: 2000 }, (_, index) => {
        const source = `198.18.${32 + Math.floor(index / 250)}.${(index % 250) + 1}`;
        const fields = { source, destination: addresses.infected };
        return hex(ethernet(0x0800, ipv4(protocol, payload, fields), provider, infected));
      });
    for (const [protocol, payload, set] of [
      [6, tcp({ flags: ack, destinationPort: 9 }), "throttle_standing_4"],
      [17, udp(5000, 9), "throttle_heard_4"],
    ] as const) {
      const startedAt = performance.now();
      await site.traffic("provider", "frames", madeUp(protocol, payload));
      const most = callerLimit.burst + callerLimit.perSecond * Math.ceil((performance.now() - startedAt) / 1000 + 1);
      const text = await site.run("box", "nft", "list", "set", "bridge", "cordon", set);
      const known = text.match(/198\.18\.(3[2-9])\./g)?.length ?? 0;
      assert.ok(known > 0 && known <= most, `${known} of 2000 in ${set}, of at most ${most}`);
    }
  });
});
