import { parseAddress } from "./address.ts";
import type { AddressKey } from "./packet.ts";

/** A network: an address of it and how many bits of that count. */
export interface Cidr {
  readonly base: AddressKey;
  readonly bits: number;
}

/** RFC 1918, RFC 3927, RFC 4291 2.5.6, RFC 4193: what a site has where nobody said otherwise. */
export const privateNets: readonly string[] = [
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "169.254.0.0/16",
  "fe80::/10",
  "fc00::/7",
];

/** Reads `192.0.2.0/24`, `2001:db8::/32`, or an address alone; null where the text is neither. */
export function parseCidr(text: string): Cidr | null {
  const [address, length, ...rest] = text.trim().split("/");
  if (address === undefined || rest.length > 0) return null;
  const base = parseAddress(address);
  if (base === null) return null;
  const most = typeof base === "number" ? 32 : 128;
  if (length === undefined) return { base, bits: most };
  if (!/^\d{1,3}$/.test(length) || Number(length) > most) return null;
  return { base, bits: Number(length) };
}

/** A set of networks, to ask whether an address is in one of them. */
export class NetSet {
  /** Base and mask in turns. */
  readonly #ipv4: number[] = [];
  /** By the first byte of an address, whether any of them begins with it: most addresses of the Internet are told by that. */
  readonly #firstBytes = new Uint8Array(256);
  readonly #ipv6: Cidr[] = [];

  /** Texts that are no network are left out: whoever takes them from a person checks with `parseCidr`. */
  constructor(nets: readonly string[]) {
    for (const text of nets) {
      const net = parseCidr(text);
      if (net === null) continue;
      if (typeof net.base === "number") {
        const mask = net.bits === 0 ? 0 : -1 << (32 - net.bits);
        this.#ipv4.push(net.base & mask, mask);
        const firstBits = mask >>> 24;
        for (let byte = 0; byte < 256; byte += 1) {
          if ((byte & firstBits) === (net.base & mask) >>> 24) this.#firstBytes[byte] = 1;
        }
      } else {
        this.#ipv6.push(net);
      }
    }
  }

  /** The nets of a site; none given means private and link-local ranges. */
  static ofSite(nets: readonly string[]): NetSet {
    return new NetSet(nets.length === 0 ? privateNets : nets);
  }

  contains(key: AddressKey): boolean {
    if (typeof key === "number") {
      if (this.#firstBytes[key >>> 24] === 0) return false;
      const nets = this.#ipv4;
      for (let index = 0; index < nets.length; index += 2) {
        if ((key & (nets[index + 1] ?? 0)) === nets[index]) return true;
      }
      return false;
    }
    return this.#ipv6.some((net) => sharesBits(key, net.base as string, net.bits));
  }
}

function sharesBits(a: string, b: string, bits: number): boolean {
  const whole = bits >> 3;
  for (let index = 0; index < whole; index += 1) {
    if (a.charCodeAt(index) !== b.charCodeAt(index)) return false;
  }
  const left = bits & 7;
  return left === 0 || (a.charCodeAt(whole) ^ b.charCodeAt(whole)) >> (8 - left) === 0;
}
