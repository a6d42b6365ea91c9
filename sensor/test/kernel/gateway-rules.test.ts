import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { barrierPorts, barrierWays, throttleLimit, type BarrierMode, type BarrierWay } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { SiteRules } from "../../src/containment/protocol.ts";
import { noSiteRules } from "../../src/containment/site-rules.ts";
import { ethernet, icmp, ipv4, udp } from "../../src/packet/frame-builder.ts";
import { protocols } from "../../src/packet/packet.ts";
import { internetChecksum } from "../../src/remedy/internet-checksum.ts";
import { box, farProvider, gatewayPlace, reshapeAsGateway } from "./gateway-shape.ts";
import { addresses, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Outcomes } from "./traffic.ts";

const waysOfPorts = barrierWays.filter((way) => barrierPorts[way].tcp.length > 0);
const stranger = "203.0.113.9";
const open = 9000;

/** What is heard of each way at the provider: transports with their ports, and echoes with the kind in place of one. */
const heardAs: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(
    waysOfPorts.map((way) => [
      way,
      [...barrierPorts[way].tcp.map((port) => `tcp ${port}`), ...barrierPorts[way].udp.map((port) => `udp ${port}`)],
    ]),
  ),
  ping: ["icmp 8"],
  spoofed: ["udp 9001"],
  none: [`tcp ${open}`],
};

const witness = `table inet far {
	set heard {
		type inet_proto . inet_service
		flags dynamic
		size 1024
	}
	chain arrived {
		type filter hook prerouting priority -300; policy accept;
		ip saddr ${box.outside} update @heard { meta l4proto . th dport }
		icmp type echo-request update @heard { meta l4proto . 8 }
	}
}
`;

/** A whole IPv4 packet from the infected machine to the box, in hex: a kernel that routes looks at its checksums. */
function packet(protocol: number, payload: readonly number[], source: string = addresses.infected): string {
  const bytes = ipv4(protocol, payload, { source, destination: farProvider });
  const sum = internetChecksum(Uint8Array.from(bytes.slice(0, 20)));
  bytes.splice(10, 2, sum >> 8, sum & 0xff);
  return Buffer.from(ethernet(0x0800, bytes, numberOf(macs.infected), numberOf(macs.box))).toString("hex");
}

function ping(): string {
  const message = icmp(8, 0);
  const sum = internetChecksum(Uint8Array.from(message));
  message.splice(2, 2, sum >> 8, sum & 0xff);
  return packet(protocols.icmp, message);
}

describe("rules of the site at a gateway", { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(120_000 * patience);

  before(async () => {
    site = await TestSite.start();
    await reshapeAsGateway(site);
    // It routes whatever source a packet has: our rules are to stop it, and no other setting.
    await site.run("box", "sh", "-c", "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done");
    site.executor(undefined, gatewayPlace);
    client = site.client();
    await client.observe(signal);
    const ports = waysOfPorts.flatMap((way) => [...barrierPorts[way].tcp, ...barrierPorts[way].udp]);
    await site.loadAt("provider", witness);
    await site.traffic("provider", "echo", [...new Set([...ports, open])]);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  const set = async (rules: Partial<SiteRules>) => {
    const { observed, refused } = await client.apply(
      [{ kind: "site-rules-set", rules: { ...noSiteRules, ...rules } }],
      signal,
    );
    assert.deepEqual(refused, []);
    return observed;
  };
  const allWays = (mode: BarrierMode): Partial<SiteRules> => ({
    ways: barrierWays.map((way) => ({ way, mode })).toSorted((a, b) => (a.way < b.way ? -1 : 1)),
    sources: ["10.77.0.0/16"],
    resolvers: ["192.0.2.53"],
  });
  /** Tries every way once from a machine; which of them the provider heard of. */
  const tryAll = async (from: "infected" | "neighbour"): Promise<ReadonlySet<BarrierWay | "none">> => {
    await site.run("provider", "nft", "flush", "set", "inet", "far", "heard");
    const tcpPorts = waysOfPorts.flatMap((way) => barrierPorts[way].tcp);
    const udpPorts = waysOfPorts.flatMap((way) => barrierPorts[way].udp);
    await Promise.all([
      ...[...tcpPorts, open].map((port) => site.traffic<Outcomes>(from, "connect", farProvider, port, 1, 300)),
      ...udpPorts.map((port) => site.traffic<number>(from, "datagrams", farProvider, port, 1, 100, 0)),
      ...(from === "infected"
        ? [site.traffic(from, "frames", [ping(), packet(protocols.udp, udp(5000, 9001), stranger)])]
        : []),
    ]);
    const listing = await site.run("provider", "nft", "list", "set", "inet", "far", "heard");
    const ports = new Set(
      [...listing.matchAll(/(tcp|udp|icmp) \. (\d+)/g)].map(([, protocol, port]) => `${protocol} ${port}`),
    );
    const found = Object.entries(heardAs).filter(([, all]) => all.some((one) => ports.has(one)));
    return new Set(found.map(([way]) => way as BarrierWay | "none"));
  };
  const counts = async (mac: string) => {
    const { site: seen } = await client.observe(signal);
    return new Map(
      seen?.counts.filter((count) => count.mac === mac).map(({ way, passed, stopped }) => [way, { passed, stopped }]),
    );
  };

  test("every way is open before, counted in a dry run, and shut and counted when it is enforced", async () => {
    const everything = new Set([...barrierWays, "none"]);
    assert.deepEqual(await tryAll("infected"), everything);
    assert.deepEqual(await counts(macs.infected), new Map());
    await set(allWays("dry"));
    assert.deepEqual(await tryAll("infected"), everything);
    const dry = await counts(macs.infected);
    for (const way of barrierWays) assert.ok((dry.get(way)?.passed ?? 0) > 0, `${way} is not counted`);
    assert.equal((await client.observe(signal)).packetsStopped, 0);
    await set(allWays("enforce"));
    assert.deepEqual(await tryAll("infected"), new Set(["none"]));
    const shut = await counts(macs.infected);
    for (const way of barrierWays) {
      assert.ok((shut.get(way)?.stopped ?? 0) > 0, `${way} is not counted`);
      assert.equal(shut.get(way)?.passed, dry.get(way)?.passed, way);
    }
  });

  test("exceptions and areas hold by machine", async () => {
    const { ways = [], ...rest } = allWays("enforce");
    await set({
      ...rest,
      ways,
      hosts: ways.map(({ way }) => ({ mac: macs.neighbour, way, mode: "open" as const })),
    });
    assert.deepEqual(await tryAll("neighbour"), new Set([...waysOfPorts, "none"]));
    assert.deepEqual(await tryAll("infected"), new Set(["none"]));
    await set({ hosts: [{ mac: macs.infected, way: "mail", mode: "enforce" }] });
    assert.ok(!(await tryAll("infected")).has("mail"));
    assert.ok((await tryAll("neighbour")).has("mail"));
  });

  test("what the box itself is asked is not on its way out: no barrier stops or counts it", async () => {
    await site.run(
      "box",
      "nft",
      "add table inet counted; add chain inet counted in { type filter hook input priority -300; }; add counter inet counted asked; add rule inet counted in th dport { 53, 80 } counter name asked",
    );
    const asked = async () =>
      Number(/packets (\d+)/.exec(await site.run("box", "nft", "list", "counter", "inet", "counted", "asked"))?.[1]);
    await set(allWays("enforce"));
    const before = await counts(macs.neighbour);
    await site.traffic("neighbour", "datagrams", box.inside, 53, 3, 100, 0);
    assert.equal(await asked(), 3, "questions for names");
    const { refused } = await site.traffic<Outcomes>("neighbour", "connect", box.inside, 80, 1, 2000 * patience);
    assert.equal(refused, 1, "the page");
    assert.deepEqual(await counts(macs.neighbour), before);
  });

  test("the line's cut lets nobody out, counts it, and leaves the box its own way", async () => {
    const cut = await set({ isLineCut: true });
    const before = cut.site?.stoppedAtLine ?? 0;
    assert.deepEqual(await tryAll("infected"), new Set());
    assert.deepEqual(await tryAll("neighbour"), new Set());
    assert.ok(((await client.observe(signal)).site?.stoppedAtLine ?? 0) - before >= 40);
    const connect = `require("node:net").connect(${open}, "${farProvider}").once("connect", () => process.exit(0))`;
    await site.run("box", process.execPath, "-e", connect);
    await set({});
    assert.deepEqual(await tryAll("infected"), new Set([...barrierWays, "none"]));
  });

  test("a vector block, an area's cut and a throttle hold for their machines alone", async () => {
    await client.apply([{ kind: "vector-add", mac: macs.infected, ports: [135, 139, 445] }], signal);
    const tcp445 = await site.arrivals("tcp dport 445");
    await tryAll("infected");
    assert.equal(await tcp445(), 0);
    await tryAll("neighbour");
    assert.ok((await tcp445()) > 0);
    assert.ok((await client.observe(signal)).vectors.some(({ port, packets }) => port === 445 && packets > 0));
    await client.apply(
      [
        { kind: "vector-remove", mac: macs.infected, ports: [135, 139, 445] },
        ...[macs.infected, macs.neighbour].map((mac) => ({ kind: "quarantine-add" as const, mac })),
      ],
      signal,
    );
    for (const end of ["infected", "neighbour"] as const) assert.deepEqual(await tryAll(end), new Set());
    const { quarantined } = await client.observe(signal);
    assert.deepEqual(
      quarantined.map(({ mac, packets }) => [mac, packets > 0]),
      [
        [macs.infected, true],
        [macs.neighbour, true],
      ],
    );
    await client.apply(
      [
        ...[macs.infected, macs.neighbour].map((mac) => ({ kind: "quarantine-remove" as const, mac })),
        { kind: "throttle-add", mac: macs.infected, ports: null },
      ],
      signal,
    );
    await site.run("provider", "ip", "route", "add", "local", "198.19.0.0/16", "dev", "lo");
    const targets = await site.arrivals("ip daddr 198.19.0.0/16 tcp flags & (syn | ack) == syn");
    await site.run("box", "ip", "route", "add", "198.19.0.0/16", "via", farProvider);
    await site.traffic("infected", "scan", "198.19", 100, open);
    const throttled = await targets();
    assert.ok(throttled >= throttleLimit.burst && throttled <= throttleLimit.burst + 5 * patience, `${throttled}`);
    assert.ok(((await client.observe(signal)).throttled?.[0]?.packets ?? 0) >= 80);
    await site.traffic("neighbour", "scan", "198.19", 50, open);
    assert.equal((await targets()) - throttled, 50);
    await client.apply([{ kind: "throttle-remove", mac: macs.infected, ports: null }], signal);
  });
});

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
