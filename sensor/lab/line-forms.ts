import type { GatewayProfile, Placement } from "@cordon/contract";
import type { InLine } from "./lab.ts";
import { machinePorts } from "./patch-panel.ts";
import { dialPorts, standInMac } from "./pppoe/dial-ports.ts";
import type { Site } from "./site.ts";

/*
 * Where the sensor stands, as cables:
 *
 *   lan     provider ── wan ── router ── outside0 [br0: the sensor] inside0 ── switch ── hosts
 *   wan     provider ── outside0 [br0: the sensor] inside0 ── wan ── router ── switch ── hosts
 *   gateway provider ── outside0 [the sensor: routes, br0] inside0, inside1 … ── hosts, each on a port of its own
 *           with a machine in the line, which has two ports: provider ── outside0 [the machine] inside0 ── switch ── hosts
 *   mirror  provider ── wan ── router ── switch ── hosts, and switch ── inside0: copies of the router's port
 *           with a machine, which has another port: outside0 ── switch, where nobody speaks
 *
 * From outside the router, and from a mirror, the sensor gets home by a third cable, into the switch.
 *
 * `wan-pppoe` is `wan` with a router that dials: at either end of the line IP goes by a port of its own, `ppp0`, and the
 * programs of `pppoe/` carry it over the cables in a session.
 */

/** Where the lab's sensor stands. */
export type LineForm = "lan" | "wan" | "wan-pppoe" | "gateway" | "mirror";

/** All of them, for whoever is told one by its name. */
export const lineForms: readonly LineForm[] = ["lan", "wan", "wan-pppoe", "gateway", "mirror"];

/** What that is for the sensor, which nobody tells whether a router dials. */
export function placementOf(form: LineForm): Placement {
  return form === "wan-pppoe" ? "wan" : form;
}

/** Whether the router reaches its provider by PPPoE. */
export function isDialled(form: LineForm): boolean {
  return form === "wan-pppoe";
}

/** The port by which router and provider have IP. */
export function wanPort(form: LineForm): string {
  return isDialled(form) ? dialPorts.ip : dialPorts.line;
}

/** One cable: namespace and port of either end, with a MAC where it is not the kernel's choice. */
export interface Cable {
  readonly ends: readonly [CableEnd, CableEnd];
}

interface CableEnd {
  readonly place: string;
  readonly port: string;
  readonly mac: string | null;
}

/** The port of the switch that mirrors the router's. */
const spanPort = "span0";

/** And the one that a machine's outside port hangs on, where it has no use. */
const darkPort = "dark0";

/** Whether the sensor has a port beside the line. */
export function hasManagement(form: LineForm): boolean {
  return placementOf(form) === "wan" || form === "mirror";
}

/** The sensor's port that a host of a repair network hangs on. */
export function repairPort(index: number): string {
  return `inside${index}`;
}

/** Whether the site's machines hang on a switch, and not each on a port of the sensor's. */
export function hasSwitch(inLine: InLine, form: LineForm): boolean {
  return form !== "gateway" || inLine === "machine";
}

/** What the site profile says of a repair network; null in all other forms. */
export function gatewayProfileOf(site: Site, inLine: InLine, form: LineForm): GatewayProfile | null {
  if (form !== "gateway") return null;
  const { facts, wan, world, localPrefix, hosts } = site;
  return {
    inside: `${facts.gateway.address}/${localPrefix}`,
    outside: { address: `${facts.publicAddress}/${wan.prefix}`, router: wan.providerAddress },
    resolvers: [world.resolverAddress],
    insidePorts: hasSwitch(inLine, form)
      ? []
      : hosts.map((_, index) => repairPort(index)).filter((port) => port !== facts.ports.inside),
  };
}

/** The cables between provider, router, sensor and switch. */
export function lineCables(site: Site, inLine: InLine, form: LineForm): readonly Cable[] {
  const { facts, wan } = site;
  const end = (place: string, port: string, mac: string | null = null): CableEnd => ({ place, port, mac });
  const cable = (from: CableEnd, to: CableEnd): Cable => ({ ends: [from, to] });
  const provider = end("provider", dialPorts.line, wan.providerMac);
  const routerOut = end("router", dialPorts.line, wan.routerMac);
  const routerIn = end("router", "lan0", facts.gateway.mac);
  const uplink = end("switch", "up0");
  const inside = end("sensor", facts.ports.inside);
  const outside = end("sensor", facts.ports.outside);
  switch (form) {
    case "lan":
      return [cable(provider, routerOut), cable(routerIn, outside), cable(inside, uplink)];
    case "wan":
      return [cable(provider, outside), cable(inside, routerOut), cable(routerIn, uplink)];
    case "wan-pppoe":
      return [
        ...lineCables(site, inLine, "wan"),
        ...["provider", "router"].map((place) =>
          cable(end(place, dialPorts.ip, standInMac), end(place, dialPorts.far)),
        ),
      ];
    case "gateway":
      if (hasSwitch(inLine, form)) return [cable(provider, outside), cable(inside, uplink)];
      return [
        cable(provider, end("sensor", facts.ports.outside, wan.routerMac)),
        ...site.hosts.map(({ mac }, index) =>
          cable(end(`host${index}`, "eth0", mac), end("sensor", repairPort(index))),
        ),
      ];
    case "mirror":
      return [
        ...[cable(provider, routerOut), cable(routerIn, uplink), cable(inside, end("switch", spanPort))],
        ...(inLine === "machine" ? [cable(outside, end("switch", darkPort))] : []),
      ];
  }
}

/** What the sensor's namespace is set up with. */
export function sensorSetUp(site: Site, form: LineForm): readonly string[] {
  const { facts, localPrefix } = site;
  const home = (port: string): readonly string[] => [
    `address add ${facts.sensor.address}/${localPrefix} brd + dev ${port}`,
    `route add default via ${facts.gateway.address}`,
  ];
  const management = [`link set ${machinePorts.management.cable} up`, ...home(machinePorts.management.cable)];
  switch (form) {
    case "lan":
      return ["link set lo up", ...bridge(site, facts.sensor.mac), ...home(facts.ports.bridge)];
    case "wan":
    case "wan-pppoe":
      return ["link set lo up", ...bridge(site, null), ...management];
    case "gateway":
      return ["link set lo up", ...repairNetwork(site)];
    case "mirror":
      // Its sensor brings the port up that listens.
      return ["link set lo up", ...management];
  }
}

function bridge({ facts }: Site, mac: string | null): readonly string[] {
  const { bridge: name, inside, outside } = facts.ports;
  return [
    // As a cable: no spanning tree, no snooping, and frames to the groups that a bridge keeps to itself (802.1X,
    // LLDP, LACP) pass but for pause frames, which the kernel allows nobody to ask for.
    `link add name ${name} ${mac === null ? "" : `address ${mac} `}type bridge stp_state 0 mcast_snooping 0 forward_delay 0 group_fwd_mask 65528`,
    `link set ${inside} master ${name} up`,
    `link set ${outside} master ${name} up`,
    // 0xfffd: LACP is let pass by a port and not by a bridge.
    ...[inside, outside].map((port) => `link set ${port} type bridge_slave group_fwd_mask 65533`),
    `link set ${name} up`,
  ];
}

/** The hosts' ports joined in a bridge on which the box has the router's name and address, and the box's way out. */
function repairNetwork({ facts, wan, hosts, localPrefix }: Site): readonly string[] {
  const { bridge: name, outside } = facts.ports;
  return [
    `link add name ${name} address ${facts.gateway.mac} type bridge stp_state 0 mcast_snooping 0 forward_delay 0`,
    ...hosts.flatMap((_, index) => [
      `link set ${repairPort(index)} master ${name} up`,
      `link set ${repairPort(index)} type bridge_slave isolated on`,
    ]),
    `link set ${name} up`,
    `address add ${facts.gateway.address}/${localPrefix} brd + dev ${name}`,
    `address add ${facts.publicAddress}/${wan.prefix} dev ${outside}`,
    `link set ${outside} up`,
    `route add default via ${wan.providerAddress}`,
  ];
}

/** Ports of the switch besides those of the hosts, none of which are in its bridge. */
export function switchSetUp(inLine: InLine, form: LineForm): readonly string[] {
  if (form !== "mirror") return [];
  return [`link set ${spanPort} up`, ...(inLine === "machine" ? [`link set ${darkPort} up`] : [])];
}

/** What the switch does besides switching, in nft's words; null where it does no more. */
export function switchRules(form: LineForm): string | null {
  if (form !== "mirror") return null;
  const copying = (name: string, hook: string): string => `  chain ${name} {
    type filter hook ${hook} device "up0" priority 0; policy accept;
    dup to "${spanPort}"
  }
`;
  return `table netdev span {\n${copying("received", "ingress")}${copying("sent", "egress")}}\n`;
}
