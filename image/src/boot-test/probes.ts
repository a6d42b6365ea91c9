import { ethernet, ipv4, text } from "../../../sensor/src/packet/frame-builder.ts";
import { tcpFlags } from "../../../sensor/src/packet/packet.ts";
import { frameOf, usualOptions, type Segment } from "./tcp-segment.ts";

/** One kind of frame that is sent through the line again and again. */
export interface Probe {
  readonly name: string;
  readonly from: "inside" | "outside";
  readonly frame: Uint8Array;
  /** Bytes that it is known by where it comes out. */
  readonly sign: Uint8Array;
  /** The segment in it; null where it is none. */
  readonly segment: Segment | null;
  /** Whether it may be answered with a reset, on the port it came by. */
  readonly mayBeReset: boolean;
}

/** The machines that the witness plays. The address of the contained one is in the stored set. */
export const players = {
  free: 0x0200_0000_0a01,
  contained: 0x0200_0000_0a02,
  gateway: 0x0200_0000_0a03,
  /** Tries a new target with each packet, as a worm does. */
  scanning: 0x0200_0000_0a05,
  /** Sends nothing, so nobody knows on which side it is. */
  unheard: 0x0200_0000_0a04,
} as const;

/** A MAC as nft writes it. */
export function macText(mac: number): string {
  return (mac.toString(16).padStart(12, "0").match(/../g) ?? []).join(":");
}

const { free, contained, gateway, scanning, unheard } = players;
/** The first of the sixteen groups that a bridge keeps to itself. IEEE 802.1Q, table 8-1. */
const firstGroup = 0x0180_c200_0000;
const groups = { dot1x: firstGroup + 0x3, lldp: firstGroup + 0xe } as const;

function marked(name: string, from: Probe["from"], wrap: (words: readonly number[]) => Uint8Array): Probe {
  const words = text(`cordon witness ${name}`);
  return { name, from, frame: wrap(words), sign: Uint8Array.from(words), segment: null, mayBeReset: false };
}

// IPv4 and UDP without a checksum, from and to ports that nobody serves.
function datagram(name: string, from: Probe["from"], source: number, destination: number): Probe {
  return marked(name, from, (words) => {
    const header = [0xc0, 0x01, 0xc0, 0x02, 0, 8 + words.length, 0, 0];
    return ethernet(0x0800, ipv4(17, [...header, ...words]), source, destination);
  });
}

let lastPort = 40_000;

/** A segment is known by its ports, which no other one has, and its sequence number. */
function segment(
  name: string,
  changes: Partial<Segment>,
  { from = "inside", mayBeReset = false }: Partial<Pick<Probe, "from" | "mayBeReset">> = {},
): Probe {
  const fields: Segment = {
    sourceMac: contained,
    destinationMac: gateway,
    vlans: [],
    source: "192.168.1.10",
    destination: "198.51.100.7",
    sourcePort: ++lastPort,
    destinationPort: 443,
    flags: tcpFlags.syn,
    sequence: 0x1122_3344,
    acknowledgement: 0,
    options: usualOptions,
    payload: [],
    ...changes,
  };
  const frame = frameOf(fields);
  const at = frame.length - fields.payload.length - fields.options.length - 20;
  const sign = frame.slice(at, at + 8);
  return { name, from, frame, sign, segment: fields, mayBeReset };
}

/** Sent all together, again and again. */
export const datagrams: readonly Probe[] = [
  datagram("free-out", "inside", free, gateway),
  datagram("free-in", "outside", gateway, free),
  datagram("contained-out", "inside", contained, gateway),
  datagram("contained-in", "outside", gateway, contained),
  marked("dot1x", "inside", (words) => ethernet(0x888e, words, free, groups.dot1x)),
  marked("lldp", "outside", (words) => ethernet(0x88cc, words, gateway, groups.lldp)),
  marked("tagged", "inside", (words) => ethernet(0x8100, [0, 7, 0x88, 0xcc, ...words], free, gateway)),
];

const established = {
  flags: tcpFlags.psh | tcpFlags.ack,
  acknowledgement: 0x5566_7788,
  options: [],
  payload: text("GET / HTTP/1.1\r\n"),
} as const;
const mayBeReset = { mayBeReset: true } as const;

/** Sent one after the other. */
export const segments: readonly Probe[] = [
  segment("contained-syn", {}, mayBeReset),
  segment("contained-data", established, mayBeReset),
  segment("contained-syn-6", { source: "fd00::10", destination: "2001:db8::7" }, mayBeReset),
  segment("contained-data-6", { ...established, source: "fd00::10", destination: "2001:db8::7" }, mayBeReset),
  segment("contained-syn-tagged", { vlans: [7] }, mayBeReset),
  segment("contained-syn-double", { vlans: [7, 8] }),
  segment("contained-rst", { flags: tcpFlags.rst }),
  segment("contained-to-unheard", { destinationMac: unheard }),
  segment("contained-from-gateway", { sourceMac: gateway, destinationMac: contained }, { from: "outside" }),
  segment("blocked-syn", { sourceMac: free, destinationPort: 25 }, mayBeReset),
  segment("free-syn", { sourceMac: free }),
];

// EtherTypes: 0x8809 is LACP (IEEE 802.3, annex 57B), 0x88cc LLDP, which the machine under a vector block keeps as well. Spanning
// tree has a length in their place, and its service access points (IEEE 802.1D, 9.3).
const stp = marked("stp", "outside", (words) =>
  ethernet(3 + words.length, [0x42, 0x42, 0x03, ...words], gateway, firstGroup),
);
const lacp = marked("lacp", "inside", (words) => ethernet(0x8809, [0x01, ...words], free, firstGroup + 0x2));
const lesserGroups = [0x4, 0x5, 0x6, 0x7, 0x8, 0x9, 0xa, 0xb, 0xc, 0xd, 0xf].map((number) =>
  marked(`group-${number.toString(16)}`, number % 2 === 0 ? "inside" : "outside", (words) =>
    ethernet(0x88cc, words, number % 2 === 0 ? free : gateway, firstGroup + number),
  ),
);

/** To all groups but that of pause frames; sent one after the other. */
export const toGroups: readonly Probe[] = [stp, lacp, ...lesserGroups];

/** Those that no quarantine lets pass, in either direction. */
export const stopped: readonly string[] = [...datagrams, ...segments].flatMap(({ name }) =>
  name.startsWith("contained-") ? [name] : [],
);

/** The kinds of frames that a cable would pass and the kernel's bridge does not by itself. */
export const likeACable: readonly string[] = ["dot1x", "lldp", "tagged", ...toGroups.map(({ name }) => name)];

const scanSign = Uint8Array.from([...ethernet(0, [], scanning, gateway).slice(0, 12)]);

/** The first packet of the machine that scans to its target of that number. */
export function scanFrame(target: number): Uint8Array {
  return frameOf({
    sourceMac: scanning,
    destinationMac: gateway,
    vlans: [],
    source: "192.168.1.11",
    destination: `198.18.${(target >> 8) & 0xff}.${target & 0xff}`,
    sourcePort: 40_000,
    destinationPort: 445,
    flags: tcpFlags.syn,
    sequence: 0x1122_3344,
    acknowledgement: 0,
    options: usualOptions,
    payload: [],
  });
}

/** The number of the target that a frame of the scan is for; null where it is of no scan. */
export function scannedIn(frame: Uint8Array): number | null {
  if (!scanSign.every((byte, index) => frame[index] === byte)) return null;
  // Behind 14 bytes of Ethernet, the last two of the destination.
  return ((frame[32] ?? 0) << 8) | (frame[33] ?? 0);
}
