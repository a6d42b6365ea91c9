import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { arp, ethernet, ipv4, ipv6, udp } from "../../src/packet/frame-builder.ts";
import { protocols } from "../../src/packet/packet.ts";
import { addresses, addresses6, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Outcomes } from "./traffic.ts";

/**
 * A machine that is cut off and sends under another's MAC, with its own address or another's. The kernel knows machines by
 * their MACs alone: it takes such a frame for the other's. Whose name can be told from the port it comes by is not taken.
 */

const strangers = { ip4: "10.77.0.99", ip6: "fd77::99" } as const;
const targets = { ip4: "198.18.0.7", ip6: "2001:db8::7" } as const;

describe("another's MAC", { skip: whyNoNamespaces(), timeout: 60_000 * patience }, () => {
  let site: TestSite;
  let client: ExecutorClient;
  const signal = AbortSignal.timeout(60_000 * patience);

  before(async () => {
    site = await TestSite.start();
    site.executor();
    client = site.client();
    await client.observe(signal);
    await site.traffic("provider", "serve", [80], 9000);
    await site.loadAt("provider", witness);
    for (const host of ["infected", "neighbour"] as const) await site.connect(host, 80, "connected");
    await client.apply([{ kind: "quarantine-add", mac: macs.infected }], signal);
  });
  after(async () => {
    client.close();
    await site.close();
  });

  /** Sends from the infected machine's card under a MAC, with its own addresses and with others; how many were heard beyond. */
  const sendAs = async (mac: string, times = 1): Promise<number> => {
    const heard = async () =>
      Number(/packets (\d+)/.exec(await site.run("provider", "nft", "list", "counter", "netdev", "far", "heard"))?.[1]);
    const before = await heard();
    await site.traffic("infected", "frames", Array.from({ length: times }, () => framesAs(mac)).flat());
    return (await heard()) - before;
  };
  const toldOf = async (code: string) => {
    for (;;) {
      // It looks at the bridge's table before each change, and by itself every few seconds.
      const { troubles = [] } = (await client.apply([], signal)).observed;
      const trouble = troubles.find((one) => one.code === code);
      if (trouble !== undefined) return trouble.text;
      await sleep(50, undefined, { signal });
    }
  };

  test("does not help under the own one, whatever the address", async () => {
    assert.equal(await sendAs(macs.infected), 0);
  });

  test("of a neighbour is taken for the neighbour's, who goes on working", async () => {
    const borrowed = sendAs(macs.neighbour, 50);
    const outcomes = await site.traffic<Outcomes>("neighbour", "connect", addresses.provider, 80, 20, 5000 * patience);
    assert.equal(outcomes.connected, 20);
    assert.equal(await borrowed, 4 * 50);
    await site.connect("neighbour", 80, "connected", addresses6.provider);
    // The cut of the one is that of the other: there is no way around it by the same name.
    await client.apply([{ kind: "quarantine-add", mac: macs.neighbour }], signal);
    assert.equal(await sendAs(macs.neighbour), 0);
    await site.connect("neighbour", 80, "stopped");
    await client.apply([{ kind: "quarantine-remove", mac: macs.neighbour }], signal);
    await site.connect("neighbour", 80, "connected");
    assert.equal(await sendAs(macs.infected), 0);
  });

  test("of the box leads nowhere, and is told of", async () => {
    assert.equal(await sendAs(macs.box), 0);
    assert.match(await toldOf("own-address-claimed"), /in the box's own name/);
    // The box itself is heard as before.
    await site.run("box", "ip", "addr", "add", "10.77.0.254/16", "dev", "br0");
    const connect = `require("node:net").connect(80, "${addresses.provider}").once("connect", () => process.exit(0))`;
    await site.run("box", process.execPath, "-e", connect);
    await site.run("box", "ip", "addr", "del", "10.77.0.254/16", "dev", "br0");
  });

  test("of the gateway leads nowhere, is told of, and everybody goes on", async () => {
    assert.equal(await sendAs(macs.provider), 0, "a bridge gives nobody back what he sends to his own name");
    const claim = arp(1, numberOf(macs.provider), addresses.provider, addresses.neighbour);
    const frame = ethernet(0x0806, claim, numberOf(macs.provider), 0xffff_ffff_ffff);
    await site.traffic("infected", "frames", [Buffer.from(frame).toString("hex")]);
    await site.connect("neighbour", 80, "connected");
    assert.match(await toldOf("outside-claimed"), new RegExp(macs.provider));
    const { refused } = await client.apply([{ kind: "quarantine-add", mac: macs.provider }], signal);
    assert.equal(refused.length, 1);
    await site.connect("neighbour", 80, "connected");
  });
});

function framesAs(mac: string): readonly string[] {
  const question = udp(5000, 9, [1, 2, 3, 4]);
  return [
    ...[addresses.infected, strangers.ip4].map((source) =>
      ethernet(
        0x0800,
        ipv4(protocols.udp, question, { source, destination: targets.ip4 }),
        numberOf(mac),
        numberOf(macs.provider),
      ),
    ),
    ...[addresses6.infected, strangers.ip6].map((source) =>
      ethernet(
        0x86dd,
        ipv6(protocols.udp, question, { source, destination: targets.ip6 }),
        numberOf(mac),
        numberOf(macs.provider),
      ),
    ),
  ].map((frame) => Buffer.from(frame).toString("hex"));
}

const witness = `table netdev far {
	counter heard {
	}
	chain arrived {
		type filter hook ingress device "eth0" priority -300; policy accept;
		ip daddr ${targets.ip4} counter name "heard"
		ip6 daddr ${targets.ip6} counter name "heard"
	}
}
`;

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
