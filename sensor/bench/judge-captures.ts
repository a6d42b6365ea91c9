import { encode } from "dns-packet";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { PcapWriter } from "../src/capture/capture-file/write-pcap.ts";
import { ethernet, ipv4, tcp, udp } from "../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../src/packet/packet.ts";
import { SeededRandom } from "./random.ts";

const { syn, ack, psh } = tcpFlags;

/** An office of this many machines, whose traffic all passes the box. */
const hosts = 40;
const startsAt = 1_767_225_600_000;
/** Long enough for all headers and a DNS answer; what a technician's own capture often has. */
const snapLength = 160;
const batchBytes = 1_048_576;

/** Offsets within an Ethernet frame that carries IPv4. */
const offsets = { destinationMac: 5, sourceMac: 11, source: 26, destination: 30, ports: 34, sequence: 38 } as const;

/** Makes one packet: a template with some bytes changed. */
type NextPacket = (random: SeededRandom) => { readonly bytes: Uint8Array; readonly originalLength: number };

export interface PacketSource {
  readonly next: NextPacket;
  /** In packet time. */
  readonly packetsPerSecond: number;
}

/** Of all packets of the connections, those that begin one. */
const newFlowShare = 1 / 1.8;

/**
 * Nothing but SYNs towards ever new targets and the answers to most of them, 100,000 new connections a minute: within all
 * limits, so that the judge sees every packet.
 */
export function connectionPackets(): PacketSource {
  return { next: nextConnectionPacket(), packetsPerSecond: connectionPacketsPerSecond };
}

export const connectionPacketsPerSecond = 100_000 / 60 / newFlowShare;

/** The same from machines of which each is as fast as a worm: the limits leave the judge 200 a second of each. */
export function outbreakPackets(): PacketSource {
  return { next: nextConnectionPacket(), packetsPerSecond: 100_000 };
}

/** What an office looks like: mostly data, one connection in fifty packets, some DNS questions. */
export function mixedPackets(): PacketSource {
  return { next: nextMixedPacket(), packetsPerSecond: 4_000 };
}

function nextConnectionPacket(): NextPacket {
  const request = ethernet(0x0800, ipv4(protocols.tcp, tcp({ flags: syn, options: [2, 4, 5, 0xb4] })));
  const answer = ethernet(0x0800, ipv4(protocols.tcp, tcp({ flags: syn | ack })));
  let isAnswerDue = false;
  const contact = { host: 0, target: 0, port: 443, sourcePort: 0 };
  return (random) => {
    if (isAnswerDue) {
      isAnswerDue = false;
      address(answer, false, contact.host, contact.target);
      ports(answer, contact.port, contact.sourcePort);
      return { bytes: answer, originalLength: answer.length };
    }
    contact.host = random.below(hosts);
    contact.target = random.below(200_000);
    contact.sourcePort = 32_768 + random.below(28_000);
    isAnswerDue = random.below(10) < 8;
    address(request, true, contact.host, contact.target);
    ports(request, contact.sourcePort, contact.port);
    // Stacks draw the number anew for each connection (RFC 6528).
    for (let byte = 0; byte < 4; byte += 1) request[offsets.sequence + byte] = random.below(256);
    return { bytes: request, originalLength: request.length };
  };
}

function nextMixedPacket(): NextPacket {
  const connections = nextConnectionPacket();
  const payload = Array.from({ length: 1_400 }, (_, index) => index & 0xff);
  const data = ethernet(0x0800, ipv4(protocols.tcp, tcp({ flags: ack | psh, sourcePort: 443 }, payload)));
  const acknowledgement = ethernet(0x0800, ipv4(protocols.tcp, tcp({ flags: ack, destinationPort: 443 })));
  const question = Buffer.from(encode({ type: "query", id: 1, questions: [{ type: "A", name: "www.example.test" }] }));
  const dns = ethernet(0x0800, ipv4(protocols.udp, udp(40_000, 53, [...question])));
  return (random) => {
    const dice = random.below(100);
    if (dice < 4) return connections(random);
    const host = random.below(hosts);
    const target = random.below(2_000);
    if (dice < 5) {
      address(dns, true, host, 1);
      return { bytes: dns, originalLength: dns.length };
    }
    const bytes = dice < 65 ? data : acknowledgement;
    address(bytes, bytes === acknowledgement, host, target);
    bytes[offsets.sequence] = random.below(256);
    const captured = bytes.length > snapLength ? bytes.subarray(0, snapLength) : bytes;
    return { bytes: captured, originalLength: bytes.length };
  };
}

/** Writes the addresses of a machine of the site and of one outside. */
function address(bytes: Uint8Array, isFromSite: boolean, host: number, target: number): void {
  const inside = isFromSite ? offsets.source : offsets.destination;
  const outside = isFromSite ? offsets.destination : offsets.source;
  bytes[isFromSite ? offsets.sourceMac : offsets.destinationMac] = 10 + host;
  bytes[isFromSite ? offsets.destinationMac : offsets.sourceMac] = 1;
  bytes.set([192, 168, 1, 10 + host], inside);
  // 198.18.0.0/15 is set aside for measurements (RFC 2544).
  bytes.set([198, 18 + (target >> 16), (target >> 8) & 0xff, target & 0xff], outside);
}

function ports(bytes: Uint8Array, source: number, destination: number): void {
  bytes.set([source >> 8, source & 0xff, destination >> 8, destination & 0xff], offsets.ports);
}

/** Writes a capture of `packets` packets, the same for the same seed. */
export async function writeCapture(file: Writable, source: PacketSource, packets: number, seed: number): Promise<void> {
  const random = new SeededRandom(seed);
  const writer = new PcapWriter();
  file.write(writer.header());
  let batch = Buffer.allocUnsafe(batchBytes);
  let used = 0;
  for (let index = 0; index < packets; index += 1) {
    const { bytes, originalLength } = source.next(random);
    used = writer.writeRecord(batch, used, startsAt + (index * 1_000) / source.packetsPerSecond, bytes, originalLength);
    if (used > batchBytes - snapLength * 2) {
      if (!file.write(batch.subarray(0, used))) await once(file, "drain");
      batch = Buffer.allocUnsafe(batchBytes);
      used = 0;
    }
  }
  file.end(batch.subarray(0, used));
  await finished(file);
}
