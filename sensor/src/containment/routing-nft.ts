import { createHash } from "node:crypto";
import { portalPort } from "./remedy-nft.ts";

/**
 * What a gateway lets through and translates, as nft text: a table in family inet beside the one in family bridge, which
 * knows machines by their MACs and stops them first. It says what any machine may do, contained or not:
 *
 * - from the repair network to the Internet, IPv4 by the outside port, with the box's own address there; not to private
 *   addresses, for beyond the outside port there may be the office that the machines were taken from;
 * - inward, what answers that;
 * - of the box itself, DHCP, names and the page, for the repair network alone. To the outside it answers nothing.
 *
 * IPv6 is closed: it is neither routed nor answered, so there is no way around what holds for IPv4.
 */

export const routingTableName = "cordon";

/** The counter whose name carries the version. */
export const routingVersionPrefix = "routing_";

/** Counts connections that were translated; each has its first packet here, and no other one. */
export const translatedCounter = "translated";

/** Counts packets of the repair network to private addresses, none of which passes. */
export const keptInCounter = "kept_in";

/** Private, shared and link-local addresses (RFC 1918, RFC 6598, RFC 3927). */
const notInternet = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

export interface RoutingOptions {
  /** The bridge that the repair network's ports are in. */
  readonly bridge: string;
  /** The port towards the provider, in no bridge. */
  readonly outsidePort: string;
}

export interface Routing {
  /** The table in nft's words; whoever loads it takes what was there before away in the same transaction. */
  readonly text: string;
  readonly version: string;
}

export function renderRouting({ bridge, outsidePort }: RoutingOptions): Routing {
  const lines = [
    `counter ${translatedCounter} {`,
    "}",
    `counter ${keptInCounter} {`,
    "}",
    "chain from_inside {",
    "\tudp sport 68 udp dport 67 accept",
    "\tmeta l4proto { tcp, udp } th dport 53 accept",
    `\ttcp dport ${portalPort} accept`,
    "}",
    "chain input {",
    "\ttype filter hook input priority 0; policy drop;",
    '\tiifname "lo" accept',
    "\tct state established,related accept",
    `\tiifname "${bridge}" meta nfproto ipv4 jump from_inside`,
    // An offer to the box comes before it has an address; in the repair network nobody gives it one.
    `\tiifname != "${bridge}" udp sport 67 udp dport 68 accept`,
    "}",
    "chain forward {",
    "\ttype filter hook forward priority 0; policy drop;",
    "\tmeta nfproto ipv6 drop",
    `\tiifname "${outsidePort}" oifname "${bridge}" ct state established,related accept`,
    `\tiifname "${bridge}" ip daddr { ${notInternet.join(", ")} } counter name "${keptInCounter}" drop`,
    `\tiifname "${bridge}" oifname "${outsidePort}" ct state new,established,related accept`,
    "}",
    "chain translate {",
    "\ttype nat hook postrouting priority 100; policy accept;",
    `\tiifname "${bridge}" oifname "${outsidePort}" counter name "${translatedCounter}" masquerade`,
    "}",
  ];
  const version = createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 12);
  return {
    version,
    text: [
      // An nft that finds no table to delete would refuse the whole.
      `table inet ${routingTableName} {`,
      "}",
      `delete table inet ${routingTableName}`,
      `table inet ${routingTableName} {`,
      `\tcounter ${routingVersionPrefix}${version} {`,
      "\t}",
      ...lines.map((line) => `\t${line}`),
      "}",
      "",
    ].join("\n"),
  };
}
