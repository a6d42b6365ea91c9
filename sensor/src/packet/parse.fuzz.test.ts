import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { linkTypes } from "../capture/frame.ts";
import { addressKey, formatAddress } from "./address.ts";
import { parseAnnouncement } from "./announcement.ts";
import { parseDhcp } from "./dhcp.ts";
import { parseDns } from "./dns.ts";
import {
  aFrame,
  arp,
  ethernet,
  icmp,
  ipv4,
  ipv6,
  netbiosRegistration,
  netbiosStatus,
  pppoe,
  tag,
  tcp,
  text,
  udp,
} from "./frame-builder.ts";
import { parseNeighbour } from "./neighbour.ts";
import { parseNetbios } from "./netbios.ts";
import { createPacket, type Packet } from "./packet.ts";
import { parseFrame } from "./parse.ts";
import { parseQuoted } from "./quoted.ts";
import { parseSmtp } from "./smtp.ts";
import { WeirdCounter } from "./weird.ts";

const linkType = fc.constantFrom(...Object.values(linkTypes), 105);

const dnsAnswer = [
  ...[0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0],
  ...[3, ...text("www"), 4, ...text("test"), 0, 0, 1, 0, 1],
  ...[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1],
];

/** Sound frames to be damaged, so that the deeper parsers are reached. */
const soundFrames = [
  ethernet(0x0800, ipv4(6, tcp({ destinationPort: 25 }, text("MAIL FROM:<a@example.test>\r\n")))),
  ethernet(0x86dd, ipv6(0, [6, 0, 0, 0, 0, 0, 0, 0, ...tcp()])),
  ethernet(0x8100, tag(7, 0x8864, pppoe(0x21, ipv4(17, udp(53, 4000, dnsAnswer))))),
  ethernet(0x0800, ipv4(1, icmp(3, 1, ipv4(6, tcp())))),
  ethernet(0x86dd, ipv6(58, icmp(1, 4, ipv6(17, udp(1, 2))))),
  ethernet(0x86dd, ipv6(58, icmp(136, 0, [...Array(16).fill(1), 2, 1, 2, 0, 0, 0, 0, 1]), { hopLimit: 255 })),
  ethernet(0x0800, ipv4(17, udp(137, 137, netbiosRegistration("DESK-07", "192.168.1.10")))),
  ethernet(0x0800, ipv4(17, udp(137, 137, netbiosStatus(["DESK-07", "OFFICE"])))),
  ethernet(0x0806, arp(1, 1, "10.0.0.1", "10.0.0.2")),
  ethernet(
    0x0800,
    ipv4(17, udp(68, 67, [1, 1, 6, 0, ...Array(232).fill(0), 0x63, 0x82, 0x53, 0x63, 53, 1, 3, 12, 2, 65, 66, 255])),
  ),
];

/** Everything that is done with a packet; whatever the bytes are, nothing may throw or leave the frame. */
function exercise(bytes: Uint8Array, type: number): void {
  const packet = createPacket();
  const weird = new WeirdCounter();
  parseFrame(aFrame(bytes, { linkType: type }), packet, weird);
  assertInside(packet, bytes);
  formatAddress(addressKey(packet, "source"));
  const { payloadOffset, payloadLength } = packet;
  if (payloadOffset >= 0) {
    parseDns(bytes, payloadOffset, payloadLength, weird);
    parseDhcp(bytes, payloadOffset, payloadLength, weird);
    parseSmtp(bytes, payloadOffset, payloadLength);
    parseAnnouncement(bytes, payloadOffset, payloadLength, weird);
    parseNetbios(bytes, payloadOffset, payloadLength, weird);
    parseNeighbour(packet);
  }
  const quoted = createPacket();
  parseQuoted(packet, quoted);
  assertInside(quoted, bytes);
}

function assertInside(packet: Packet, bytes: Uint8Array): void {
  if (packet.payloadOffset >= 0) {
    assert.ok(packet.payloadLength >= 0);
    assert.ok(packet.payloadOffset + packet.payloadLength <= bytes.length);
  } else {
    assert.equal(packet.payloadLength, 0);
  }
  if (packet.kind !== "ip") return;
  const addressLength = packet.family === 4 ? 4 : 16;
  assert.ok(packet.sourceOffset >= 0 && packet.sourceOffset + addressLength <= bytes.length);
  assert.ok(packet.destinationOffset >= 0 && packet.destinationOffset + addressLength <= bytes.length);
}

test("no bytes whatever make the parsers throw or look beyond the frame", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), linkType, (bytes, type) => exercise(bytes, type)),
    { numRuns: 3000 },
  );
});

test("sound frames with changed bytes make no parser throw", () => {
  const changes = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...soundFrames), changes, (frame, changed) => {
      const bytes = Uint8Array.from(frame);
      for (const [at, value] of changed) bytes[at % bytes.length] = value;
      exercise(bytes, linkTypes.ethernet);
    }),
    { numRuns: 4000 },
  );
});

test("sound frames cut anywhere make no parser throw", () => {
  for (const frame of soundFrames) {
    for (let length = 0; length <= frame.length; length += 1) exercise(frame.slice(0, length), linkTypes.ethernet);
  }
});
