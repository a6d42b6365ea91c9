import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { encode } from "dns-packet";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { RemedyChange } from "../../src/containment/remedy-protocol.ts";
import { maxElementsPerHost } from "../../src/containment/remedy-elements.ts";
import { nameRate } from "../../src/containment/remedy-nft.ts";
import { parseMac } from "../../src/packet/address.ts";
import { ethernet, ipv4, ipv6, tcp, udp } from "../../src/packet/frame-builder.ts";
import { internetChecksum } from "../../src/remedy/internet-checksum.ts";
import { addresses, addresses6, macs, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Outcomes } from "./traffic.ts";

const skip = whyNoNamespaces();
// In an emulator everything takes twenty times as long.
const patienceMs = 600_000;
const both = [addresses.provider, addresses6.provider];
const nothing: RemedyChange = { remedies: [], portals: [] };

/** A datagram as a frame in hex. */
function datagram(
  from: "infected" | "provider",
  to: "infected" | "provider",
  ports: readonly [number, number],
  payload: Uint8Array,
  destination?: string,
): string {
  const packet = ipv4(17, udp(ports[0], ports[1], [...payload]), {
    source: addresses[from],
    destination: destination ?? addresses[to],
  });
  // A receiver's kernel counts nothing whose header has no check sum.
  const sum = internetChecksum(Uint8Array.from(packet.slice(0, 20)));
  packet.splice(10, 2, sum >> 8, sum & 0xff);
  return Buffer.from(ethernet(0x0800, packet, parseMac(macs[from]) ?? 0, parseMac(macs[to]) ?? 0)).toString("hex");
}

describe("what a quarantined machine keeps", { skip, timeout: patienceMs }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(patienceMs);
  const open = (change: Partial<RemedyChange>) => client.openRemedies({ ...nothing, ...change }, signal);
  const stopped = async () =>
    (await client.observe(signal)).quarantined.find(({ mac }) => mac === macs.infected)?.packets ?? 0;
  const listed = (set: string) => site.run("box", "nft", "list", "set", "bridge", "cordon", set);
  const remedy = (address: string, ports: number[], seconds = 600) => ({ mac: macs.infected, address, ports, seconds });

  /** Connects in vain: where the kernel can, it refuses. */
  const shut = async (
    place: "infected" | "neighbour" | "provider",
    port: number,
    host: string = addresses.provider,
  ) => {
    const { connected } = await site.traffic<Outcomes>(place, "connect", host, port, 1, 300);
    assert.equal(connected, 0, `${place} reached ${host} port ${port}`);
  };

  /** How many packets of IPv4 of a machine leave by the outside port while something goes on. */
  const left = async (mac: string, during: () => Promise<unknown>) => {
    await site.load(
      `add chain bridge audit left { type filter hook postrouting priority 400; }
add counter bridge audit left
add rule bridge audit left oifname "out0" ether saddr ${mac} meta protocol ip counter name "left"
`,
    );
    await during();
    return Number(/packets (\d+)/.exec(await site.run("box", "nft", "list counter bridge audit left"))?.[1]);
  };

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = new ExecutorClient({
      socketPath: site.executorSocket,
      connectTimeoutMs: 120_000,
      answerTimeoutMs: 120_000,
    });
    await client.observe(signal);
    await site.traffic("provider", "serve", [80, 443, 25, 445], 9000);
    await site.traffic("infected", "serve", [80], 9000);
    await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
  });

  after(async () => {
    client.close();
    await site.close();
  });

  test("it has no names before anybody knows the site's resolvers", async () => {
    const asked = await site.arrivals("udp dport 53");
    await site.traffic("infected", "datagrams", addresses.provider, 53, 5, 100, 0);
    assert.equal(await asked(), 0);
  });

  test("it asks the site's resolvers, and nobody else", async () => {
    await open({ resolvers: both });
    const asked = await site.arrivals(`udp dport 53`);
    for (const host of both) await site.traffic("infected", "datagrams", host, 53, 5, 100, 0);
    assert.equal(await asked(), 10);
    const stranger = await site.arrivals("ip daddr 198.18.0.53");
    await site.traffic("infected", "datagrams", "198.18.0.53", 53, 5, 100, 0);
    await site.traffic("infected", "datagrams", addresses.provider, 5353, 5, 100, 0);
    assert.equal(await stranger(), 0);
    assert.equal(await asked(), 10);
    await shut("infected", 53);
  });

  test("names are no tunnel by another door, and each machine has its own share in both families", async () => {
    await client.apply([{ kind: "quarantine-add", mac: macs.neighbour }], signal);
    await site.run("box", "nft", "flush set bridge cordon names_asked");
    const asked = await site.arrivals("udp dport 53");
    const startedAt = performance.now();
    const askAll = async (from: "infected" | "neighbour") => {
      const before = await asked();
      for (const host of both) await site.traffic(from, "datagrams", host, 53, 100, 1000, 0);
      return (await asked()) - before;
    };
    const each = [await askAll("infected"), await askAll("neighbour")];
    const most = nameRate.burst + Math.ceil((performance.now() - startedAt) / 1000 + 1) * nameRate.perSecond;
    for (const count of each) assert.ok(count >= nameRate.burst && count <= most, `${count} of 200, at most ${most}`);
    await client.apply([{ kind: "quarantine-remove", mac: macs.neighbour }], signal);

    // Whoever has its burst left is tried, so that it is not the rate that stops it.
    await site.run("box", "nft", "flush set bridge cordon names_asked");
    const otherwise = await site.arrivals("th dport { 53, 443, 853, 5353, 8853 }");
    for (const host of both) {
      for (const port of [53, 443, 853]) await shut("infected", port, host);
      for (const port of [443, 853, 5353, 8853]) await site.traffic("infected", "datagrams", host, port, 3, 1000, 0);
    }
    const question = udp(4000, 53, [...new Uint8Array(20)]);
    const to = { source: addresses.infected, destination: addresses.provider };
    const syn = tcp({ destinationPort: 53, flags: 0x18 }, [1, 2, 3, 4]);
    const odd: readonly (readonly number[])[] = [
      ipv4(17, question, { ...to, options: [1, 1, 1, 1] }),
      ipv4(17, question, { ...to, fragmentOffset: 0x2000 }),
      ipv4(17, [1, 2, 3, 4, 5, 6, 7, 8], { ...to, fragmentOffset: 4 }),
      ipv4(6, syn, to),
    ];
    const [from, far] = [parseMac(macs.infected) ?? 0, parseMac(macs.provider) ?? 0];
    const passed = await left(macs.infected, () =>
      site.traffic(
        ...["infected" as const, "frames" as const],
        odd.map((packet) => Buffer.from(ethernet(0x0800, packet, from, far)).toString("hex")),
      ),
    );
    assert.deepEqual([await otherwise(), passed], [0, 0]);
    await site.run("box", "nft", "flush set bridge cordon names_asked");
  });

  test("what is let through is not counted as stopped", async () => {
    await open({ remedies: [remedy(addresses.provider, [443])] });
    await site.connect("infected", 443, "connected");
    const stoppedBefore = await stopped();
    const asked = await site.arrivals("udp dport 53");
    await site.traffic("infected", "datagrams", addresses.provider, 53, 2, 100, 0);
    assert.equal(await asked(), 2);
    await site.connect("infected", 443, "connected");
    assert.equal(await stopped(), stoppedBefore);
    await shut("infected", 445);
    assert.ok((await stopped()) > stoppedBefore);
  });

  test("names are no tunnel: few, and small", async () => {
    const asked = await site.arrivals("udp dport 53");
    const startedAt = performance.now();
    await site.traffic("infected", "datagrams", addresses.provider, 53, 400, 400, 0);
    const seconds = (performance.now() - startedAt) / 1000;
    const most = nameRate.burst + Math.ceil(seconds + 1) * nameRate.perSecond;
    assert.ok((await asked()) <= most, `${await asked()} of 400 questions arrived, at most ${most} may`);

    const large = await site.arrivals("udp dport 53 udp length > 190");
    const question = (bytes: number) => datagram("infected", "provider", [4000, 53], new Uint8Array(bytes));
    await site.run("box", "nft", "flush set bridge cordon names_asked");
    await site.traffic("infected", "frames", Array<string>(5).fill(question(193)));
    await site.traffic("infected", "frames", Array<string>(5).fill(question(192)));
    assert.equal(await large(), 5);

    // The length that UDP says of itself is not what is carried on.
    const carrying = await site.departures(`ether saddr ${macs.infected} udp dport 53`);
    const untrue = [...udp(4000, 53, [...new Uint8Array(19)]), ...new Array<number>(1400).fill(66)];
    const [near, far] = [parseMac(macs.infected) ?? 0, parseMac(macs.provider) ?? 0];
    const fields = { source: addresses.infected, destination: addresses.provider };
    const fields6 = { source: addresses6.infected, destination: addresses6.provider };
    const frames = [
      ethernet(0x0800, ipv4(17, untrue, fields), near, far),
      ethernet(0x86dd, ipv6(17, untrue, fields6), near, far),
    ];
    await site.traffic(
      ...["infected" as const, "frames" as const],
      frames.map((frame) => Buffer.from(frame).toString("hex")),
    );
    assert.equal(await carrying(), 0);

    // Unasked, the resolver's port is no way in either.
    await site.run(
      "infected",
      "nft",
      "add table inet witness; add chain inet witness in { type filter hook prerouting priority -300; }; add counter inet witness answered; add rule inet witness in udp sport 53 counter name answered",
    );
    await site.traffic(
      "provider",
      "frames",
      Array<string>(300).fill(datagram("provider", "infected", [53, 4000], new Uint8Array(20))),
    );
    const { nftables } = JSON.parse(
      await site.run("infected", "nft", "-j", "list", "counter", "inet", "witness", "answered"),
    ) as { nftables: { counter?: { packets: number } }[] };
    const arrived = nftables.find(({ counter }) => counter !== undefined)?.counter?.packets ?? -1;
    assert.ok(arrived >= nameRate.burst / 2 && arrived <= nameRate.burst + 20, `${arrived} of 300 answers arrived`);
  });

  test("a remedy is reached by its address and port, in both families, and nothing else is", async () => {
    await open({ remedies: both.map((address) => remedy(address, [80])) });
    for (const host of both) {
      await site.connect("infected", 80, "connected", host);
      await shut("infected", 445, host);
    }
    await shut("infected", 25);
    // Whoever serves a remedy does not call.
    await shut("provider", 80, addresses.infected);
    const { used } = await open({});
    for (const address of both) {
      assert.ok((used.find((one) => one.address === address && one.mac === macs.infected)?.packets ?? 0) >= 3, address);
    }
    await site.connect("neighbour", 445, "connected");
  });

  test("a remedy lasts as long as was last said, and a remedy of one machine is none of another", async () => {
    await client.apply([{ kind: "quarantine-add", mac: macs.neighbour }], signal);
    await shut("neighbour", 80);
    await open({ remedies: [{ mac: macs.neighbour, address: addresses.provider, ports: [80], seconds: 1 }] });
    await open({ remedies: [{ mac: macs.neighbour, address: addresses.provider, ports: [80], seconds: 600 }] });
    assert.match(
      await listed("remedy_4"),
      new RegExp(`${macs.neighbour} \\. ${addresses.provider} \\. 80 timeout 10m`),
    );
    await site.connect("neighbour", 80, "connected");
    await client.apply([{ kind: "quarantine-remove", mac: macs.neighbour }], signal);
  });

  test("addresses of the site are for every quarantined machine, and go when they are not wished for", async () => {
    await open({ addresses: [{ address: addresses6.provider, port: 443 }] });
    await site.connect("infected", 443, "connected", addresses6.provider);
    const { refused } = await open({ addresses: [{ address: addresses6.provider, port: 445 }] });
    assert.equal(refused.length, 1);
    await shut("infected", 443, addresses6.provider);
    await shut("infected", 445, addresses6.provider);
  });

  test("a vector block holds for a remedy too", async () => {
    await client.apply([{ kind: "vector-add", mac: macs.infected, ports: [80] }], signal);
    await shut("infected", 80);
    await client.apply([{ kind: "vector-remove", mac: macs.infected, ports: [80] }], signal);
    await site.connect("infected", 80, "connected");
  });

  test("an answer with addresses makes the kernel wait with refusals, a question or an empty answer does not", async () => {
    // The answers before have used the burst up; it comes back by the second.
    const name = { type: "A" as const, name: "a.example" };
    const asAnswer = encode({
      type: "response",
      id: 1,
      questions: [name],
      answers: [{ ...name, data: "203.0.113.1" }],
    });
    const empty = encode({ type: "response", id: 1, questions: [name] });
    const query = encode({ type: "query", id: 1, questions: [name] });
    const send = (payload: Uint8Array) =>
      site.traffic("provider", "frames", [datagram("provider", "infected", [53, 4000], payload)]);
    await site.run("box", "nft", "flush set bridge cordon names_answered; flush set bridge cordon awaiting");
    for (const payload of [empty, query]) {
      await send(payload);
      assert.doesNotMatch(await listed("awaiting"), /elements/);
    }
    const connect = () => site.traffic<Outcomes>("infected", "connect", addresses.provider, 445, 1, 300);
    const usually = await connect();
    await send(asAnswer);
    assert.equal((await connect()).silent, 1, "it was refused while a remedy may be about to open");
    await send(asAnswer);
    assert.match(await listed("awaiting"), new RegExp(macs.infected));
    while ((await listed("awaiting")).includes("elements")) await sleep(200, undefined, { signal });
    assert.deepEqual(await connect(), usually);
  });

  test("packets for the page are copied and stopped", async () => {
    await open({ portals: [{ mac: macs.infected, address: "198.18.0.80", seconds: 60 }] });
    const copies = async () => (await client.observe(signal)).handedUp["stopped-portal"] ?? 0;
    const before = await copies();
    const atStranger = await site.arrivals("ip daddr 198.18.0.80");
    await shut("infected", 80, "198.18.0.80");
    await shut("infected", 443, "198.18.0.80");
    await shut("neighbour", 80, "198.18.0.80");
    assert.ok((await atStranger()) >= 1, "the neighbour's went through");
    assert.equal((await copies()) - before, 1, "the machine's SYN to port 80 and no other was copied");
  });

  test("the last door knows the same ways", async () => {
    await client.apply([], signal);
    await site.run("box", "nft", "flush chain bridge cordon enforce");
    await site.connect("infected", 80, "connected");
    // No TCP: where the kernel refuses it, it never comes so far.
    const leaked = await site.arrivals("udp dport 9000");
    await site.traffic("infected", "datagrams", addresses.provider, 9000, 3, 100, 0);
    assert.equal(await leaked(), 0);
    for (;;) {
      const { troubles = [] } = await client.observe(signal);
      if (troubles.some(({ code }) => code === "containment-leak")) break;
      await sleep(100, undefined, { signal });
    }
    // The self-check has put the chain back by then or does so within seconds; what was open is open still.
    await site.connect("infected", 80, "connected");
  });

  test("no machine has more ways open than its share, and who is not quarantined has none", async () => {
    const many = Array.from({ length: 200 }, (_, index) => remedy(`203.0.113.${index}`, [80]));
    const { refused } = await open({ remedies: many });
    assert.match(refused.join(), new RegExp(`${maxElementsPerHost} ways`));
    const held = (await listed("remedy_4")).match(new RegExp(macs.infected, "g"))?.length ?? 0;
    assert.ok(held > 64 && held <= maxElementsPerHost, `${held}`);
    await open({ remedies: [{ mac: macs.provider, address: "203.0.113.1", ports: [80], seconds: 60 }] });
    assert.doesNotMatch(await listed("remedy_4"), new RegExp(macs.provider));
  });
});
