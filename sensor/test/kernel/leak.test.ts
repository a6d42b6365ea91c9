import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DesiredDocument, Placement, Reported } from "@cordon/contract";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import { ethernet, icmp, ipv4, ipv6, udp } from "../../src/packet/frame-builder.ts";
import { farProvider, gatewayPlace, reshapeAsGateway } from "./gateway-shape.ts";
import { KernelAgent } from "./kernel-agent.ts";
import { macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import { kept, plain, session, syn4, syn6, tagged, types, unheard, unknown, wrappings } from "./wrapped-frames.ts";
import { sampled } from "../slow-tests.ts";

/**
 * Leaks that a hand provokes, by an accept in front of our rules: the last door stops and counts what comes, whatever it is
 * wrapped in, and whoever reads the report sees a trouble.
 */

type Payload = readonly [etherType: number, payload: readonly number[]];

// A card of its own, sent from one namespace: nothing but what is built here has it. Beyond a gateway no card is seen, and
// what is to be routed comes from a machine that has an address: there it is that machine's.
const builtCard = "02:00:5e:00:00:51";
const cardIn = (placement: Placement) => (placement === "gateway" ? macs.infected : builtCard);
/** Discard (RFC 863), so many times. */
const routedPort = 9;
const routedDatagrams = 20;
const wished = { reason: "it spreads", author: "operator", startsAt: 0, expiresAt: null } as const;
const wrapped = Object.values(wrappings).flatMap((wrap): Payload[] => [wrap(syn4(445), 4), wrap(syn6(445), 6)]);
const hidden: readonly Payload[] = Object.values({ ...unknown, ...unheard });

const link = { hopLimit: 255, source: "fe80::51" } as const;
const neighbour = (type: number, destination: string) =>
  ipv6(58, icmp(type, 0, [1, 2, 3, 4]), { ...link, destination });
const asking = (port: number, destination: string, bytes = 300) =>
  ipv4(17, udp(68, port, new Array<number>(bytes).fill(0)), { destination });
const asking6 = (destination: string, bytes = 60) =>
  ipv6(17, udp(546, 547, new Array<number>(bytes).fill(0)), { ...link, destination });
const inTags = [plain, tagged(types.customer, plain), tagged(types.provider, tagged(types.customer, plain))];

interface Leak {
  readonly placement: Placement;
  readonly place: readonly string[] | undefined;
  readonly wish: Partial<DesiredDocument>;
  /** Whether the report says that the wish is in force. */
  readonly holds: (reported: Reported) => boolean;
  /** The chain in which the hand accepts everything. */
  readonly chain: string;
  readonly frames: readonly Payload[];
  /** What passes the last door all the same. */
  readonly left: readonly Payload[];
}

const leaks: readonly (Leak & { readonly name: string })[] = [
  {
    name: "of a vector block in the line",
    placement: "lan",
    place: undefined,
    wish: { containments: [{ ...wished, id: "c1", kind: "vector", host: builtCard, vector: "smb" }] },
    holds: ({ containments }) => containments[0]?.level === "vector-stopped",
    chain: "enforce",
    frames: [...wrapped, ...hidden],
    left: Object.values(kept),
  },
  {
    name: "of the line's cut outside the router",
    placement: "wan",
    place: ["--bridge", "br0", "--outside", "out0", "--wan"],
    wish: { lineCut: { ...wished, id: "l1" } },
    holds: ({ lineCut }) => lineCut?.level === "line-cut",
    chain: "enforce",
    frames: [...wrapped, ...hidden],
    left: [
      [0x8863, [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]],
      [types.session, [0x11, 0, 0, 1, 0, 10, 0xc0, 0x21, 9, 1, 0, 8, 0, 0, 0, 0]],
      tagged(types.customer, () => [types.session, [0x11, 0, 0, 1, 0, 6, 0x80, 0x21, 1, 1, 0, 4]])([], 4),
    ],
  },
  {
    name: "of a quarantine in the line",
    placement: "lan",
    place: undefined,
    wish: { containments: [{ ...wished, id: "c1", kind: "quarantine", host: builtCard, vector: null }] },
    holds: ({ containments }) => containments[0]?.level === "internet-cut",
    chain: "enforce",
    // Like lifelines, but to a stranger, too long, in another role. Where the kernel can refuse TCP it does so before.
    frames: inTags.flatMap((wrap): Payload[] => [
      wrap(asking(67, "198.18.0.9"), 4),
      wrap(asking(69, "10.77.0.1"), 4),
      wrap(asking(67, "10.77.0.1", 900), 4),
      wrap(asking6("2001:db8::9"), 6),
      wrap(asking6("ff02::1:2", 900), 6),
      wrap(neighbour(135, "2001:db8::9"), 6),
      wrap(neighbour(134, "ff02::1"), 6),
    ]),
    left: inTags.flatMap((wrap): Payload[] => [
      wrap(asking(67, "10.77.0.1"), 4),
      wrap(asking6("ff02::1:2"), 6),
      wrap(neighbour(135, "ff02::1"), 6),
      wrap(neighbour(136, "fe80::1"), 6),
    ]),
  },
  {
    name: "of a quarantine at a gateway",
    placement: "gateway",
    place: gatewayPlace,
    wish: { containments: [{ ...wished, id: "c1", kind: "quarantine", host: macs.infected, vector: null }] },
    holds: ({ containments }) => containments[0]?.level === "gateway-cut",
    chain: "enforce_input",
    // In IPv4 and TCP a kernel that can has refused it before.
    frames: [wrappings["a plain frame"]?.(syn6(445), 6) as Payload, session(syn4(445), 4), ...hidden].filter(
      ([etherType]) => etherType !== types.ip4,
    ),
    left: [],
  },
];

for (const { name, placement, place, wish, holds, chain, frames, left } of sampled(leaks)) {
  describe(`a leak ${name}`, { skip: whyNoNamespaces(), timeout: 60_000 * patience }, () => {
    let site: TestSite;
    let client: ExecutorClient;
    let agent: KernelAgent;
    let signal: AbortSignal;

    before(async () => {
      // From here on: the other leaks go first.
      signal = AbortSignal.timeout(60_000 * patience);
      site = await TestSite.start();
      if (placement === "gateway") await reshapeAsGateway(site);
      site.executor(undefined, place);
      client = site.client();
      await client.observe(signal);
      await site.loadAt("provider", witnessOf(cardIn(placement)));
      agent = new KernelAgent({ executor: client, placement, signal });
      agent.start();
    });
    after(async () => {
      await agent.close();
      client.close();
      await site.close();
    });

    const heard = async () =>
      Number(/packets (\d+)/.exec(await site.run("provider", "nft", "list", "counter", "netdev", "far", "heard"))?.[1]);
    const leaked = async () =>
      Number(/packets (\d+)/.exec(await site.run("box", "nft", "list", "counter", "bridge", "cordon", "leaked"))?.[1]);
    const routed = placement === "gateway" ? routedDatagrams : 0;
    const send = async (some: readonly Payload[]) => {
      const to = placement === "gateway" ? macs.box : macs.provider;
      const built = some.map(([etherType, payload]) =>
        Buffer.from(ethernet(etherType, payload, numberOf(cardIn(placement)), numberOf(to))).toString("hex"),
      );
      if (built.length > 0) await site.traffic("infected", "frames", built);
      if (routed > 0) await site.traffic("infected", "datagrams", farProvider, routedPort, routed, 200, 0);
    };

    test("is stopped at the last door, counted, and a trouble in the report", async () => {
      await send([]);
      assert.equal(await heard(), routed, "the witness sees what is routed");
      agent.adopt(wish);
      const before = await agent.reportedWhen(holds);
      assert.deepEqual([before.health, before.pastRules], [[], 0]);
      await send(frames);
      assert.deepEqual([await heard(), await leaked()], [routed, 0], "no leak while the rules stand");

      // Where the kernel resets, it does so before.
      const accept = (into: string) => `nft insert rule bridge cordon ${into} accept`;
      await site.run("box", "sh", "-c", `${accept("enforce_early")} 2>/dev/null; ${accept(chain)}`);
      await send(frames);
      assert.equal(await heard(), routed);
      // A kernel's own chatter comes to a line that is cut as well.
      const came = frames.length + routed;
      assert.ok((await leaked()) >= came, `${await leaked()} of ${came}`);
      const told = await agent.reportedWhen(({ health: troubles }) =>
        troubles.some(({ code }) => code === "containment-leak"),
      );
      const trouble = told.health.find(({ code }) => code === "containment-leak");
      assert.equal(trouble?.severity, "error");
      assert.ok(Number(/^(\d+) packets .*came past our rules/.exec(trouble.text)?.[1]) >= came, trouble.text);
      assert.ok((told.pastRules ?? 0) >= came, `${told.pastRules} of ${came}`);
    });

    test("is over when the rules are whole again, and what a containment leaves is none", async () => {
      // Sooner than the self-check does it.
      await client.apply([], signal);
      await agent.reportedWhen(holds);
      const before = await leaked();
      assert.ok(before >= frames.length, "the count goes on");
      await send([...left, ...frames]);
      assert.deepEqual([await heard(), await leaked()], [left.length + routed, before]);
    });
  });
}

const witnessOf = (card: string) => `table netdev far {
	counter heard {
	}
	chain arrived {
		type filter hook ingress device "eth0" priority -300; policy accept;
		ether saddr ${card} counter name "heard"
		udp dport ${routedPort} counter name "heard"
	}
}
`;

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
