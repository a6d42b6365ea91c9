import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ExecutorClient } from "../../src/containment/executor-client.ts";
import type { SiteRules, Step } from "../../src/containment/protocol.ts";
import { noSiteRules } from "../../src/containment/site-rules.ts";
import { ethernet, ipv4, ipv6, tcp, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import { farProvider, gatewayPlace, reshapeAsGateway } from "./gateway-shape.ts";
import { addresses, addresses6, macs, patience, TestSite, whyNoNamespaces } from "./test-site.ts";
import type { Word } from "./traffic.ts";
import { wrappings, type Wrapping } from "./wrapped-frames.ts";
import { sampled } from "../slow-tests.ts";

/**
 * What stands at the moment of a cut: TCP connections and streams of datagrams, begun from either side. A way that is
 * shut ends what stands on it at once; a throttle and a dry run leave it.
 */

type End = "infected" | "neighbour" | "provider";

interface Stream {
  readonly from: End;
  readonly to: End;
  readonly transport: "tcp" | "udp";
  readonly family: 4 | 6;
  readonly port: number;
}

// One of a way that is shut, for each transport, and one of none.
const ports = { tcp: 445, udp: 137, none: 9000 } as const;

interface Rung {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly ends: (stream: Stream) => boolean;
}

const siteStep = (rules: Partial<SiteRules>): Step => ({
  kind: "site-rules-set",
  rules: { ...noSiteRules, ...rules },
});
const concerns = (end: End) => (stream: Stream) => stream.from === end || stream.to === end;
const isOutward = ({ to }: Stream) => to === "provider";
const isOnWay = ({ port }: Stream) => port !== ports.none;
const smb = { way: "smb" } as const;

const siteRungs: readonly Rung[] = [
  {
    name: "a barrier for everybody",
    steps: [siteStep({ ways: [{ ...smb, mode: "enforce" }] })],
    ends: (stream) => stream.from !== "provider" && isOnWay(stream),
  },
  { name: "a barrier's dry run", steps: [siteStep({ ways: [{ ...smb, mode: "dry" }] })], ends: () => false },
  { name: "the line's cut", steps: [siteStep({ isLineCut: true })], ends: concerns("provider") },
];

const hostRungs: readonly Rung[] = [
  {
    name: "a barrier for an area",
    steps: [siteStep({ hosts: [{ ...smb, mac: macs.infected, mode: "enforce" }] })],
    ends: (stream) => stream.from === "infected" && isOutward(stream) && isOnWay(stream),
  },
  {
    name: "a vector block",
    steps: [{ kind: "vector-add", mac: macs.infected, ports: [135, 139, 445] }],
    ends: (stream) => stream.from === "infected" && isOutward(stream) && isOnWay(stream),
  },
  {
    name: "a throttle",
    steps: [
      { kind: "throttle-add", mac: macs.infected, ports: null },
      { kind: "throttle-add", mac: macs.infected, ports: [445] },
    ],
    ends: () => false,
  },
  {
    name: "a quarantine, which an area's cut is made of",
    steps: [{ kind: "quarantine-add", mac: macs.infected }],
    ends: concerns("infected"),
  },
];

const releases: readonly Step[] = [
  siteStep({}),
  { kind: "vector-remove", mac: macs.infected, ports: [135, 139, 445] },
  { kind: "throttle-remove", mac: macs.infected, ports: null },
  { kind: "throttle-remove", mac: macs.infected, ports: [445] },
  { kind: "quarantine-remove", mac: macs.infected },
];

function streams(ends: readonly (readonly [End, End])[], families: readonly (4 | 6)[]): readonly Stream[] {
  return ends.flatMap(([from, to]) =>
    families.flatMap((family) =>
      (["tcp", "udp"] as const).flatMap((transport) =>
        [ports[transport], ports.none].map((port) => ({ from, to, transport, family, port })),
      ),
    ),
  );
}

const inLine = [
  ["infected", "provider"],
  ["neighbour", "provider"],
  ["provider", "infected"],
  ["neighbour", "infected"],
] as const;

/** Placements, and what can stand there: to a gateway's far side nothing begins outside. */
const placements = [
  { name: "lan", place: undefined, streams: streams(inLine, [4, 6]), rungs: [...siteRungs, ...hostRungs] },
  {
    name: "wan",
    place: ["--bridge", "br0", "--outside", "out0", "--wan"],
    streams: streams(inLine.slice(0, 3), [4, 6]),
    rungs: siteRungs,
  },
  {
    name: "gateway",
    place: gatewayPlace,
    streams: streams(inLine.slice(0, 2), [4]),
    rungs: [...siteRungs, ...hostRungs],
  },
] as const;

for (const { name: placement, place, streams: all, rungs } of placements) {
  describe(`what stands in ${placement}`, { skip: whyNoNamespaces(), timeout: 120_000 * patience }, () => {
    let site: TestSite;
    let client: ExecutorClient;
    let signal: AbortSignal;
    const waitMs = 10_000 * patience;

    const addressOf = ({ to, family }: Stream) =>
      placement === "gateway" && to === "provider" ? farProvider : (family === 4 ? addresses : addresses6)[to];
    const nameOf = ({ from, to, transport, family, port }: Stream) =>
      `${transport} by IPv${family} from ${from} to ${to} port ${port}`;
    const apply = async (steps: readonly Step[]) => {
      const { refused } = await client.apply(steps, signal);
      assert.deepEqual(refused, []);
    };

    before(async () => {
      // From here on: the other placements go first.
      signal = AbortSignal.timeout(120_000 * patience);
      site = await TestSite.start();
      if (placement === "gateway") await reshapeAsGateway(site);
      site.executor(undefined, place);
      client = site.client();
      await client.observe(signal);
      for (const end of ["infected", "neighbour", "provider"] as const) {
        await site.traffic(end, "echo", Object.values(ports));
      }
    });
    after(async () => {
      client.close();
      await site.close();
    });

    for (const [index, { name, steps, ends }] of rungs.entries()) {
      test(`${name} ends what it shuts at once, and nothing else`, async (t) => {
        t.after(() => apply(releases));
        const idOf = (stream: Stream) => `${index} ${nameOf(stream)}`;
        const opened = await Promise.all(
          all.map((stream) =>
            site.traffic<Word>(
              stream.from,
              "open",
              idOf(stream),
              stream.transport,
              addressOf(stream),
              stream.port,
              waitMs,
            ),
          ),
        );
        assert.deepEqual(
          opened.map((word, at) => `${idOf(all[at] as Stream)}: ${word}`),
          all.map((stream) => `${idOf(stream)}: echoed`),
        );
        await apply(steps);
        const words = await Promise.all(
          all.map((stream) =>
            site.traffic<Word>(stream.from, "say", idOf(stream), ends(stream) ? 300 * patience : waitMs),
          ),
        );
        for (const [at, stream] of all.entries()) {
          assert.equal(words[at] === "echoed", !ends(stream), `${idOf(stream)}: ${words[at]}`);
        }
        t.diagnostic(`${words.filter((word) => word !== "echoed").length} of ${words.length} ended`);
      });
    }

    if (placement === "wan") {
      for (const [title, wrap] of sampled(Object.entries(wrappings))) {
        test(`what stands in ${title} ends in the same way`, async (t) => {
          t.after(() => apply(releases));
          await throughTheLine(site, wrap, async (passed) => {
            const shut = [ports.tcp, ports.udp];
            const open = [ports.none];
            assert.deepEqual(await passed([...shut, ...open]), { out: 12, in: 12 });
            await apply(siteRungs[0]?.steps ?? []);
            assert.deepEqual(await passed(shut), { out: 0, in: 8 });
            assert.deepEqual(await passed(open), { out: 4, in: 4 });
            await apply(siteRungs[1]?.steps ?? []);
            assert.deepEqual(await passed([...shut, ...open]), { out: 12, in: 12 });
            await apply(siteRungs[2]?.steps ?? []);
            assert.deepEqual(await passed([...shut, ...open]), { out: 0, in: 0 });
          });
        });
      }
    }
  });
}

const router = "02:00:5e:00:00:41";
const modem = "02:00:5e:00:00:42";
let lastCounter = 0;

/**
 * Data in the midst of connections and streams, by both families and both ways: how many of four frames for each port leave
 * by the other side.
 */
async function throughTheLine(
  site: TestSite,
  wrap: Wrapping,
  during: (
    passed: (some: readonly number[]) => Promise<{ readonly out: number; readonly in: number }>,
  ) => Promise<void>,
): Promise<void> {
  const data = Array.from("data", (letter) => letter.charCodeAt(0));
  const frames = (port: number, isOut: boolean) => {
    const flags = tcpFlags.ack;
    const [sourcePort, destinationPort] = isOut ? [50_000, port] : [port, 50_000];
    const segment = tcp({ sourcePort, destinationPort, flags }, data);
    const datagram = udp(sourcePort, destinationPort, data);
    const [from, to] = isOut ? [router, modem] : [modem, router];
    return [
      wrap(ipv4(protocols.tcp, segment), 4),
      wrap(ipv6(protocols.tcp, segment), 6),
      wrap(ipv4(protocols.udp, datagram), 4),
      wrap(ipv6(protocols.udp, datagram), 6),
    ].map(([etherType, payload]) =>
      Buffer.from(ethernet(etherType, payload, numberOf(from), numberOf(to))).toString("hex"),
    );
  };
  await during(async (some) => {
    const counts = { out: `standing${++lastCounter}`, in: `standing${++lastCounter}` };
    await site.load(
      [
        "add chain bridge audit standing { type filter hook postrouting priority 400; }",
        ...Object.values(counts).map((name) => `add counter bridge audit ${name}`),
        `add rule bridge audit standing ether saddr ${router} oifname "out0" counter name ${counts.out}`,
        `add rule bridge audit standing ether saddr ${modem} oifname "in0" counter name ${counts.in}`,
        "",
      ].join("\n"),
    );
    await site.traffic(
      "infected",
      "frames",
      some.flatMap((port) => frames(port, true)),
    );
    await site.traffic(
      "provider",
      "frames",
      some.flatMap((port) => frames(port, false)),
    );
    const counted = async (name: string) =>
      Number(/packets (\d+)/.exec(await site.run("box", "nft", "list", "counter", "bridge", "audit", name))?.[1]);
    return { out: await counted(counts.out), in: await counted(counts.in) };
  });
}

function numberOf(mac: string): number {
  return Number.parseInt(mac.replaceAll(":", ""), 16);
}
