import { isIP } from "node:net";
import { fault, type Fault } from "./shape-faults.ts";

export interface Net {
  readonly address: number;
  readonly bits: number;
}

function numberOf(ipv4: string): number {
  return ipv4.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Of an address with its prefix; null where there is none. */
export function netOf(text: string | undefined): Net | null {
  const [address, bits] = text?.split("/") ?? [];
  return address === undefined || bits === undefined ? null : { address: numberOf(address), bits: Number(bits) };
}

/** Whether one of the two is in the other. */
export function overlap(a: Net, b: Net): boolean {
  const step = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.address / step) === Math.floor(b.address / step);
}

/** An address that a port can have, and a router that is reached from it. */
export function netFaults(
  path: Fault["path"],
  { address, router }: { readonly address?: string | undefined; readonly router?: string | undefined },
  key: string = "address",
): Fault[] {
  const net = netOf(address);
  if (net === null) return [];
  const size = 2 ** (32 - net.bits);
  const faults = [0, size - 1].includes(net.address % size)
    ? [fault([...path, key], `${address} is the network's own, or everybody's; allowed: one machine's in it`)]
    : !isMachine(address?.split("/")[0] ?? "")
      ? [fault([...path, key], `${address} is no port's address`)]
      : [];
  if (router === undefined) return faults;
  const at32 = numberOf(router);
  const isBeside = at32 !== net.address && overlap(net, { address: at32, bits: 32 });
  return isBeside ? faults : [...faults, fault([...path, "router"], `${router} is no other machine's in ${address}`)];
}

/** An address that one machine can have. */
export function isMachine(text: string): boolean {
  const family = isIP(text);
  if (family === 4) return !/^(0|127|22[4-9]|23\d|24\d|25\d)\./.test(text);
  return family === 6 && !/^ff/i.test(text) && !/^[0:]+1?$/.test(text);
}

/** The same of all ways to write one network. */
export function networkKey(text: string): string {
  const [address = "", prefix = ""] = text.split("/");
  const bits = Number(prefix);
  if (isIP(address) === 4) {
    const size = 2 ** (32 - bits);
    return `${numberOf(address) - (numberOf(address) % size)}/${bits}`;
  }
  return isIP(address) === 6 ? `${new URL(`http://[${address}]/`).hostname}/${bits}` : text;
}
