import assert from "node:assert/strict";
import { test } from "node:test";
import { linkTypes, type Frame } from "../capture/frame.ts";
import { addressKey, formatAddress } from "./address.ts";
import { aFrame, arp, ethernet, icmp, ipv4, ipv6, mac, pppoe, tag, tcp, tcpFrame, text, udp } from "./frame-builder.ts";
import { createPacket, protocols, type Packet } from "./packet.ts";
import { parseFrame } from "./parse.ts";
import { WeirdCounter } from "./weird.ts";

const sender = 0x0200_0000_0001;
const receiver = 0x0200_0000_0002;

interface Parsed {
  readonly packet: Packet;
  readonly isJudged: boolean;
  readonly weird: Readonly<Record<string, number>>;
}

function parse(frame: Frame): Parsed {
  const packet = createPacket();
  const weird = new WeirdCounter();
  return { isJudged: parseFrame(frame, packet, weird), packet, weird: weird.counts() };
}

function summary(packet: Packet): string {
  if (packet.kind !== "ip") return packet.kind;
  const ends = [addressKey(packet, "source"), addressKey(packet, "destination")].map(formatAddress);
  return `${packet.protocol} ${ends[0]}:${packet.sourcePort} ${ends[1]}:${packet.destinationPort}`;
}

const syn4 = ipv4(protocols.tcp, tcp());
const syn6 = ipv6(protocols.tcp, tcp());
const seen4 = "6 192.168.1.10:49152 198.51.100.7:445";
const seen6 = "6 fd00::10:49152 2001:db8::7:445";
const cooked1 = (deviceType: number, addressLength: number) => [
  0,
  4,
  0,
  deviceType,
  0,
  addressLength,
  ...mac(sender),
  0,
  0,
  0x08,
  0x00,
];
const cooked2 = [0x08, 0x00, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, ...mac(sender), 0, 0];

const readable: readonly { name: string; frame: Frame; seen: string; sourceMac?: number; vlan?: number }[] = [
  { name: "IPv4 over Ethernet", frame: aFrame(ethernet(0x0800, syn4)), seen: seen4, sourceMac: sender },
  { name: "IPv6 over Ethernet", frame: aFrame(ethernet(0x86dd, syn6)), seen: seen6, sourceMac: sender },
  { name: "one VLAN tag", frame: aFrame(ethernet(0x8100, tag(0x6007, 0x0800, syn4))), seen: seen4, vlan: 7 },
  {
    name: "QinQ",
    frame: aFrame(ethernet(0x88a8, tag(100, 0x8100, tag(7, 0x86dd, syn6)))),
    seen: seen6,
    vlan: 100,
  },
  {
    name: "double 802.1Q",
    frame: aFrame(ethernet(0x8100, tag(1, 0x8100, tag(2, 0x0800, syn4)))),
    seen: seen4,
    vlan: 1,
  },
  {
    name: "four tags",
    frame: aFrame(ethernet(0x8100, tag(1, 0x8100, tag(2, 0x8100, tag(3, 0x8100, tag(4, 0x0800, syn4)))))),
    seen: seen4,
    vlan: 1,
  },
  { name: "PPPoE with IPv4", frame: aFrame(ethernet(0x8864, pppoe(0x0021, syn4))), seen: seen4 },
  { name: "PPPoE with IPv6", frame: aFrame(ethernet(0x8864, pppoe(0x0057, syn6))), seen: seen6 },
  {
    name: "PPPoE with a compressed protocol field",
    frame: aFrame(ethernet(0x8864, [0x11, 0, 0, 1, 0, 41, 0x21, ...syn4])),
    seen: seen4,
  },
  {
    name: "PPPoE inside a VLAN",
    frame: aFrame(ethernet(0x8100, tag(7, 0x8864, pppoe(0x0021, syn4)))),
    seen: seen4,
    vlan: 7,
  },
  {
    name: "IPv4 options",
    frame: aFrame(ethernet(0x0800, ipv4(6, tcp(), { options: [7, 7, 4, 0, 0, 0, 0, 0] }))),
    seen: seen4,
  },
  {
    name: "IPv6 extension headers",
    frame: aFrame(
      ethernet(
        0x86dd,
        ipv6(0, [
          43,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          60,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          51,
          1,
          ...Array(14).fill(0),
          44,
          2,
          0,
          0,
          ...Array(12).fill(0),
          6,
          0,
          0,
          1,
          0,
          0,
          0,
          9,
          ...tcp(),
        ]),
      ),
    ),
    seen: seen6,
  },
  { name: "TCP options", frame: aFrame(tcpFrame({ options: [2, 4, 5, 0xb4] })), seen: seen4 },
  {
    name: "Linux cooked v1",
    frame: aFrame(Uint8Array.from([...cooked1(1, 6), ...syn4]), { linkType: linkTypes.linuxSll }),
    seen: seen4,
    sourceMac: sender,
  },
  {
    name: "Linux cooked v1 of a device without MACs",
    frame: aFrame(Uint8Array.from([...cooked1(512 & 0xff, 0), ...syn4]), { linkType: linkTypes.linuxSll }),
    seen: seen4,
    sourceMac: -1,
  },
  {
    name: "Linux cooked v2",
    frame: aFrame(Uint8Array.from([...cooked2, ...syn4]), { linkType: linkTypes.linuxSll2 }),
    seen: seen4,
    sourceMac: sender,
  },
  ...[12, 14, 101, 228].map((linkType) => ({
    name: `raw IPv4, link type ${linkType}`,
    frame: aFrame(Uint8Array.from(syn4), { linkType }),
    seen: seen4,
    sourceMac: -1,
  })),
  { name: "raw IPv6", frame: aFrame(Uint8Array.from(syn6), { linkType: linkTypes.ipv6 }), seen: seen6 },
  ...[
    [2, 0, 0, 0],
    [0, 0, 0, 2],
  ].map((family) => ({
    name: `BSD loopback, family written as ${family.join(" ")}`,
    frame: aFrame(Uint8Array.from([...family, ...syn4]), { linkType: linkTypes.null }),
    seen: seen4,
  })),
  ...[10, 23, 24, 28, 30].map((family) => ({
    name: `BSD loopback, IPv6 as family ${family}`,
    frame: aFrame(Uint8Array.from([0, 0, 0, family, ...syn6]), { linkType: linkTypes.loop }),
    seen: seen6,
  })),
  {
    name: "Ethernet of a loopback device, whose MACs say nothing",
    frame: aFrame(ethernet(0x0800, syn4, 0, 0)),
    seen: seen4,
    sourceMac: -1,
  },
];

for (const { name, frame, seen, sourceMac, vlan } of readable) {
  test(`reads ${name}`, () => {
    const { packet, isJudged, weird } = parse(frame);
    assert.equal(isJudged, true);
    assert.equal(summary(packet), seen);
    assert.deepEqual(weird, {});
    assert.equal(packet.flags, 0x02);
    if (sourceMac !== undefined) assert.equal(packet.sourceMac, sourceMac);
    assert.equal(packet.vlan, vlan ?? -1);
  });
}

const odd: readonly { name: string; frame: Frame; weird: string; isJudged?: boolean; kind?: Packet["kind"] }[] = [
  {
    name: "a frame shorter than an Ethernet header",
    frame: aFrame(new Uint8Array(13)),
    weird: "truncated-ethernet-header",
    isJudged: false,
  },
  {
    name: "a link type we do not read",
    frame: aFrame(new Uint8Array(60), { linkType: 105 }),
    weird: "unknown-link-type",
    isJudged: false,
  },
  { name: "an ether type nobody knows", frame: aFrame(ethernet(0xbeef, [])), weird: "unknown-ethertype" },
  {
    name: "five tags",
    frame: aFrame(
      ethernet(0x8100, tag(1, 0x8100, tag(2, 0x8100, tag(3, 0x8100, tag(4, 0x8100, tag(5, 0x0800, syn4)))))),
    ),
    weird: "too-many-vlan-tags",
  },
  { name: "half a tag", frame: aFrame(ethernet(0x8100, [0, 1])), weird: "truncated-vlan-tag" },
  {
    name: "an IPv4 header cut short",
    frame: aFrame(ethernet(0x0800, syn4.slice(0, 19))),
    weird: "truncated-ipv4-header",
  },
  {
    name: "IPv6 where IPv4 was announced",
    frame: aFrame(ethernet(0x0800, syn6)),
    weird: "bad-ip-version",
  },
  {
    name: "an IPv4 header of 16 bytes",
    frame: aFrame(ethernet(0x0800, [0x44, ...syn4.slice(1)])),
    weird: "bad-ipv4-header-length",
    kind: "ip",
  },
  {
    name: "an IPv4 length below its header",
    frame: aFrame(ethernet(0x0800, ipv4(6, tcp(), { totalLength: 19 }))),
    weird: "bad-ipv4-length",
    kind: "ip",
  },
  {
    name: "an IPv6 header cut short",
    frame: aFrame(ethernet(0x86dd, syn6.slice(0, 39))),
    weird: "truncated-ipv6-header",
  },
  {
    name: "an IPv6 extension header that leaves the packet",
    frame: aFrame(ethernet(0x86dd, ipv6(0, [6, 9, 0, 0, 0, 0, 0, 0, ...tcp()]))),
    weird: "truncated-ipv6-extension-header",
    kind: "ip",
  },
  {
    name: "nine IPv6 extension headers",
    frame: aFrame(
      ethernet(
        0x86dd,
        ipv6(
          60,
          [...Array(9)].flatMap(() => [60, 0, 0, 0, 0, 0, 0, 0]),
        ),
      ),
    ),
    weird: "too-many-extension-headers",
    kind: "ip",
  },
  {
    name: "a TCP header cut short",
    frame: aFrame(ethernet(0x0800, ipv4(6, tcp().slice(0, 19)))),
    weird: "truncated-tcp-header",
    kind: "ip",
  },
  {
    name: "a TCP header of 16 bytes",
    frame: aFrame(tcpFrame({ headerWords: 4 })),
    weird: "bad-tcp-offset",
    kind: "ip",
  },
  {
    name: "a TCP header longer than the packet",
    frame: aFrame(tcpFrame({ headerWords: 6 })),
    weird: "bad-tcp-offset",
    kind: "ip",
  },
  {
    name: "a UDP header cut short",
    frame: aFrame(ethernet(0x0800, ipv4(17, [0, 1, 0, 2]))),
    weird: "truncated-udp-header",
    kind: "ip",
  },
  {
    name: "a UDP length below its header",
    frame: aFrame(ethernet(0x0800, ipv4(17, udp(1, 2, [], 7)))),
    weird: "bad-udp-length",
    kind: "ip",
  },
  {
    name: "an ICMP header cut short",
    frame: aFrame(ethernet(0x0800, ipv4(1, [8, 0, 0, 0]))),
    weird: "truncated-icmp-header",
    kind: "ip",
  },
  {
    name: "ARP cut short",
    frame: aFrame(ethernet(0x0806, arp(1, sender, "10.0.0.1", "10.0.0.2").slice(0, 27))),
    weird: "truncated-arp",
    kind: "arp",
  },
  { name: "PPPoE's discovery cut short", frame: aFrame(ethernet(0x8863, [0x11, 9])), weird: "truncated-pppoe-header" },
  { name: "PPPoE cut short", frame: aFrame(ethernet(0x8864, [0x11, 0])), weird: "truncated-pppoe-header" },
  {
    name: "PPPoE of another version",
    frame: aFrame(ethernet(0x8864, [0x22, ...pppoe(0x21, syn4).slice(1)])),
    weird: "bad-pppoe-header",
  },
  {
    name: "a cooked header cut short",
    frame: aFrame(new Uint8Array(15), { linkType: linkTypes.linuxSll }),
    weird: "truncated-link-header",
    isJudged: false,
  },
  {
    name: "a loopback family nobody knows",
    frame: aFrame(Uint8Array.from([1, 2, 3, 4, ...syn4]), { linkType: linkTypes.null }),
    weird: "unknown-link-family",
  },
];

for (const { name, frame, weird, isJudged, kind } of odd) {
  test(`counts ${name}`, () => {
    const parsed = parse(frame);
    assert.deepEqual(parsed.weird, { [weird]: 1 });
    assert.equal(parsed.isJudged, isJudged ?? true);
    assert.equal(parsed.packet.kind, kind ?? "other");
  });
}

test("keeps the ports of a TCP header that was cut short, and no flags", () => {
  const { packet } = parse(aFrame(ethernet(0x0800, ipv4(6, tcp().slice(0, 14)))));
  assert.deepEqual([packet.sourcePort, packet.destinationPort, packet.flags], [49_152, 445, 0]);
});

test("a later fragment has no ports, a first one has", () => {
  const later = parse(aFrame(ethernet(0x0800, ipv4(6, tcp(), { fragmentOffset: 3 })))).packet;
  assert.deepEqual([later.protocol, later.isLaterFragment, later.sourcePort, later.flags], [6, true, -1, 0]);
  const first = parse(aFrame(ethernet(0x0800, ipv4(6, tcp(), { fragmentOffset: 0x2000 })))).packet;
  assert.deepEqual([first.isLaterFragment, first.destinationPort], [false, 445]);
  const later6 = parse(aFrame(ethernet(0x86dd, ipv6(44, [17, 0, 0, 8, 0, 0, 0, 9, ...udp(1, 2)])))).packet;
  assert.deepEqual([later6.protocol, later6.isLaterFragment, later6.sourcePort], [17, true, -1]);
});

test("the padding of a short frame is no payload", () => {
  const padded = Uint8Array.from([...tcpFrame(), 0, 0, 0, 0, 0, 0]);
  assert.equal(parse(aFrame(padded)).packet.payloadLength, 0);
});

test("payload that the capture cut off is not odd", () => {
  const whole = tcpFrame({ destinationPort: 25 }, text("EHLO example.test\r\n"));
  const { packet, weird } = parse(aFrame(whole.subarray(0, whole.length - 10)));
  assert.equal(packet.payloadLength, 9);
  assert.deepEqual(weird, {});
});

test("a length of zero means all that was captured", () => {
  const packet = parse(aFrame(ethernet(0x0800, ipv4(6, tcp({}, [1, 2, 3]), { totalLength: 0 })))).packet;
  assert.equal(packet.payloadLength, 3);
});

test("reads TCP numbers without a sign", () => {
  const { packet } = parse(aFrame(tcpFrame({ sequence: 0xffff_fffe, acknowledgement: 0x8000_0000, flags: 0x12 })));
  assert.deepEqual([packet.sequence, packet.acknowledgement, packet.flags], [0xffff_fffe, 0x8000_0000, 0x12]);
  assert.equal(packet.window, 64_240);
});

test("reads ARP", () => {
  const { packet } = parse(aFrame(ethernet(0x0806, arp(2, sender, "192.168.1.10", "192.168.1.1"))));
  assert.equal(packet.kind, "arp");
  assert.deepEqual([packet.arpOperation, packet.arpSenderMac], [2, sender]);
  assert.deepEqual([packet.arpSender, packet.arpTarget].map(formatAddress), ["192.168.1.10", "192.168.1.1"]);
  assert.equal(packet.destinationMac, receiver);
});

test("reads ICMP and ICMPv6", () => {
  const four = parse(aFrame(ethernet(0x0800, ipv4(protocols.icmp, icmp(3, 13, [1, 2])))));
  assert.deepEqual([four.packet.icmpType, four.packet.icmpCode, four.packet.payloadLength], [3, 13, 2]);
  const six = parse(aFrame(ethernet(0x86dd, ipv6(protocols.icmpv6, icmp(1, 4)))));
  assert.deepEqual([six.packet.icmpType, six.packet.icmpCode, six.packet.payloadLength], [1, 4, 0]);
});

test("802.3 frames and quiet protocols are passed over without a count", () => {
  for (const etherType of [38, 0x88cc, 0x888e]) {
    const { packet, isJudged, weird } = parse(aFrame(ethernet(etherType, Array(38).fill(0x42))));
    assert.deepEqual([packet.kind, isJudged, weird, packet.sourceMac], ["other", true, {}, sender]);
  }
});

test("nothing of the packet before shows through", () => {
  const weird = new WeirdCounter();
  const packet = createPacket();
  parseFrame(aFrame(ethernet(0x8100, tag(9, 0x0800, syn4))), packet, weird);
  parseFrame(aFrame(ethernet(0x88cc, [])), packet, weird);
  const fresh = createPacket();
  parseFrame(aFrame(ethernet(0x88cc, [])), fresh, weird);
  assert.deepEqual(packet, fresh);
});

test("a frame inside a larger buffer is read within its bounds", () => {
  const frame = tcpFrame({}, text("abc"));
  const buffer = new Uint8Array(200).fill(0xff);
  buffer.set(frame, 50);
  const { packet } = parse(aFrame(buffer, { start: 50, end: 50 + frame.length - 1 }));
  assert.equal(summary(packet), seen4);
  assert.deepEqual([packet.payloadOffset, packet.payloadLength], [50 + 54, 2]);
});
