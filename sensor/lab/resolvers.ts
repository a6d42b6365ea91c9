import { pageServer } from "./line-conditions.ts";
import type { Site } from "./site.ts";

const common = ["pid-file=", "no-hosts", "no-resolv", "bind-interfaces"] as const;

/** The line by which dnsmasq says that it is up. */
export const resolverStarted = "started, version";

/** The provider's name server: knows every name of the world, and that there are no others. */
export function providerResolver(site: Site): string {
  const { world } = site;
  return [
    ...common,
    ...[world.resolverAddress, ...world.nameServers].map((address) => `listen-address=${address}`),
    "local-ttl=900",
    "local=/example/",
    "local=/test/",
    "local=/in-addr.arpa/",
    ...[...world.addressesByName].flatMap(([name, addresses]) =>
      addresses.map((address) => `host-record=${name},${address}`),
    ),
    ...world.domains.flatMap((domain) =>
      domain.servers.map((server) => `mx-host=${domain.name},${server.name},${server.preference}`),
    ),
    `mx-host=${world.office.domain},${world.office.serverName},10`,
    "",
  ].join("\n");
}

/** A portal's: every name there is, and every one there is not, is the portal. */
export function portalResolver({ wan }: Site): string {
  return [
    ...common,
    `listen-address=${wan.providerAddress}`,
    `port=${pageServer.namePort}`,
    "local-ttl=30",
    `address=/#/${wan.providerAddress}`,
    "",
  ].join("\n");
}

/** The router: forwards questions, remembers answers, hands out the addresses the hosts have. */
export function routerResolver(site: Site): string {
  const { facts, hosts, world } = site;
  const net = facts.localNets[0]?.split("/")[0] ?? "";
  return [
    ...common,
    `listen-address=${facts.gateway.address}`,
    "interface=lan0",
    "except-interface=lo",
    "cache-size=4000",
    `server=${world.resolverAddress}`,
    `dhcp-range=${net},static,255.255.255.0,12h`,
    "dhcp-authoritative",
    "dhcp-leasefile=/run/router-leases",
    "no-ping",
    // The sensor's management, where it is a machine that asks.
    `dhcp-host=${facts.sensor.mac},${facts.sensor.address},sensor`,
    ...hosts.map((host) => `dhcp-host=${host.mac},${host.address},${host.name}`),
    "",
  ].join("\n");
}
