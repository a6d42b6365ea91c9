import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CaptureServer } from "../../src/capture/capture-server.ts";
import type { Frame } from "../../src/capture/frame.ts";
import { perAddressLimit } from "../../src/capture/selection.ts";
import { ExecutorClient } from "../../src/containment/executor-client.ts";
import { addressKey, formatAddress } from "../../src/packet/address.ts";
import { ethernet, icmp, ipv4, ipv6, pppoe, tag, tcp, text, udp } from "../../src/packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags } from "../../src/packet/packet.ts";
import { parseFrame } from "../../src/packet/parse.ts";
import { WeirdCounter } from "../../src/packet/weird.ts";
import { TestSite, whyNoNamespaces } from "./test-site.ts";

type Bytes = readonly number[];

// The router's card, sent from one namespace: nothing but what is built here has it.
const router = 0x0200_5e00_0021;
const ends = {
  4: { source: "203.0.113.9", destination: "198.51.100.7" },
  6: { source: "2001:db8:1::9", destination: "2001:db8:2::7" },
} as const;
const timeStamps = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0];

type Wanted = Readonly<Record<string, readonly ((family: 4 | 6) => readonly [protocol: number, payload: Bytes])[]>>;

/** What the selection is to hand up, by the rule that does. */
const wanted: Wanted = {
  syn: [() => [protocols.tcp, tcp({ sourcePort: 40_001, destinationPort: 445 })]],
  "syn-ack": [() => [protocols.tcp, tcp({ sourcePort: 443, flags: tcpFlags.syn | tcpFlags.ack })]],
  refusal: [() => [protocols.tcp, tcp({ sourcePort: 445, flags: tcpFlags.rst | tcpFlags.ack, sequence: 0 })]],
  smtp: [
    () => [protocols.tcp, tcp({ destinationPort: 25, flags: tcpFlags.ack }, text("MAIL FROM:<a@a.example>\r\n"))],
    () => [
      protocols.tcp,
      tcp({ destinationPort: 587, flags: tcpFlags.ack, options: timeStamps }, text("EHLO one.example\r\n")),
    ],
  ],
  "icmp-error": [
    (family) => (family === 4 ? [protocols.icmp, icmp(3, 1, [1, 2, 3])] : [protocols.icmpv6, icmp(1, 3, [1, 2, 3])]),
  ],
  dns: [() => [protocols.udp, udp(5000, 53, [1, 2])], () => [protocols.udp, udp(53, 5000, [1, 2])]],
};

/** What it hands up only where the kernel takes the frame apart by itself: in sessions and behind two tags nobody asks for it. */
const wantedPlainly: Wanted = {
  refusal: [() => [protocols.tcp, tcp({ flags: tcpFlags.rst, sequence: 9 })]],
  udp: [() => [protocols.udp, udp(5000, 443, [1, 2])]],
  names: [() => [protocols.udp, udp(5353, 5353, [1, 2])]],
  ping: [(family) => (family === 4 ? [protocols.icmp, icmp(8, 0)] : [protocols.icmpv6, icmp(128, 0)])],
};

/** What it is not. */
const unwanted: readonly (readonly [protocol: number, payload: Bytes])[] = [
  [protocols.tcp, tcp({ flags: tcpFlags.ack }, text("hello"))],
  [protocols.tcp, tcp({ destinationPort: 25, flags: tcpFlags.ack }, text("Subject: MAIL"))],
  [protocols.icmp, icmp(30, 0)],
];

const inside = (family: 4 | 6, protocol: number, payload: Bytes) =>
  family === 4 ? ipv4(protocol, payload, ends[4]) : ipv6(protocol, payload, ends[6]);
const etherTypeOf = (family: 4 | 6) => (family === 4 ? 0x0800 : 0x86dd);
const session = (family: 4 | 6, ip: Bytes) => pppoe(family === 4 ? 0x0021 : 0x0057, ip);

const wrappings: Readonly<Record<string, (family: 4 | 6, ip: Bytes) => readonly [number, Bytes]>> = {
  "a plain frame": (family, ip) => [etherTypeOf(family), ip],
  "a tag": (family, ip) => [0x8100, tag(7, etherTypeOf(family), ip)],
  QinQ: (family, ip) => [0x88a8, tag(100, 0x8100, tag(7, etherTypeOf(family), ip))],
  PPPoE: (family, ip) => [0x8864, session(family, ip)],
  "PPPoE behind a tag": (family, ip) => [0x8100, tag(7, 0x8864, session(family, ip))],
  "PPPoE in QinQ": (family, ip) => [0x88a8, tag(100, 0x8100, tag(7, 0x8864, session(family, ip)))],
};

describe("capture outside the router", { skip: whyNoNamespaces(), timeout: 120_000 }, () => {
  let site: TestSite;
  let server: CaptureServer;
  let client: ExecutorClient;
  const seen: string[] = [];
  const packet = createPacket();
  const signal = AbortSignal.timeout(120_000);
  const note = (frame: Frame & { readonly rule: string }) => {
    if (!parseFrame(frame, packet, new WeirdCounter()) || packet.sourceMac !== router) return;
    const [source, destination] = [addressKey(packet, "source"), addressKey(packet, "destination")].map(formatAddress);
    seen.push(`${frame.rule} ${source} ${packet.sourcePort} > ${destination} ${packet.destinationPort} ${frame.side}`);
  };
  const until = async (isAwaited: () => boolean) => {
    while (!isAwaited()) await sleep(10, undefined, { signal });
  };
  const send = async (frames: readonly (readonly [number, Bytes])[]) => {
    const built = frames.map(([etherType, payload]) =>
      Buffer.from(ethernet(etherType, payload, router, 0x0200_5e00_0001)).toString("hex"),
    );
    await site.traffic("infected", "frames", built);
  };
  const figures = async () => {
    const { handedUp, heldBack } = await client.observe(signal);
    return { handedUp: handedUp["syn"] ?? 0, heldBack: heldBack["syn"] ?? 0 };
  };
  /** How many SYN were handed up and held back of those sent. */
  const ofSyns = async (frames: readonly (readonly [number, Bytes])[]) => {
    const before = await figures();
    await send(frames);
    const after = await figures();
    return { handedUp: after.handedUp - before.handedUp, heldBack: after.heldBack - before.heldBack };
  };

  before(async () => {
    site = await TestSite.start();
    site.executor(() => {}, ["--bridge", "br0", "--outside", "out0", "--wan"]);
    client = new ExecutorClient({ socketPath: site.executorSocket, connectTimeoutMs: 10_000 });
    await client.observe(signal);
    // Frames to nobody that the bridge knows would be flooded, and counted at each port.
    await site.run("box", "ip", "link", "set", "in1", "nomaster");
    server = new CaptureServer({
      socketPath: site.captureSocket,
      ports: { in0: "inside", out0: "outside" },
      clock: () => Date.now(),
      monotonic: () => performance.now(),
      readNames: () => site.interfaceNames(),
      onFrame: note,
    });
    await server.start();
    site.reader();
    await until(() => server.state.isReading);
  });

  after(async () => {
    client.close();
    await server.close();
    await site.close();
  });

  for (const [title, wrap] of Object.entries(wrappings)) {
    const isPlain = title === "a plain frame" || title === "a tag";
    const further = isPlain ? wantedPlainly : {};
    const left = isPlain ? [] : Object.entries(wantedPlainly);
    test(`what is to be judged comes up from ${title}, and nothing else`, async () => {
      seen.length = 0;
      const expected: string[] = [];
      const frames: (readonly [number, Bytes])[] = [];
      for (const family of [4, 6] as const) {
        const hidden = left.flatMap(([, makers]) => makers.map((make) => make(family)));
        for (const [protocol, payload] of [...unwanted, ...hidden]) {
          frames.push(wrap(family, inside(family, protocol, payload)));
        }
        const all = [...Object.entries(wanted), ...Object.entries(further)];
        for (const [rule, makers] of all) {
          for (const make of makers) {
            const [protocol, payload] = make(family);
            frames.push(wrap(family, inside(family, protocol, payload)));
            const hasPorts = protocol === protocols.tcp || protocol === protocols.udp;
            const [from, to] = hasPorts
              ? [Number(payload[0]) * 256 + Number(payload[1]), Number(payload[2]) * 256 + Number(payload[3])]
              : [-1, -1];
            expected.push(`${rule} ${ends[family].source} ${from} > ${ends[family].destination} ${to} inside`);
          }
        }
      }
      await send(frames);
      // Whatever does not come within this time does not come: the comparison says what.
      const patience = AbortSignal.timeout(5000);
      await until(() => seen.length >= expected.length || patience.aborted);
      assert.deepEqual(seen.toSorted(), expected.toSorted());
    });
  }

  test("a router that looks for its provider comes up, also behind a tag", async () => {
    seen.length = 0;
    const initiation = [0x11, 0x09, 0, 0, 0, 0];
    await send([
      [0x8863, initiation],
      [0x8100, tag(7, 0x8863, initiation)],
    ]);
    const expected = Array.from({ length: 2 }, () => "pppoe-discovery 0.0.0.0 -1 > 0.0.0.0 -1 inside");
    const patience = AbortSignal.timeout(5000);
    await until(() => seen.length >= expected.length || patience.aborted);
    assert.deepEqual(seen, expected);
  });

  test("a retry storm in a session comes up five times, the rest is counted", async () => {
    const storm = Array.from({ length: 300 }, (_, index) => {
      const segment = tcp({ sourcePort: 41_000 + index, destinationPort: 9001 });
      return [0x8864, session(4, inside(4, protocols.tcp, segment))] as const;
    });
    const { handedUp, heldBack } = await ofSyns(storm);
    assert.equal(handedUp + heldBack, 300);
    assert.ok(handedUp >= 5 && handedUp <= 6, `${handedUp} copies`);
  });

  for (const [title, etherType, wrap] of [
    ["plain frames", 0x0800, (ip: Bytes) => ip],
    ["a session", 0x8864, (ip: Bytes) => session(4, ip)],
  ] as const) {
    test(`one address that floods in ${title} is held back, and hides no other`, async () => {
      // Targets enough for more than one address may have, and fewer than a set remembers.
      const flood = (source: string, count: number) =>
        Array.from({ length: count }, (_, index) => {
          const destination = `198.18.${index >> 8}.${index & 0xff}`;
          return [etherType, wrap(ipv4(protocols.tcp, tcp(), { source, destination }))] as const;
        });
      const count = perAddressLimit.burst + 3000;
      const { handedUp, heldBack } = await ofSyns(flood("203.0.113.66", count));
      assert.equal(handedUp + heldBack, count);
      assert.ok(handedUp >= perAddressLimit.burst && heldBack > 0, `${handedUp} copies, ${heldBack} held back`);
      assert.deepEqual(await ofSyns(flood("203.0.113.67", 20)), { handedUp: 20, heldBack: 0 });
    });
  }
});
