import { ipv4, ipv6, pppoe, tag, tcp, udp } from "../../src/packet/frame-builder.ts";
import { protocols, tcpFlags } from "../../src/packet/packet.ts";

/** Frames in every wrapping that an access line has, and in those that nobody can read. */

type Bytes = readonly number[];

export const types = { ip4: 0x0800, ip6: 0x86dd, customer: 0x8100, provider: 0x88a8, session: 0x8864 } as const;
const ppp = { ip4: 0x0021, ip6: 0x0057 } as const;
export const extensions = { hopByHop: 0, fragment: 44, destination: 60 } as const;

const syn = (destinationPort: number) => tcp({ destinationPort, flags: tcpFlags.syn });
export const syn4 = (port: number, fields: Parameters<typeof ipv4>[2] = {}) => ipv4(protocols.tcp, syn(port), fields);
export const syn6 = (port: number) => ipv6(protocols.tcp, syn(port));
/** IPv6 with eight bytes of options before TCP. */
export const optioned6 = (port: number, kind: number) => ipv6(kind, [protocols.tcp, 0, 1, 4, 0, 0, 0, 0, ...syn(port)]);
/** The first of several fragments. */
const fragment = (next: number, payload: Bytes) => ipv6(extensions.fragment, [next, 0, 0, 1, 0, 0, 0, 7, ...payload]);
export const noOperations = [1, 1, 1, 1];

/** What is wrapped into what: the type of the frame, and all behind it. */
export type Wrapping = (ip: Bytes, version: 4 | 6) => readonly [etherType: number, payload: Bytes];

const inside = (version: 4 | 6) => (version === 4 ? types.ip4 : types.ip6);
export const plain: Wrapping = (ip, version) => [inside(version), ip];
export const session: Wrapping = (ip, version) => [types.session, pppoe(version === 4 ? ppp.ip4 : ppp.ip6, ip)];
export const tagged =
  (by: number, what: Wrapping): Wrapping =>
  (ip, version) => {
    const [etherType, payload] = what(ip, version);
    return [by, tag(7, etherType, payload)];
  };

export const wrappings: Readonly<Record<string, Wrapping>> = {
  "a plain frame": plain,
  "a tag": tagged(types.customer, plain),
  "a provider's tag": tagged(types.provider, plain),
  QinQ: tagged(types.provider, tagged(types.customer, plain)),
  PPPoE: session,
  "PPPoE behind a tag": tagged(types.customer, session),
};

/** Where nobody can say where the port is: dropped whatever it carries. */
export const unknown: Readonly<Record<string, readonly [number, Bytes]>> = {
  "two customer tags": tagged(types.customer, tagged(types.customer, plain))(syn4(80), 4),
  "two provider's tags": tagged(types.provider, tagged(types.provider, plain))(syn4(80), 4),
  "three tags": tagged(types.provider, wrappings["QinQ"] ?? plain)(syn4(80), 4),
  "an old provider's tag": tagged(0x9100, plain)(syn4(80), 4),
  "PPPoE behind two tags": tagged(types.provider, tagged(types.customer, session))(syn4(80), 4),
  "IP options in PPPoE": session(syn4(80, { options: noOperations }), 4),
  "IP options in PPPoE behind a tag": tagged(types.customer, session)(syn4(80, { options: noOperations }), 4),
  "IP options in QinQ": tagged(types.provider, tagged(types.customer, plain))(syn4(80, { options: noOperations }), 4),
  "an extension header in PPPoE": session(optioned6(80, extensions.destination), 6),
  "an extension header in QinQ": tagged(types.provider, tagged(types.customer, plain))(
    optioned6(80, extensions.hopByHop),
    6,
  ),
  "a fragment of IPv6 in PPPoE": session(fragment(protocols.tcp, syn(80)), 6),
  "a compressed protocol in PPPoE": [types.session, [0x11, 0, 0, 1, 0, 60, 0x21, ...syn4(80)]],
  "a compressed packet in PPPoE": [types.session, pppoe(0x00fd, syn4(80))],
  "an odd PPPoE header": [types.session, [0x12, ...session(syn4(80), 4)[1].slice(1)]],
  "MPLS in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x8847, [0, 0, 0x11, 64, ...syn4(80)]))],
  "SNAP in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x0030, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...syn4(80)]))],
  MPLS: [0x8847, [0, 0, 0x11, 64, ...syn4(80)]],
  "SNAP in place of a type": [0x0030, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, ...syn4(80)]],
  "a first fragment of IPv6 without a port": [
    types.ip6,
    fragment(extensions.destination, [protocols.tcp, 1, ...new Array<number>(6).fill(0)]),
  ],
  HSR: [0x892f, [0, 54, 0, 1, 8, 0, ...syn4(80)]],
  PRP: [0x88fb, [0, 54, 0, 1, 8, 0, ...syn4(80)]],
  "a tag that nobody standardised": [0x8909, [1, 1, 0, 1, 0, 7, 8, 0, ...syn4(80)]],
};

/** Types of which nobody knows what they carry: dropped of machines under a block of theirs, and nobody else's. */
export const unheard: Readonly<Record<string, readonly [number, Bytes]>> = {
  "a type for experiments": [0x88b5, syn4(80)],
  "a type for experiments behind a tag": [types.customer, tag(7, 0x88b5, syn4(80))],
  "a type for experiments in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x88b5, syn4(80)))],
  "a type like a tag's": [0x9800, [0, 7, 8, 0, ...syn4(80)]],
  "a type like another tag's": [0xa8a8, [0, 7, 8, 0, ...syn4(80)]],
  "a mirror's type": [0x22eb, [0, 0, 0, 0, 8, 0, ...syn4(80)]],
};

/** What a machine under a block keeps. */
export const kept: Readonly<Record<string, readonly [number, Bytes]>> = {
  "name questions in PPPoE": session(ipv4(protocols.udp, udp(5000, 25)), 4),
  "name questions of IPv6 in PPPoE": session(ipv6(protocols.udp, udp(5000, 25)), 6),
  "name questions in QinQ": tagged(types.provider, tagged(types.customer, plain))(ipv4(17, udp(5000, 25)), 4),
  "later fragments in PPPoE": session(syn4(25, { fragmentOffset: 2 }), 4),
  "agreeing on a PPPoE session": [types.session, pppoe(0xc021, [9, 1, 0, 8, 0, 0, 0, 0])],
  "finding a PPPoE server": [0x8863, [0x11, 9, 0, 0, 0, 4, 1, 1, 0, 0]],
  "802.1X": [0x888e, [1, 1, 0, 0]],
  LLDP: [0x88cc, [1, 2, 3, 4]],
  "LLDP behind a tag": [types.customer, tag(7, 0x88cc, [1, 2, 3, 4])],
  "LLDP in QinQ": [types.provider, tag(7, types.customer, tag(7, 0x88cc, [1, 2, 3, 4]))],
};
