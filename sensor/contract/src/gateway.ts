import { Type, type Static } from "typebox";

const octet = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const ipv4 = `(${octet}\\.){3}${octet}`;
/** An IPv4 address with the length of its network's prefix. */
const InterfaceAddress = Type.String({ pattern: `^${ipv4}/(1[6-9]|2[0-9])$` });
const Ipv4 = Type.String({ pattern: `^${ipv4}$` });

/** What a box needs to be the gateway of a repair network (placement `gateway`). */
export const GatewayProfile = Type.Object({
  /** The box's address in the repair network; the other addresses of that network are given out by DHCP. */
  inside: InterfaceAddress,
  /** The box's address on its outside port, and the router there; absent: both come by DHCP. */
  outside: Type.Optional(Type.Object({ address: InterfaceAddress, router: Ipv4 })),
  /** Name servers that questions are passed on to; absent or empty: those that the outside's DHCP names. */
  resolvers: Type.Optional(Type.Array(Ipv4, { maxItems: 4 })),
  /** More ports of the repair network, beside `ports.inside`; machines on different ports are kept apart. Absent means none. */
  insidePorts: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 15 }), { maxItems: 64 })),
});
export type GatewayProfile = Static<typeof GatewayProfile>;

/** What a profile of placement `gateway` without a word on it means. */
export const defaultGateway: GatewayProfile = { inside: "10.213.77.1/24" };
