import type { HostSnapshot } from "./host-snapshot.ts";

/** Where a name is looked for behind the one of DHCP: what people chose before what was cut to fifteen letters. */
const sources = ["dhcp", "mdns", "netbios", "llmnr"] as const;

/** What a person calls a machine: a name that it gives itself, else an address, else its key. */
export function machineName(host: Pick<HostSnapshot, "name" | "names" | "addresses" | "host">): string {
  if (host.name !== null && host.name.trim() !== "") return host.name;
  for (const source of sources) {
    const heard = host.names?.find((each) => each.source === source);
    if (heard !== undefined && heard.name.trim() !== "") return heard.name;
  }
  return mainAddress(host) ?? host.host;
}

/** The address that people know it by: of IPv4, since those of IPv6 are many and change by themselves. */
export function mainAddress({ addresses }: Pick<HostSnapshot, "addresses">): string | null {
  return addresses.find((address) => !address.includes(":")) ?? addresses[0] ?? null;
}

/**
 * Whether a MAC was made up by its machine instead of burnt into a card (IEEE 802 8.2.2: the locally administered bit):
 * for privacy, as phones do in each wireless network, or because the machine is virtual.
 */
export function isLocallyAdministered(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 0x02) !== 0;
}
