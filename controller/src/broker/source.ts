import { isIPv6 } from "node:net";

/** By what connections and tries of one source are counted: the IPv4 address, or the first 64 bits of the IPv6 one. */
export function sourceOf(address: string | undefined): string {
  if (address === undefined) return "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  // Whoever has one address of a network has all of them (RFC 7707 2).
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  const groups = [...first, ...zeros, ...last].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}

/** Whether a source is this machine itself: a tunnel or a proxy of the operator's, behind which everybody stands. */
export function isOwnAddress(source: string): boolean {
  return source.startsWith("127.") || source === sourceOf("::1");
}
