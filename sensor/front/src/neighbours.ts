import { BlockList, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";

/**
 * Who is on the network of one of this machine's addresses. Of an address a kernel answers whoever comes in by any other
 * interface as well: the line's machines are not to knock at the management interface.
 */
export function neighboursOf(address: string): (peer: string | undefined) => boolean {
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((each) => each.address === address);
  const neighbours = new BlockList();
  const [net = address, prefix = isIPv6(address) ? "128" : "32"] = own?.cidr?.split("/") ?? [];
  neighbours.addSubnet(net, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  return (peer) => {
    if (peer === undefined) return false;
    const plain = peer.replace(/^::ffff:(?=[\d.]+$)/, "").replace(/%.*$/, "");
    return neighbours.check(plain, isIPv6(plain) ? "ipv6" : "ipv4");
  };
}
