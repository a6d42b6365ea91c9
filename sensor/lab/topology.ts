import type { InLine } from "./lab.ts";
import {
  hasManagement,
  hasSwitch,
  isDialled,
  lineCables,
  sensorSetUp,
  switchSetUp,
  wanPort,
  type LineForm,
} from "./line-forms.ts";
import { machinePorts } from "./patch-panel.ts";
import { dialSetUp } from "./pppoe/dial-ports.ts";
import type { Site } from "./site.ts";
import { darkNet } from "./world.ts";

/*
 * Namespaces, and what is set up in them; where the sensor stands among them is said in `line-forms.ts`.
 *
 * With a machine in the line, the sensor's namespace holds no bridge but taps, one for each of the
 * machine's ports, and a third cable leads to the switch for its management.
 *
 * Text for `ip -batch` only; whoever runs it decides where.
 */

/** Names of the namespaces. Hosts are numbered: their own names may change with the seed. */
export const places = { provider: "provider", router: "router", sensor: "sensor", switch: "switch" } as const;

export function hostPlace(index: number): string {
  return `host${index}`;
}

/** The table and mark by which "host unreachable" of the dark Internet comes from a router, not from the target. */
export const darkRouting = { unreachableTable: 104, unreachableMark: 2 } as const;

/** Makes all namespaces and the cables between them. */
export function cabling(site: Site, inLine: InLine, form: LineForm): string {
  const hosts = site.hosts.map((_, index) => hostPlace(index));
  const cable = (
    from: string,
    fromPort: string,
    fromMac: string | null,
    to: string,
    toPort: string,
    toMac: string | null,
  ) =>
    `link add name ${fromPort} ${fromMac === null ? "" : `address ${fromMac} `}netns ${from} type veth ` +
    `peer name ${toPort} ${toMac === null ? "" : `address ${toMac} `}netns ${to}`;
  // A machine's port has the machine's MAC.
  const ownMac = inLine === "machine" ? null : site.facts.sensor.mac;
  return [
    ...[...Object.values(places), ...hosts].map((place) => `netns add ${place}`),
    ...lineCables(site, inLine, form).map(({ ends: [from, to] }) =>
      cable(from.place, from.port, from.mac, to.place, to.port, to.mac),
    ),
    ...(isManaged(inLine, form)
      ? [cable("sensor", machinePorts.management.cable, ownMac, "switch", "portm", null)]
      : []),
    ...(hasSwitch(inLine, form)
      ? site.hosts.map((host, index) => cable(hostPlace(index), "eth0", host.mac, "switch", `port${index}`, null))
      : []),
    "",
  ].join("\n");
}

/** What is set up inside each namespace, once the cables are there. */
export function setUp(site: Site, inLine: InLine, form: LineForm): ReadonlyMap<string, string> {
  const { facts, world, wan, localPrefix } = site;
  const texts = new Map<string, readonly string[]>();
  const wanEnd = (own: string, peer: string): readonly string[] =>
    isDialled(form)
      ? dialSetUp(own, peer)
      : [`address add ${own}/${wan.prefix} dev ${wanPort(form)}`, `link set ${wanPort(form)} up`];
  texts.set(places.provider, [
    "link set lo up",
    ...wanEnd(wan.providerAddress, facts.publicAddress),
    // Every address of the servers' networks is this machine's own.
    ...world.serverNets.map((net) => `route add local ${net}.0/24 dev lo`),
    `route add local ${darkNet} dev lo`,
    // On its way elsewhere, where a rule refuses it: an "unreachable" route would answer once a second only.
    `route add default dev lo table ${darkRouting.unreachableTable}`,
    // The table of own addresses is asked first unless it is moved behind our rule.
    `rule add pref 90 fwmark ${darkRouting.unreachableMark} to ${darkNet} lookup ${darkRouting.unreachableTable}`,
    "rule add pref 100 lookup local",
    "rule del pref 0 lookup local",
  ]);
  const office = new Map<string, readonly string[]>();
  office.set(places.router, [
    "link set lo up",
    ...wanEnd(facts.publicAddress, wan.providerAddress),
    `address add ${facts.gateway.address}/${localPrefix} brd + dev lan0`,
    "link set lan0 up",
    `route add default via ${wan.providerAddress}`,
  ]);
  texts.set(places.sensor, inLine === "machine" ? machineSetUp : sensorSetUp(site, form));
  office.set(places.switch, [
    "link add name switch0 type bridge stp_state 0 mcast_snooping 0 forward_delay 0 group_fwd_mask 65528",
    "link set up0 master switch0 up",
    // Of a gateway nothing is managed from among those it gives addresses to: its third port stays dark.
    ...(isManaged(inLine, form) && form !== "gateway" ? ["link set portm master switch0 up"] : []),
    ...switchSetUp(inLine, form),
    ...site.hosts.map((_, index) => `link set port${index} master switch0 up`),
    "link set switch0 up",
  ]);
  // A repair network has no router but the sensor.
  if (form === "gateway") office.delete(places.router);
  if (hasSwitch(inLine, form)) for (const [place, lines] of office) texts.set(place, lines);
  for (const [index, host] of site.hosts.entries()) {
    texts.set(hostPlace(index), [
      "link set lo up",
      `address add ${host.address}/${localPrefix} brd + dev eth0`,
      "link set eth0 up",
      `route add default via ${facts.gateway.address}`,
    ]);
  }
  return new Map([...texts].map(([place, lines]) => [place, `${lines.join("\n")}\n`]));
}

function isManaged(inLine: InLine, form: LineForm): boolean {
  return inLine === "machine" || hasManagement(form);
}

const machineSetUp: readonly string[] = [
  "link set lo up",
  ...Object.values(machinePorts).flatMap(({ tap, cable }) => [
    // With the header by which both kernels leave checksums and segmentation to the last one.
    `tuntap add dev ${tap} mode tap vnet_hdr`,
    `link set ${tap} up`,
    `link set ${cable} up`,
  ]),
];

/** Kernel settings of one namespace: path below /proc/sys and value. */
export type KernelSetting = readonly [path: string, value: string];

/** What a host's kernel is told, so that it repeats unanswered SYN as its system would. */
const stackSettings: Readonly<Record<"windows" | "linux", readonly KernelSetting[]>> = {
  // Five SYN at 0, 1, 3, 7, 15 s.
  windows: [
    ["net/ipv4/ip_default_ttl", "128"],
    ["net/ipv4/tcp_syn_retries", "4"],
    ["net/ipv4/tcp_syn_linear_timeouts", "0"],
  ],
  linux: [["net/ipv4/ip_default_ttl", "64"]],
};

/** Settings per namespace, to be made before its cables come up. */
export function kernelSettings(site: Site): ReadonlyMap<string, readonly KernelSetting[]> {
  const quiet: readonly KernelSetting[] = [
    ["net/ipv6/conf/all/disable_ipv6", "1"],
    ["net/ipv6/conf/default/disable_ipv6", "1"],
    ["net/ipv4/conf/all/rp_filter", "0"],
    ["net/ipv4/conf/default/rp_filter", "0"],
  ];
  const plainCable: readonly KernelSetting[] = [
    ["net/bridge/bridge-nf-call-iptables", "0"],
    ["net/bridge/bridge-nf-call-ip6tables", "0"],
    ["net/bridge/bridge-nf-call-arptables", "0"],
  ];
  const result = new Map<string, readonly KernelSetting[]>([
    [
      places.provider,
      [
        ...quiet,
        ["net/ipv4/ip_forward", "1"],
        ["net/ipv4/icmp_ratelimit", "0"],
        // Ports below 1024 need no right here; the servers are plain processes.
        ["net/ipv4/ip_unprivileged_port_start", "0"],
      ],
    ],
    [places.router, [...quiet, ["net/ipv4/ip_forward", "1"]]],
    [places.sensor, [...quiet, ...plainCable, ["net/ipv4/ip_forward", "0"]]],
    [places.switch, [...quiet, ...plainCable]],
  ]);
  for (const [index, host] of site.hosts.entries()) {
    result.set(hostPlace(index), [...quiet, ["net/ipv4/ip_forward", "0"], ...stackSettings[host.stack]]);
  }
  return result;
}
