import { ipv6Key } from "./address.ts";
import { readByte, readMac } from "./bytes.ts";
import { hopsLeft, protocols, type AddressKey, type Packet } from "./packet.ts";

/** What a machine says of itself by neighbour discovery (RFC 4861). */
export interface NeighbourClaim {
  /** The address that it has, or tries for. */
  readonly address: AddressKey;
  readonly isRouter: boolean;
}

const types = { routerAdvertisement: 134, solicitation: 135, advertisement: 136 } as const;
const targetLinkLayer = 2;

/** Whether it is one of the messages that are read here. */
export function isNeighbourDiscovery({ protocol, icmpType }: Packet): boolean {
  return protocol === protocols.icmpv6 && icmpType >= types.routerAdvertisement && icmpType <= types.advertisement;
}

/**
 * The address that the sender says is its own; null where it says none, speaks for another card, or may be beyond a
 * router: RFC 4861 7.1 takes only what has lost none of 255 hops.
 */
export function parseNeighbour(packet: Packet): NeighbourClaim | null {
  const { bytes, icmpType, payloadOffset, payloadLength } = packet;
  if (payloadOffset < 0 || hopsLeft(packet) !== 255) return null;
  const source = ipv6Key(bytes, packet.sourceOffset);
  if (icmpType === types.routerAdvertisement) return own(source, true);
  if (payloadLength < 16) return null;
  const target = ipv6Key(bytes, payloadOffset);
  // RFC 4862 5.4.2: who asks from no address asks whether anybody has the one that it means to take.
  if (icmpType === types.solicitation) return own(isUnspecified(source) ? target : source, false);
  const option = payloadOffset + 16;
  const hasOption = payloadLength >= 24 && readByte(bytes, option) === targetLinkLayer;
  if (hasOption && readMac(bytes, option + 2) !== packet.sourceMac) return null;
  return own(target, (readByte(bytes, payloadOffset - 4) & 0x80) !== 0);
}

function own(address: string, isRouter: boolean): NeighbourClaim | null {
  return isUnspecified(address) || address.charCodeAt(0) === 0xff ? null : { address, isRouter };
}

function isUnspecified(address: string): boolean {
  return /^\0{16}$/.test(address);
}
