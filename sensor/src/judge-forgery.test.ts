import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "dns-packet";
import type { Side } from "./capture/frame.ts";
import { hostKey, hostMac, monday, stranger } from "./judge-scene.ts";
import { Judge } from "./judge.ts";
import { aFrame, arp, ethernet, icmp, ipv4, tcp, udp } from "./packet/frame-builder.ts";
import { createPacket, tcpFlags } from "./packet/packet.ts";
import { parseFrame } from "./packet/parse.ts";
import { WeirdCounter } from "./packet/weird.ts";

/** What a machine may forge to be acquitted, or to have another one accused. */

const gateway = 0x0200_0000_fe01;
const culprit = hostMac(66);
const culpritAddress = "192.168.1.66";

/** A judge and the frames that it is given at once, as its bridge would. */
function aWire(exclude: readonly string[] = []) {
  const judge = new Judge({ localNets: [], declared: [], exclude });
  const packet = createPacket();
  const weird = new WeirdCounter();
  const frame = (at: number, bytes: Uint8Array, side: Side): void => {
    judge.advance(at);
    if (parseFrame(aFrame(bytes, { at, side }), packet, weird)) judge.observe(packet);
  };
  const segment = (fields: Parameters<typeof tcp>[0], source: string, destination: string) =>
    ipv4(6, tcp(fields), { source, destination });
  return {
    judge,
    frame,
    syn(at: number, target: string, port: number, sourcePort: number, mac = culprit): void {
      const fields = { sourcePort, destinationPort: port, sequence: at % 0xffff_ffff };
      frame(at, ethernet(0x0800, segment(fields, culpritAddress, target), mac, gateway), "inside");
    },
    /** In the name of anybody, sent by the culprit's own card unless said otherwise. */
    synAck(at: number, from: string, port: number, to: string, toPort: number, side: Side = "inside"): void {
      const fields = { sourcePort: port, destinationPort: toPort, flags: tcpFlags.syn | tcpFlags.ack };
      const [source, destination] = side === "inside" ? [culprit, gateway] : [gateway, culprit];
      frame(at, ethernet(0x0800, segment(fields, from, to), source, destination), side);
    },
    verdict: (key = hostKey(66)) => judge.hosts().find((host) => host.host === key),
  };
}

test("a port of the box that hangs on the office's switch is no host, from whatever time it is known", () => {
  const wire = aWire();
  const management = 0x0200_0000_fe07;
  const scan = (from: number) => {
    for (let index = 0; index < 40; index += 1) {
      wire.syn(monday + from + index * 100, stranger(from + index), 445, 50_000, management);
    }
  };
  wire.judge.leaveOut({ exclude: [], ownMacs: ["02:00:00:00:fe:07"] });
  scan(0);
  wire.frame(monday + 5000, ethernet(0x0806, arp(1, management, culpritAddress, "192.168.1.1"), management), "inside");
  assert.deepEqual(wire.judge.hosts(), []);
  // One of another box, which was taken for this one's.
  wire.judge.leaveOut({ exclude: [] });
  scan(10_000);
  const checkpoint = wire.judge.checkpoint();
  assert.deepEqual(
    checkpoint.hosts.map(({ host }) => host),
    ["02:00:00:00:fe:07"],
  );
  const next = new Judge({ localNets: [], declared: [], exclude: [], ownMacs: ["02:00:00:00:fe:07"] });
  next.restore(checkpoint);
  assert.deepEqual(next.hosts(), []);
});

test("a mailer that sends a SYN-ACK from its own port 25, which nobody called, is no mail server", () => {
  const wire = aWire();
  for (let index = 0; index < 40; index += 1) {
    const at = monday + index * 300;
    wire.syn(at, stranger(index), 25, 50_000 + index);
    wire.synAck(at + 30, stranger(index), 25, culpritAddress, 50_000 + index, "outside");
  }
  wire.synAck(monday + 15_000, culpritAddress, 25, "203.0.113.1", 4000);
  wire.judge.advance(monday + 60_000);
  assert.equal(wire.verdict()?.role.name, "unknown");
  assert.equal(wire.verdict()?.verdict, "infected");
});

test("a worm that answers itself in its targets' names is not acquitted", () => {
  const wire = aWire();
  for (let index = 0; index < 60; index += 1) {
    const at = monday + index * 2600;
    wire.syn(at, stranger(index), 445, 50_000 + index);
    wire.synAck(at + 5, stranger(index), 445, culpritAddress, 50_000 + index);
  }
  wire.judge.advance(monday + 200_000);
  assert.equal(wire.verdict()?.verdict, "infected");
});

test("a worm that forbids itself by ICMP is not acquitted", () => {
  const wire = aWire();
  for (let index = 0; index < 24; index += 1) {
    const at = monday + index * 2600;
    wire.syn(at, stranger(index), 445, 50_000 + index);
    const header = tcp({ destinationPort: 445, sourcePort: 50_000 + index }).slice(0, 8);
    const quoted = ipv4(6, header, { source: culpritAddress, destination: stranger(index), totalLength: 40 });
    const error = ipv4(1, icmp(3, 13, quoted), { source: culpritAddress, destination: "192.168.1.1" });
    wire.frame(at + 1, ethernet(0x0800, error, culprit, gateway), "inside");
  }
  wire.judge.advance(monday + 120_000);
  assert.equal(wire.verdict()?.verdict, "infected");
});

test("neighbours that refuse by ICMP themselves are no gateway that refuses", () => {
  const wire = aWire();
  for (let index = 0; index < 50; index += 1) {
    const target = `192.168.1.${100 + index}`;
    const at = monday + index * 200;
    wire.syn(at, target, 23, 50_000 + index);
    const header = tcp({ destinationPort: 23, sourcePort: 50_000 + index }).slice(0, 8);
    const quoted = ipv4(6, header, { source: culpritAddress, destination: target, totalLength: 40 });
    const error = ipv4(1, icmp(3, 10, quoted), { source: target, destination: culpritAddress });
    wire.frame(at + 3, ethernet(0x0800, error, hostMac(100 + index), culprit), "inside");
  }
  wire.judge.advance(monday + 60_000);
  assert.equal(wire.verdict()?.verdict, "infected");
});

test("a mailer that forges one provider's names for all its targets is not acquitted", () => {
  const wire = aWire();
  const answers = Array.from({ length: 40 }, (_, index) => {
    const data = stranger(index);
    return { type: "A" as const, name: `h${index}.provider.example`, ttl: 9, data };
  });
  const forged = udp(53, 4000, [...encode({ type: "response", id: 7, questions: [], answers })]);
  const packet = ipv4(17, forged, { source: culpritAddress, destination: "192.168.1.1" });
  wire.frame(monday, ethernet(0x0800, packet, culprit, gateway), "inside");
  for (let index = 0; index < 40; index += 1)
    wire.syn(monday + 1000 + index * 300, stranger(index), 25, 50_000 + index);
  wire.judge.advance(monday + 60_000);
  assert.equal(wire.verdict()?.role.name, "unknown");
  assert.equal(wire.verdict()?.verdict, "infected");
});

test("the box's own MAC on the inside port is somebody else, and judged", () => {
  const box = 0x0200_0000_00fd;
  const wire = aWire(["02:00:00:00:00:fd"]);
  for (let index = 0; index < 20; index += 1) {
    wire.syn(monday + index * 300, stranger(index), 445, 50_000 + index, box);
  }
  wire.judge.advance(monday + 60_000);
  assert.equal(wire.verdict("02:00:00:00:00:fd")?.verdict, "infected");
});

test("an ARP sweep in another machine's name accuses nobody", () => {
  const wire = aWire();
  for (let index = 0; index < 130; index += 1) {
    const forged = arp(1, hostMac(30), "192.168.1.30", `192.168.1.${1 + index}`);
    wire.frame(monday + index * 50, ethernet(0x0806, forged, culprit, 0xffff_ffff_ffff), "inside");
  }
  wire.judge.advance(monday + 60_000);
  assert.equal(wire.verdict(hostKey(30)), undefined);
});
