import assert from "node:assert/strict";
import { test } from "node:test";
import { aFrame, arp, ethernet, icmp, ipv4, ipv6, tcp, tcpFrame, text, udp } from "../packet/frame-builder.ts";
import { createPacket, tcpFlags, type Packet } from "../packet/packet.ts";
import { parseFrame } from "../packet/parse.ts";
import { WeirdCounter } from "../packet/weird.ts";
import { linkTypes, type Frame } from "./frame.ts";
import { kernelSelection, Selector } from "./selector.ts";

const { fin, syn, rst, psh, ack } = tcpFlags;

function parse(bytes: Uint8Array, fields: Partial<Frame> = {}): Packet {
  const packet = createPacket();
  parseFrame(aFrame(bytes, fields), packet, new WeirdCounter());
  return packet;
}

const smtp = (payload: string, destinationPort = 25) => tcpFrame({ destinationPort, flags: psh | ack }, text(payload));

const table: readonly { name: string; frame: Uint8Array; rule: string | null }[] = [
  { name: "a SYN", frame: tcpFrame({ flags: syn }), rule: "syn" },
  { name: "a SYN with other bits that no rule looks at", frame: tcpFrame({ flags: syn | psh }), rule: "syn" },
  { name: "a SYN over IPv6", frame: ethernet(0x86dd, ipv6(6, tcp())), rule: "syn" },
  { name: "a SYN-ACK", frame: tcpFrame({ flags: syn | ack }), rule: "syn-ack" },
  { name: "a SYN with FIN", frame: tcpFrame({ flags: syn | fin }), rule: "odd-flags" },
  { name: "a segment without any flag", frame: tcpFrame({ flags: 0 }), rule: "odd-flags" },
  { name: "a FIN alone", frame: tcpFrame({ flags: fin }), rule: "odd-flags" },
  { name: "a RST without ACK", frame: tcpFrame({ flags: rst, sequence: 77 }), rule: "refusal" },
  { name: "a RST that refuses a SYN", frame: tcpFrame({ flags: rst | ack, sequence: 0 }), rule: "refusal" },
  { name: "a RST in mid-stream", frame: tcpFrame({ flags: rst | ack, sequence: 77 }), rule: null },
  { name: "data", frame: tcpFrame({ flags: psh | ack }, text("GET /")), rule: null },
  { name: "a pure ACK", frame: tcpFrame({ flags: ack }), rule: null },
  { name: "a TCP header cut short", frame: ethernet(0x0800, ipv4(6, tcp().slice(0, 16))), rule: null },
  { name: "a later fragment", frame: ethernet(0x0800, ipv4(6, tcp(), { fragmentOffset: 9 })), rule: null },
  { name: "an SMTP command", frame: smtp("MAIL FROM:<a@example.test>\r\n"), rule: "smtp" },
  {
    name: "an SMTP command in lower case, on the submission port",
    frame: smtp("rcpt to:<a@b.test>", 587),
    rule: "smtp",
  },
  { name: "an SMTP command elsewhere", frame: smtp("MAIL FROM:<a@example.test>\r\n", 80), rule: null },
  { name: "another word towards port 25", frame: smtp("DATA\r\n"), rule: null },
  { name: "fewer than four bytes towards port 25", frame: smtp("MAI"), rule: null },
  { name: "an answer from port 25", frame: tcpFrame({ sourcePort: 25, flags: ack }, text("MAIL")), rule: null },
  { name: "an ICMP error", frame: ethernet(0x0800, ipv4(1, icmp(3, 1))), rule: "icmp-error" },
  { name: "an ICMPv6 error", frame: ethernet(0x86dd, ipv6(58, icmp(1, 3))), rule: "icmp-error" },
  { name: "a ping", frame: ethernet(0x0800, ipv4(1, icmp(8, 0))), rule: "ping" },
  { name: "its answer over IPv6", frame: ethernet(0x86dd, ipv6(58, icmp(129, 0))), rule: "ping" },
  { name: "neighbour discovery", frame: ethernet(0x86dd, ipv6(58, icmp(135, 0))), rule: "neighbour" },
  { name: "a question for a router", frame: ethernet(0x86dd, ipv6(58, icmp(133, 0))), rule: null },
  { name: "a DNS question", frame: ethernet(0x0800, ipv4(17, udp(5000, 53))), rule: "dns" },
  { name: "a DNS answer", frame: ethernet(0x0800, ipv4(17, udp(53, 5000))), rule: "dns" },
  { name: "DHCP", frame: ethernet(0x0800, ipv4(17, udp(68, 67))), rule: "dhcp" },
  { name: "multicast DNS", frame: ethernet(0x0800, ipv4(17, udp(5353, 5353))), rule: "names" },
  { name: "an answer by LLMNR", frame: ethernet(0x0800, ipv4(17, udp(5355, 50_000))), rule: "names" },
  { name: "a NetBIOS name", frame: ethernet(0x0800, ipv4(17, udp(137, 137))), rule: "names" },
  { name: "other UDP", frame: ethernet(0x0800, ipv4(17, udp(5000, 443))), rule: "udp" },
  { name: "ARP", frame: ethernet(0x0806, arp(1, 5, "10.0.0.1", "10.0.0.2")), rule: "arp" },
  { name: "a router that dials", frame: ethernet(0x8863, [0x11, 0x09, 0, 0, 0, 0]), rule: "pppoe-discovery" },
  { name: "LLDP", frame: ethernet(0x88cc, []), rule: null },
];

for (const { name, frame, rule } of table) {
  test(`${name} is ${rule === null ? "not handed up" : `handed up by ${rule}`}`, () => {
    assert.equal(new Selector().select(parse(frame)), rule);
  });
}

function offered(selector: Selector, packets: Iterable<Packet>): number {
  let handedUp = 0;
  for (const packet of packets) if (selector.select(packet) !== null) handedUp += 1;
  return handedUp;
}

test("a retry storm of rising source ports becomes five copies and an exact count", () => {
  const selector = new Selector();
  const storm = Array.from({ length: 500 }, (_, index) => parse(tcpFrame({ sourcePort: 40_000 + index })));
  assert.equal(offered(selector, storm), 5);
  assert.deepEqual([selector.handedUp()["syn"], selector.heldBack()["syn"]], [5, 495]);
});

test("a flood is marked beyond what a program sends, in a few samples, and hides no other target", () => {
  const selector = new Selector();
  let samples = 0;
  for (let index = 0; index < 4000; index += 1) {
    const packet = parse(tcpFrame({ sourcePort: 2000 + index, destinationPort: 80 }), { at: index * 5 });
    if (selector.select(packet) === "syn-flood") {
      samples += 1;
      assert.equal(packet.mark, "flooded");
    }
  }
  // 20 s of 200 a second: three at once and one each five seconds.
  assert.ok(samples >= 5 && samples <= 7, `${samples} samples`);
  assert.equal(selector.select(parse(tcpFrame({ destination: "203.0.113.9" }), { at: 20_001 })), "syn");
});

test("a scan of 200 targets stays 200 copies", () => {
  const scan = Array.from({ length: 200 }, (_, index) => parse(tcpFrame({ destination: `198.51.100.${index}` })));
  assert.equal(offered(new Selector(), scan), 200);
});

test("one machine is held to its own limit while the next one is heard", () => {
  const selector = new Selector();
  const flood = Array.from({ length: 3000 }, (_, index) =>
    parse(tcpFrame({ destination: `10.${index >> 8}.${index & 255}.9`, source: `192.168.7.${index & 127}` })),
  );
  assert.equal(offered(selector, flood), kernelSelection.perMac.burst);
  assert.equal(selector.heldBack()["syn"], 3000 - kernelSelection.perMac.burst);
  const neighbour = ethernet(0x0800, ipv4(6, tcp()), 0x0200_0000_0077);
  assert.equal(selector.select(parse(neighbour)), "syn");
});

test("a worm whose targets refuse does not silence the answers to its neighbour", () => {
  const gateway = 0x0200_0000_0001;
  const worm = 0x0200_0000_0009;
  const neighbour = 0x0200_0000_0010;
  const refusal = tcp({ sourcePort: 445, flags: rst | ack, sequence: 0 });
  const answer = tcp({ sourcePort: 443, flags: syn | ack });
  const selector = new Selector();
  let answers = 0;
  for (let index = 0; index < 5000; index += 1) {
    const source = `198.51.${index >> 8}.${index & 255}`;
    const ends = { source, destination: "192.168.1.9" };
    selector.select(parse(ethernet(0x0800, ipv4(6, refusal, ends), gateway, worm), { at: index * 2 }));
    if (index % 50 !== 0) continue;
    const other = { source, destination: "192.168.1.10" };
    const copy = parse(ethernet(0x0800, ipv4(6, answer, other), gateway, neighbour), { at: index * 2 + 1 });
    if (selector.select(copy) !== null) answers += 1;
  }
  assert.equal(answers, 100);
});

test("where no MAC is known the address stands for the machine", () => {
  const raw = { linkType: linkTypes.raw };
  const selector = new Selector();
  const flood = Array.from({ length: 1000 }, (_, index) =>
    parse(Uint8Array.from(ipv4(6, tcp({ destinationPort: index + 1 }))), raw),
  );
  assert.equal(offered(selector, flood), kernelSelection.perMac.burst);
  assert.equal(selector.select(parse(Uint8Array.from(ipv4(6, tcp(), { source: "192.168.1.11" })), raw)), "syn");
});

test("above the limit of all together copies are held back whoever sent them", () => {
  const selector = new Selector({ ...kernelSelection, global: { perSecond: 10, burst: 10 } });
  const many = Array.from({ length: 50 }, (_, index) =>
    parse(ethernet(0x0800, ipv4(6, tcp()), 0x0200_0000_0100 + index)),
  );
  // One contact each: neither the rule's key nor the MAC repeats, since the source differs too.
  many.forEach((packet, index) => (packet.bytes[29] = index));
  assert.equal(offered(selector, many), 10);
});

test("a copy is as long as the kernel would have made it", () => {
  const selector = new Selector();
  const packet = parse(smtp(`MAIL FROM:<${"a".repeat(400)}@example.test>\r\n`));
  assert.equal(selector.select(packet), "smtp");
  assert.equal(packet.payloadLength, 256 - 40);
  const short = parse(smtp("MAIL FROM:<a@example.test>\r\n"));
  selector.select(short);
  assert.equal(short.payloadLength, 28);
});
