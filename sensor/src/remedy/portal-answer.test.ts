import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { aFrame, address, ethernet, ipv4, ipv6, mac, tag, tcp, text, type TcpFields } from "../packet/frame-builder.ts";
import { createPacket, protocols, tcpFlags, type Packet } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { internetChecksum } from "./internet-checksum.ts";
import { portalAnswer } from "./portal-answer.ts";
import { portalPages } from "./portal-page.ts";

const { syn, ack, psh, fin, rst } = tcpFlags;
const pages = portalPages("Acme");
const page = pages.otherwise;
const cookie = 0xffff_fffe;
const options = { pages, cookieOf: () => cookie };
const host = 0x0200_5e00_0011;
const gateway = 0x0200_5e00_0001;
const get = "GET /generate_204 HTTP/1.1\r\nHost: probe.example\r\n\r\n";

function parsed(bytes: Uint8Array): Packet {
  const packet = createPacket();
  assert.ok(parseFrame(aFrame(bytes), packet, new WeirdCounter()));
  return packet;
}

type Link = 4 | 6 | "tagged";

function sent(fields: TcpFields, payload = "", link: Link = 4): Uint8Array {
  const segment = tcp({ destinationPort: 80, sourcePort: 40_000, sequence: 1000, ...fields }, text(payload));
  if (link === 6) return ethernet(0x86dd, ipv6(protocols.tcp, segment), host, gateway);
  if (link === 4) return ethernet(0x0800, ipv4(protocols.tcp, segment), host, gateway);
  return ethernet(0x8100, tag(7, 0x0800, ipv4(protocols.tcp, segment)), host, gateway);
}

function answer(fields: TcpFields, payload = "", link: Link = 4): Packet | null {
  const answered = portalAnswer(parsed(sent(fields, payload, link)), 0, options);
  return answered === null ? null : parsed(answered.frame);
}

/** The number that a machine acknowledges after so many bytes of the answer. */
const after = (bytes: number) => (cookie + 1 + bytes) >>> 0;

for (const link of [4, 6, "tagged"] as const) {
  test(`a SYN is answered in the far address's name, back to whom it came from (${link})`, () => {
    const reply = answer({ flags: syn }, "", link);
    assert.ok(reply !== null);
    assert.deepEqual([reply.flags, reply.sequence, reply.acknowledgement], [syn | ack, cookie, 1001]);
    assert.deepEqual([reply.sourcePort, reply.destinationPort], [80, 40_000]);
    assert.deepEqual([reply.sourceMac, reply.destinationMac], [gateway, host]);
    assert.equal(reply.vlan, link === "tagged" ? 7 : -1);
  });

  test(`check sums are right (${link})`, () => {
    for (const [fields, payload] of [
      [{ flags: syn }, ""],
      [{ flags: ack | psh, acknowledgement: after(0) }, get],
    ] as const) {
      const frame = portalAnswer(parsed(sent(fields, payload, link)), 0, options)?.frame;
      assert.ok(frame !== undefined);
      const at = link === "tagged" ? 18 : 14;
      if (link !== 6) assert.equal(internetChecksum(frame.subarray(at, at + 20)), 0);
      const segment = frame.subarray(at + (link === 6 ? 40 : 20));
      const addresses = link === 6 ? frame.subarray(at + 8, at + 40) : frame.subarray(at + 12, at + 20);
      const pseudo = [...addresses, 0, 6, segment.length >> 8, segment.length & 0xff];
      assert.equal(internetChecksum(Uint8Array.from([...pseudo, ...segment])), 0);
    }
  });
}

test("a request is answered by the page and the end, however often it is repeated", () => {
  for (const [request, expected] of [
    [get, page.get],
    [get.replace("GET", "HEAD"), page.head],
  ] as const) {
    const reply = answer({ flags: ack | psh, sequence: 1001, acknowledgement: after(0) }, request);
    assert.ok(reply !== null);
    assert.deepEqual([reply.flags, reply.sequence], [ack | psh | fin, after(0)]);
    assert.equal(reply.acknowledgement, 1001 + request.length);
    const payload = reply.bytes.subarray(reply.payloadOffset, reply.payloadOffset + reply.payloadLength);
    assert.deepEqual(Buffer.from(payload), Buffer.from(expected));
  }
});

test("a browser gets the page in its own language, and its acknowledgement is known again", () => {
  const german = pages.byLanguage.get("de");
  assert.ok(german !== undefined && german.get.length !== page.get.length);
  const asked = (language: string) => {
    const request = get.replace("\r\n\r\n", `\r\nAccept: */*\r\nAccept-Language: ${language}\r\n\r\n`);
    const reply = answer({ flags: ack | psh, sequence: 1001, acknowledgement: after(0) }, request);
    assert.ok(reply !== null);
    return Buffer.from(reply.bytes.subarray(reply.payloadOffset, reply.payloadOffset + reply.payloadLength));
  };
  assert.deepEqual(asked("de-AT, de;q=0.9, en;q=0.8"), Buffer.from(german.get));
  assert.deepEqual(asked("en-US, de;q=0.5"), Buffer.from(page.get));
  assert.deepEqual(asked("fr"), Buffer.from(page.get));
  const end = answer({ flags: ack | fin, sequence: 2000, acknowledgement: after(german.get.length + 1) });
  assert.equal(end?.flags, ack);
});

test("the handshake's end, and parts of a request before the answer is there, are left alone", () => {
  assert.equal(answer({ flags: ack, acknowledgement: after(0) }), null);
  assert.equal(answer({ flags: ack, acknowledgement: after(0) }, "x: y\r\n\r\n"), null);
});

test("what comes after the answer is acknowledged, the machine's own end too", () => {
  for (const bytes of [page.get.length, page.get.length + 1, page.head.length + 1]) {
    const reply = answer({ flags: ack | fin, sequence: 2000, acknowledgement: after(bytes) }, "rest");
    assert.ok(reply !== null);
    assert.deepEqual([reply.flags, reply.sequence, reply.acknowledgement], [ack, after(bytes), 2005]);
    assert.equal(answer({ flags: ack, acknowledgement: after(bytes) }), null);
  }
});

test("the length of a segment counts, not that of its copy", () => {
  const frame = sent({ flags: ack | psh, sequence: 1001, acknowledgement: after(0) }, get + "x".repeat(1000));
  const reply = portalAnswer(parsed(frame.subarray(0, 14 + 200)), 0, options);
  assert.equal(parsed(reply?.frame ?? new Uint8Array()).acknowledgement, 1001 + get.length + 1000);
});

test("another method, an unknown connection and an end without a request are reset", () => {
  for (const [fields, payload] of [
    [{ flags: ack | psh, acknowledgement: after(0) }, "POST / HTTP/1.1\r\n\r\n"],
    [{ flags: ack | psh, acknowledgement: 77 }, get],
    [{ flags: ack, acknowledgement: 77 }, ""],
    [{ flags: ack | fin, acknowledgement: after(0) }, ""],
  ] as const) {
    const reply = answer(fields, payload);
    assert.deepEqual([reply?.flags, reply?.sequence], [rst, fields.acknowledgement]);
  }
});

test("a reset, another port, a fragment and what is no TCP are never answered", () => {
  assert.equal(answer({ flags: rst }), null);
  assert.equal(answer({ flags: rst | ack, acknowledgement: after(0) }), null);
  assert.equal(answer({ flags: syn, destinationPort: 443 }), null);
  assert.equal(answer({ flags: 0 }), null);
  const later = ethernet(
    0x0800,
    ipv4(protocols.tcp, tcp({ destinationPort: 80 }), { fragmentOffset: 10 }),
    host,
    gateway,
  );
  assert.equal(portalAnswer(parsed(later), 0, options), null);
});

test("whatever comes, an answer goes back whence it came, and an answer to an answer is none or a reset", () => {
  fc.assert(
    fc.property(
      fc.nat(0x3f),
      fc.nat(0xffff_ffff),
      fc.oneof(fc.constant(after(0)), fc.nat(0xffff_ffff)),
      fc.string({ maxLength: 40 }),
      (flags, sequence, acknowledgement, payload) => {
        const frame = sent({ flags, sequence, acknowledgement }, payload);
        const answered = portalAnswer(parsed(frame), 0, options);
        if (answered === null) return;
        const back = Buffer.from(answered.frame);
        assert.deepEqual([...back.subarray(0, 12)], [...mac(host), ...mac(gateway)]);
        assert.deepEqual([...back.subarray(26, 34)], [...address("198.51.100.7"), ...address("192.168.1.10")]);
        // It goes to the machine's port, not to port 80: nothing answers it here.
        assert.equal(portalAnswer(parsed(back), 0, options), null);
      },
    ),
  );
});
