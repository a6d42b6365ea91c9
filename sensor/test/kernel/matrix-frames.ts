import type { Placement } from "@cordon/contract";
import { arp, ethernet, icmp, ipv4, ipv6, pppoe, tcp, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";
import { internetChecksum } from "../../src/remedy/internet-checksum.ts";
import { box } from "./gateway-shape.ts";
import { absenceOf, encapsulations, isSession, links, type Variant } from "./matrix-cells.ts";
import { inwardKinds, outwardKinds, type InwardKind, type OutwardKind } from "./matrix-claims.ts";
import type { Seen } from "./segment-witness.ts";
import { macs } from "./test-site.ts";
import { plain, types } from "./wrapped-frames.ts";

/**
 * What machines of the matrix send, and by what each frame is known where it arrives: by its two cards, since every kind of frame
 * is for a card of its own; beyond a router, where the box's card stands for all, by the far end's address.
 */

export type Role = "contained" | "innocent";
type Bytes = readonly number[];

/** The card of a gateway's outside port. */
export const outsideCard = "02:00:5e:00:00:fd";

/** A machine of another cell of a gateway's network. */
export const other = { card: "02:00:5e:00:05:01", address: "10.77.3.1" } as const;

/** Of an echo request, type and code stand where others have a port. */
const ports = { share: 445, open: 9000, name: 53, ask: 9001, ping: 0x0800 } as const;
const everybody = "ff:ff:ff:ff:ff:ff";
const forgedSource = { 4: "203.0.113.9", 6: "2001:db8:bad::9" } as const;
const manyTargets = 30;

export function nearAddress({ number }: Pick<Variant, "number">, role: Role, family: 4 | 6): string {
  const net = role === "contained" ? 1 : 2;
  return family === 4 ? `10.77.${net}.${number + 10}` : `fd77::${net}:${number + 10}`;
}

/** The card beyond the outside port that a kind of frame goes to or comes from. */
function farCard(kind: OutwardKind | InwardKind): string {
  const outward = outwardKinds.indexOf(kind as OutwardKind);
  return outward >= 0 ? `02:00:5e:00:03:0${outward}` : `02:00:5e:00:04:0${inwardKinds.indexOf(kind as InwardKind)}`;
}

/** Targets are new in each round, and others for each machine: what a throttle has let by once is let by again. */
function farAddress(kind: OutwardKind | "ask", role: Role, round: number, copy: number, family: 4 | 6): string {
  const first = kind === "ask" ? 9 : kind === "scanShare" ? 10 : kind === "scanOpen" ? 50 : outwardKinds.indexOf(kind);
  const last = first + copy + (role === "contained" ? 1 : 101);
  return family === 4 ? `198.18.${round}.${last}` : `2001:db8:0:${round}::${last.toString(16)}`;
}

/** One IP packet with right checksums: a router looks at them, and so does a kernel that is to refuse a connection. */
function packet(family: 4 | 6, protocol: number, payload: Bytes, source: string, destination: string): Bytes {
  if (family === 6) return ipv6(protocol, payload, { source, destination });
  const bytes = ipv4(protocol, payload, { source, destination });
  const header = internetChecksum(Uint8Array.from(bytes.slice(0, 20)));
  bytes.splice(10, 2, header >> 8, header & 0xff);
  if (protocol === protocols.tcp) {
    const whole = internetChecksum(Uint8Array.from(bytes.slice(12)), protocol + payload.length);
    bytes.splice(20 + 16, 2, whole >> 8, whole & 0xff);
  }
  return bytes;
}

function framed(variant: Variant, from: string, to: string, ip: Bytes): string {
  const [etherType, payload] = encapsulations[variant.encapsulation](ip, variant.family);
  return hex(ethernet(etherType, payload, cardNumber(from), cardNumber(to)));
}

function segment(sourcePort: number, destinationPort: number, flags: number): Bytes {
  return tcp({ sourcePort, destinationPort, flags });
}

const nearPort = 41_000;

const echo = icmp(128, 0, [1, 2, 3, 4]);
const echo4 = withChecksum(icmp(8, 0, [1, 2, 3, 4]));

function withChecksum(bytes: number[]): Bytes {
  const sum = internetChecksum(Uint8Array.from(bytes));
  return bytes.toSpliced(2, 2, sum >> 8, sum & 0xff);
}

/** The frames of one kind from one machine to the outside. */
export function outwardFrames(
  kind: OutwardKind,
  role: Role,
  variant: Variant,
  round: number,
  placement: Placement,
): readonly string[] {
  const { family } = variant;
  const from = variant[role];
  const to = placement === "gateway" ? macs.box : farCard(kind);
  const near = nearAddress(variant, role, family);
  // What a gateway is asked goes no further.
  if (kind === "link") return placement === "gateway" ? [] : [linkFrame(variant, role, placement, to)];
  if (kind === "scanLink") {
    // Of a gateway's machines such questions end at the box.
    return placement === "gateway"
      ? []
      : Array.from({ length: manyTargets }, (_, copy) => {
          const question = arp(1, cardNumber(from), nearAddress(variant, role, 4), `10.77.${100 + round}.${copy + 1}`);
          return hex(ethernet(0x0806, question, cardNumber(from), cardNumber(everybody)));
        });
  }
  const send = (protocol: number, payload: Bytes, copy = 0, source: string = near) =>
    framed(variant, from, to, packet(family, protocol, payload, source, farAddress(kind, role, round, copy, family)));
  const opening = (port: number) => segment(nearPort, port, tcpFlags.syn);
  const copies = Array.from({ length: manyTargets }, (_, copy) => copy);
  switch (kind) {
    case "share":
      return [send(protocols.tcp, opening(ports.share))];
    case "open":
      return [send(protocols.tcp, opening(ports.open))];
    case "standing":
      return [send(protocols.tcp, segment(nearPort, ports.open, tcpFlags.ack))];
    case "name":
      return [send(protocols.udp, udp(nearPort, ports.name, [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]))];
    case "ping":
      return [family === 4 ? send(protocols.icmp, echo4) : send(protocols.icmpv6, echo)];
    case "forged":
      return [send(protocols.tcp, opening(ports.open), 0, forgedSource[family])];
    case "scanShare":
      return copies.map((copy) => send(protocols.tcp, opening(ports.share), copy));
    case "scanOpen":
      return copies.map((copy) => send(protocols.tcp, opening(ports.open), copy));
  }
}

/** How many frames of a kind have come out beyond the box. */
export function arrivedOutside(
  seen: Seen,
  kind: OutwardKind,
  role: Role,
  variant: Variant,
  round: number,
  placement: Placement,
): number {
  if (kind === "scanLink") return seen.between(variant[role], everybody);
  if (placement !== "gateway") return seen.between(variant[role], farCard(kind));
  const port =
    kind === "name" || kind === "ping"
      ? ports[kind]
      : kind === "share" || kind === "scanShare"
        ? ports.share
        : ports.open;
  const copies = kind === "scanShare" || kind === "scanOpen" ? manyTargets : 1;
  return Array.from({ length: copies }, (_, copy) =>
    seen.to(farAddress(kind, role, round, copy, variant.family), port),
  ).reduce((sum, count) => sum + count, 0);
}

/** What keeps a machine's link: asking whether its session stands, or, where none can, for its neighbour by ARP or neighbour discovery. */
function linkFrame(variant: Variant, role: Role, placement: Placement, to: string): string {
  const { family, encapsulation } = variant;
  const from = variant[role];
  const neighbour = { source: nearAddress(variant, role, 6), destination: "fe80::1", hopLimit: 255 };
  const wrap = links[encapsulation];
  const [etherType, payload] =
    isSession(variant) && absenceOf(placement, variant) === null
      ? // LCP's echo request (RFC 1661 5.8).
        wrap(() => [types.session, pppoe(0xc021, [9, 1, 0, 8, 0, 0, 0, 0])])([], family)
      : family === 6
        ? wrap(plain)(ipv6(protocols.icmpv6, icmp(135, 0, new Array<number>(20).fill(0)), neighbour), 6)
        : wrap(() => [0x0806, arp(1, cardNumber(from), nearAddress(variant, role, 4), "10.77.0.1")])([], 4);
  return hex(ethernet(etherType, payload, cardNumber(from), cardNumber(to)));
}

const askedFrom = (role: Role) => (role === "contained" ? 31_001 : 31_002);

/** What a machine asks through a gateway before anything is done about it, so that an answer may come. */
export function question(role: Role, variant: Variant, round: number): string {
  const { family } = variant;
  const asked = udp(askedFrom(role), ports.ask, [1]);
  const ip = packet(
    family,
    protocols.udp,
    asked,
    nearAddress(variant, role, family),
    farAddress("ask", role, round, 0, family),
  );
  return framed(variant, variant[role], macs.box, ip);
}

/** Whether what was asked has come out. */
export function hasAsked(seen: Seen, round: number): boolean {
  return (["contained", "innocent"] as const).every(
    (role) => seen.to(farAddress("ask", role, round, 0, 4), ports.ask) > 0,
  );
}

/** A frame of one kind from outside to one machine. Through a gateway nothing begins there. */
export function inwardFrames(
  kind: InwardKind,
  role: Role,
  variant: Variant,
  round: number,
  placement: Placement,
): readonly string[] {
  const { family } = variant;
  if (placement === "gateway") {
    if (kind === "call") return [];
    const answer = udp(ports.ask, askedFrom(role), [2]);
    const ip = packet(4, protocols.udp, answer, farAddress("ask", role, round, 0, 4), box.outside);
    return [framed(variant, macs.provider, outsideCard, ip)];
  }
  const payload =
    kind === "call"
      ? segment(nearPort, ports.share, tcpFlags.syn)
      : segment(ports.open, nearPort, tcpFlags.syn | tcpFlags.ack);
  const far = farAddress("open", role, round, 0, family);
  const ip = packet(family, protocols.tcp, payload, far, nearAddress(variant, role, family));
  return [framed(variant, farCard(kind), variant[role], ip)];
}

export function arrivedInside(
  seen: Seen,
  kind: InwardKind,
  role: Role,
  variant: Variant,
  round: number,
  placement: Placement,
): number {
  if (placement !== "gateway") return seen.between(farCard(kind), variant[role]);
  return kind === "call" ? 0 : seen.from(farAddress("ask", role, round, 0, 4), ports.ask);
}

/** From one machine to its neighbour on the switch. */
export function besideFrame(from: Role, variant: Variant): string {
  const to = from === "contained" ? "innocent" : "contained";
  const { family } = variant;
  const [source, destination] = [nearAddress(variant, from, family), nearAddress(variant, to, family)];
  const ip = packet(family, protocols.tcp, segment(nearPort, ports.share, tcpFlags.syn), source, destination);
  return framed(variant, variant[from], variant[to], ip);
}

/** To a machine on another port of a gateway: on the link, and by way of the box. */
export function toOtherCell(role: Role, variant: Variant): readonly string[] {
  const opening = segment(nearPort, ports.share, tcpFlags.syn);
  const ip = packet(4, protocols.tcp, opening, nearAddress(variant, role, 4), other.address);
  return [other.card, macs.box].map((to) => framed(variant, variant[role], to, ip));
}

export function arrivedInOtherCell(seen: Seen, role: Role, variant: Variant): number {
  return seen.between(variant[role], other.card) + seen.to(other.address, ports.share);
}

/** Each card beyond the outside port says that it is there. */
export const farCardsSpeak: readonly string[] = [...outwardKinds, ...inwardKinds].map((kind) =>
  hex(ethernet(0x88b5, [0], cardNumber(farCard(kind)), cardNumber(macs.box))),
);

function cardNumber(card: string): number {
  return Number.parseInt(card.replaceAll(":", ""), 16);
}

function hex(frame: Uint8Array): string {
  return Buffer.from(frame).toString("hex");
}
