import { pppoe, tag } from "../../src/packet/frame-builder.ts";

/** What a contained machine may wrap IP into, so that nobody finds it. */

type Bytes = readonly number[];

/** Type of a frame and all behind it. */
export type Payload = readonly [etherType: number, payload: Bytes];

export const types = {
  ip4: 0x0800,
  arp: 0x0806,
  ip6: 0x86dd,
  customer: 0x8100,
  provider: 0x88a8,
  session: 0x8864,
} as const;

/** Wraps a packet of IP. */
export type Wrapping = (ip: Bytes, version: 4 | 6) => Payload;
export const plain: Wrapping = (ip, version) => [version === 4 ? types.ip4 : types.ip6, ip];
export const session: Wrapping = (ip, version) => [types.session, pppoe(version === 4 ? 0x0021 : 0x0057, ip)];
export const tagged =
  (by: number, what: Wrapping, vlan = 7): Wrapping =>
  (ip, version) => {
    const [etherType, payload] = what(ip, version);
    return [by, tag(vlan, etherType, payload)];
  };
/** A header of LLC, its length in place of the type. */
export const llc =
  (before: Bytes): Wrapping =>
  (ip) => [before.length + ip.length, [...before, ...ip]];
const snap =
  (organisation: Bytes): Wrapping =>
  (ip, version) =>
    llc([0xaa, 0xaa, 3, ...organisation, ...(version === 4 ? [8, 0] : [0x86, 0xdd])])(ip, version);
const behind =
  (etherType: number, before: Bytes): Wrapping =>
  (ip) => [etherType, [...before, ...ip]];
export const innerEthernet: Wrapping = (ip, version) => [
  0,
  [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ...(version === 4 ? [8, 0] : [0x86, 0xdd]), ...ip],
];
const around =
  (etherType: number, before: Bytes): Wrapping =>
  (ip, version) => [etherType, [...before, ...innerEthernet(ip, version)[1]]];

export const wrappings: Readonly<Record<string, Wrapping>> = {
  "a plain frame": plain,
  "a tag": tagged(types.customer, plain),
  "a priority tag": tagged(types.customer, plain, 0xe000),
  "a provider's tag": tagged(types.provider, plain),
  QinQ: tagged(types.provider, tagged(types.customer, plain)),
  "QinQ the wrong way round": tagged(types.customer, tagged(types.provider, plain)),
  "two customer tags": tagged(types.customer, tagged(types.customer, plain)),
  "two provider's tags": tagged(types.provider, tagged(types.provider, plain)),
  "three tags": tagged(types.provider, tagged(types.provider, tagged(types.customer, plain))),
  "an old provider's tag": tagged(0x9100, plain),
  ...Object.fromEntries(
    [
      [0x9100, 0x8100],
      [0x9100, 0x88a8],
      [0x9100, 0x9100],
      [0x88a8, 0x9100],
      [0x8100, 0x9100],
      [0x9200, 0x8100],
      [0x88a8, 0x8100, 0x8100],
      [0x8100, 0x88a8, 0x8100],
      [0x8100, 0x8100, 0x8100],
      [0x88a8, 0x8100, 0x9100],
      [0x9100, 0x88a8, 0x8100],
    ].map((stack) => [
      `tags of ${stack.map((type) => type.toString(16)).join(", ")}`,
      stack.reduceRight<Wrapping>((what, by) => tagged(by, what), plain),
    ]),
  ),
  PPPoE: session,
  "PPPoE behind a tag": tagged(types.customer, session),
  "PPPoE behind two tags": tagged(types.provider, tagged(types.customer, session)),
  "PPPoE with a compressed protocol": (ip) => [types.session, [0x11, 0, 0, 1, 0, ip.length + 1, 0x21, ...ip]],
  "PPPoE with an odd code": (ip) => [types.session, [0x11, 0x65, 0, 1, 0, ip.length + 2, 0, 0x21, ...ip]],
  "PPPoE of another version": (ip) => [types.session, [0x21, 0, 0, 1, 0, ip.length + 2, 0, 0x21, ...ip]],
  "PPPoE of the other family": (ip, version) => [types.session, pppoe(version === 4 ? 0x0057 : 0x0021, ip)],
  "PPPoE with bridged Ethernet": (ip, version) => [
    types.session,
    pppoe(0x0031, [0, 1, ...innerEthernet(ip, version)[1]]),
  ],
  "PPPoE with several links": (ip) => [types.session, pppoe(0x003d, [0xc0, 0, 0, 1, 0, 0x21, ...ip])],
  "PPPoE with an address field": (ip) => [types.session, pppoe(0xff03, [0, 0x21, ...ip])],
  "PPPoE with MPLS": (ip) => [types.session, pppoe(0x0281, [0, 0, 0x11, 64, ...ip])],
  "PPPoE with an odd code behind a tag": tagged(types.customer, (ip) => [
    types.session,
    [0x11, 0x65, 0, 1, 0, ip.length + 2, 0, 0x21, ...ip],
  ]),
  "PPPoE behind an old tag": tagged(0x9100, session),
  "PPPoE in PPPoE": (ip, version) => [types.session, pppoe(0x0053, session(ip, version)[1])],
  HSR: behind(0x892f, [0, 54, 0, 1, 8, 0]),
  PRP: behind(0x88fb, [0, 54, 0, 1, 8, 0]),
  "HSR behind a tag": tagged(types.customer, behind(0x892f, [0, 54, 0, 1, 8, 0])),
  "HSR in QinQ": tagged(types.provider, tagged(types.customer, behind(0x892f, [0, 54, 0, 1, 8, 0]))),
  "a tag that nobody standardised": behind(0x8909, [1, 1, 0, 1, 0, 7, 8, 0]),
  "a mirror's type": behind(0x22eb, [0, 0, 0, 0, 8, 0]),
  "a type like a tag's": tagged(0x9800, plain),
  "a type like another tag's": tagged(0xa8a8, plain),
  "a type for experiments": behind(0x88b5, []),
  "a type for experiments behind a tag": tagged(types.customer, behind(0x88b5, [])),
  "a type for experiments in QinQ": tagged(types.provider, tagged(types.customer, behind(0x88b5, []))),
  MPLS: behind(0x8847, [0, 0, 0x11, 64]),
  "MPLS of the upstream": behind(0x8848, [0, 0, 0x11, 64]),
  "MPLS behind a tag": tagged(types.customer, behind(0x8847, [0, 0, 0x11, 64])),
  PBB: around(0x88e7, [0, 0, 0, 1]),
  "MACsec without encryption": behind(0x88e5, [0, 0, 0, 0, 0, 1, 8, 0]),
  "bridged Ethernet": around(0x6558, []),
  TRILL: around(0x22f3, [0, 0, 0, 1, 0, 2]),
  SNAP: snap([0, 0, 0]),
  "SNAP of a bridge tunnel": snap([0, 0, 0xf8]),
  "SNAP behind a tag": tagged(types.customer, snap([0, 0, 0])),
  "SNAP behind a provider's tag": tagged(types.provider, snap([0, 0, 0])),
  "SNAP in QinQ": tagged(types.provider, tagged(types.customer, snap([0, 0, 0]))),
  "SNAP of a tag": (ip) => llc([0xaa, 0xaa, 3, 0, 0, 0, 0x81, 0, 0, 7, 8, 0])(ip, 4),
  "SNAP of PPPoE": (ip, version) => llc([0xaa, 0xaa, 3, 0, 0, 0, 0x88, 0x64])(session(ip, version)[1], version),
  "LLC of IP": llc([6, 6, 3]),
  "LLC in a large frame": behind(0x8870, [0xaa, 0xaa, 3, 0, 0, 0, 8, 0]),
};
