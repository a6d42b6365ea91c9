import { gatewayRemedySets, portalPort } from "../containment/remedy-nft.ts";
import { tableName } from "../containment/skeleton.ts";

/** What a repair network's name and address service has to know. */
export interface NameServiceOptions {
  /** The bridge of the repair network's ports. */
  readonly bridge: string;
  /** The box's address there, with the length of the network's prefix. */
  readonly address: string;
  /** Name servers that questions are passed on to; null: those that the system has found. */
  readonly resolvers: readonly string[] | null;
  /** Names whose addresses stay open to machines that are cut off. */
  readonly names: readonly string[];
  /** Where it keeps what it gave to whom. */
  readonly leasesPath: string;
  /** Only where one user is all there is, as in a namespace; absent: it is who it is started as. */
  readonly user?: string;
}

/** Where systemd-resolved says which name servers the outside's DHCP named. */
const systemResolvers = "/run/systemd/resolve/resolv.conf";

// 253 bytes at most each; a line of dnsmasq's configuration holds 1,024.
const namesPerLine = 3;

// An hour: whoever is unplugged gives its address back soon, and a name goes to the right machine.
const leaseTime = "1h";

/**
 * The configuration of dnsmasq for a repair network: addresses, names, where the page is (RFC 8910), and which answers
 * open the kernel's sets of remedies. Only forwarded answers fill those, so nothing is kept to be answered again.
 */
export function nameServiceConfig(options: NameServiceOptions): string {
  const { bridge, address, resolvers, names, leasesPath, user } = options;
  const { own, first, last, mask } = rangeOf(address);
  const sets = [
    `4#bridge#${tableName}#${gatewayRemedySets.named[4]}`,
    `6#bridge#${tableName}#${gatewayRemedySets.named[6]}`,
  ].join(",");
  const lines = [
    ...(user === undefined ? [] : [`user=${user}`, "group="]),
    "pid-file=",
    "log-facility=-",
    // It is heard where it has an address: on the bridge, wherever else the box has one.
    `interface=${bridge}`,
    "except-interface=lo",
    "bind-interfaces",
    "no-hosts",
    ...(resolvers === null
      ? [`resolv-file=${systemResolvers}`]
      : ["no-resolv", ...resolvers.map((at) => `server=${at}`)]),
    "domain-needed",
    "bogus-priv",
    // IPv6 is closed; who is told of none does not wait for it.
    "filter-AAAA",
    "cache-size=0",
    "dns-forward-max=300",
    `dhcp-range=${first},${last},${mask},${leaseTime}`,
    "dhcp-authoritative",
    "no-ping",
    `dhcp-leasefile=${leasesPath}`,
    `dhcp-lease-max=1000`,
    `dhcp-option=option:router,${own}`,
    `dhcp-option=option:dns-server,${own}`,
    `dhcp-option=114,${portalUrl(own)}`,
    ...chunks(names, namesPerLine).map((some) => `nftset=/${some.join("/")}/${sets}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Where a browser finds the page: at the box's own address. */
export function portalUrl(boxAddress: string): string {
  return new URL(`http://${boxAddress}:${String(portalPort)}/`).href;
}

interface AddressRange {
  readonly own: string;
  readonly first: string;
  readonly last: string;
  readonly mask: string;
}

/** The addresses to give out: all of the network. The service itself leaves out the box's own. */
export function rangeOf(address: string): AddressRange {
  const [own = "", prefix = "24"] = address.split("/");
  const value = own.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(prefix));
  const base = Math.floor(value / size) * size;
  return { own, first: written(base + 1), last: written(base + size - 2), mask: written(2 ** 32 - size) };
}

function written(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
