/**
 * What fits the format and cannot be meant, or that a box of this release cannot do: it is refused, for what is written
 * down and quietly left out would be found by nobody but the client.
 */
import { isIP } from "node:net";
import { hostFault, networkFault, siteNameFault } from "@cordon/contract";
import type { Fault } from "./shape-faults.ts";
import type { SitePlan } from "./site-plan.ts";

const usualPort = 8883;

/** All of them. @param now epoch milliseconds */
export function senseFaults(plan: SitePlan, now: number): Fault[] {
  return [
    ...wordFaults(plan),
    ...portFaults(plan),
    ...lineFaults(plan),
    ...wayHomeFaults(plan),
    ...gatewayFaults(plan),
    ...machineFaults(plan),
    ...recordingFaults(plan, now),
  ];
}

function at(path: Fault["path"], text: string): Fault {
  return { path, text };
}

function wordFaults(plan: SitePlan): Fault[] {
  const { name, controller, networks = [], contacts = [], areas = [], resolvers = [], recording } = plan;
  const words = [
    ...areas.map((area, index) => ({ path: ["areas", index, "name"], text: area.name })),
    ...(["by", "role"] as const).map((key) => ({ path: ["recording", key], text: recording?.[key] ?? "-" })),
    ...contacts.flatMap((contact, index) =>
      (["name", "for"] as const).map((key) => ({ path: ["contacts", index, key], text: contact[key] ?? "-" })),
    ),
  ];
  const said = [
    { path: ["name"], text: name, fault: siteNameFault(name) },
    { path: ["controller", "host"], text: controller.host, fault: hostFault(controller.host) },
    ...networks.map((text, index) => ({ path: ["networks", index], text, fault: networkFault(text) })),
    ...words.map(({ path, text }) => ({ path, text, fault: siteNameFault(text) })),
    { path: ["controller", "url"], text: controller.url ?? "-", fault: unseenFault(controller.url ?? "-") },
    ...contacts.map(({ email = "-" }, index) => ({
      ...{ path: ["contacts", index, "email"], text: email, fault: unseenFault(email) },
    })),
    ...resolvers.map((text, index) => ({
      ...{ path: ["resolvers", index], text },
      fault: isMachine(text) ? null : "a resolver is the IP address of one machine, such as 192.168.1.1",
    })),
  ];
  const unreachable = contacts.flatMap(({ phone, email }, index) =>
    phone === undefined && email === undefined
      ? [at(["contacts", index], "is reached by nothing; allowed: phone, email, or both")]
      : [],
  );
  return [
    ...said.flatMap(({ path, text, fault }) =>
      fault === null ? [] : [at(path, `${JSON.stringify(text)} cannot be it; ${fault}`)],
    ),
    ...unreachable,
    ...(controller.fallbackPort === (controller.port ?? usualPort)
      ? [
          at(
            ["controller", "fallbackPort"],
            `${controller.fallbackPort} is its port already; name another, or leave it out`,
          ),
        ]
      : []),
  ];
}

function unseenFault(text: string): string | null {
  return /[\p{Cc}\p{Cf}\p{Cs}]/u.test(text) ? "there is a character in it that cannot be seen" : null;
}

function portFaults({ ports }: SitePlan): Fault[] {
  if (ports === undefined) return [];
  const named = Object.entries(ports).map(([name, mac]) => ({ name, mac: canonicalMac(mac) }));
  return named.flatMap(({ name, mac }, index) => {
    // The lowest bit of the first byte marks groups (IEEE 802 8.2).
    const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1 || mac === "00:00:00:00:00:00";
    if (isGroup) return [at(["ports", name], `${mac} is no port's address`)];
    const other = named.slice(0, index).find((before) => before.mac === mac);
    return other === undefined ? [] : [at(["ports", name], `${mac} is ${other.name} already`)];
  });
}

function lineFaults({ line, placement }: SitePlan): Fault[] {
  if (line === undefined) return [];
  const isGateway = placement === "gateway";
  const secrets = (["user", "password"] as const).filter((key) => line[key] !== undefined);
  const dialling = secrets.map((key) =>
    at(
      ["line", key],
      isGateway
        ? "this release dials in nowhere; leave it to the client's router, and put the box behind it"
        : "the router dials in and keeps this; the box passes its session on. Leave it out",
    ),
  );
  if (placement === "mirror") return [at(["line"], "a box on a mirrored port has no line. Leave it out"), ...dialling];
  const uplink = (["pppoe", "vlan"] as const).filter((key) => line[key] !== undefined && line[key] !== false);
  if (!isGateway) return dialling;
  return [
    ...uplink.map((key) =>
      at(
        ["line", key],
        `a gateway of this release takes its outside by plain Ethernet alone, no ${key === "vlan" ? "VLAN" : "PPPoE"}; put it behind the client's router`,
      ),
    ),
    ...dialling,
  ];
}

function wayHomeFaults({ wifi, management, placement, controller }: SitePlan): Fault[] {
  const faults: Fault[] = [];
  if (wifi !== undefined) {
    faults.push(at(["wifi"], "this release has no radio; use a third port, or a USB adapter, for management"));
  }
  if (management === undefined) return faults;
  if (placement === "gateway") {
    faults.push(at(["management"], "a gateway goes home by its outside port; say gateway.outside instead"));
  }
  if (management.vlan !== undefined) {
    faults.push(at(["management", "vlan"], "this release takes no tags on the management port; use an untagged port"));
  }
  if ((management.address === undefined) !== (management.router === undefined)) {
    const missing = management.address === undefined ? "address" : "router";
    faults.push(at(["management", missing], "is missing; address and router go together"));
  }
  faults.push(...netFaults(["management"], management));
  // By a fixed address nobody names servers to the box.
  const isFixed = management.address !== undefined && management.router !== undefined;
  if (isFixed && (management.resolvers ?? []).length === 0 && isIP(controller.host) === 0) {
    faults.push(
      at(["management", "resolvers"], `is missing; by a fixed address the box finds ${controller.host} by these alone`),
    );
  }
  if (management.resolvers !== undefined && management.address === undefined) {
    faults.push(at(["management", "resolvers"], "go with a fixed address; by DHCP the network names its own"));
  }
  return faults;
}

function gatewayFaults({ gateway, resolvers = [], placement }: SitePlan): Fault[] {
  if (placement !== "gateway") {
    return gateway === undefined ? [] : [at(["gateway"], `only a box with placement gateway has it, not ${placement}`)];
  }
  const prefixes = [
    { path: ["gateway", "inside"], address: gateway?.inside },
    { path: ["gateway", "outside", "address"], address: gateway?.outside?.address },
  ];
  const [inside, outside] = [netOf(gateway?.inside ?? "10.213.77.1/24"), netOf(gateway?.outside?.address)];
  const isOneNet = inside !== null && outside !== null && overlap(inside, outside);
  return [
    ...netFaults(["gateway"], { address: gateway?.inside }, "inside"),
    ...netFaults(["gateway", "outside"], gateway?.outside ?? {}),
    ...(isOneNet
      ? [at(["gateway", "outside", "address"], "is in the repair network; take another for that (gateway.inside)")]
      : []),
    ...prefixes.flatMap(({ path, address }) => {
      const bits = Number(address?.split("/")[1] ?? 24);
      return bits >= 16 && bits <= 29 ? [] : [at(path, `${address} cannot be it; allowed: a prefix of 16 to 29`)];
    }),
    ...(resolvers.length > 4 ? [at(["resolvers"], `a gateway asks 4 at most, here are ${resolvers.length}`)] : []),
    ...resolvers.flatMap((each, index) =>
      each.includes(":") ? [at(["resolvers", index], `a gateway asks by IPv4 alone, not ${each}`)] : [],
    ),
  ];
}

function machineFaults({ machines = [], areas = [], ports, placement }: SitePlan): Fault[] {
  if (placement === "wan") {
    const unseen =
      "outside the router no machine is told by its hardware address, so this would do nothing. Leave it out";
    return [
      ...(machines.length > 0 ? [at(["machines"], unseen)] : []),
      ...(areas.length > 0 ? [at(["areas"], unseen)] : []),
    ];
  }
  const macs = machines.map(({ mac }) => canonicalMac(mac));
  const names = areas.map(({ name }) => name);
  const placed = areas.flatMap((area, index) => area.machines.map((mac) => ({ mac: canonicalMac(mac), index })));
  const firstAt = new Map<string, number>();
  for (const [place, { mac }] of placed.entries()) if (!firstAt.has(mac)) firstAt.set(mac, place);
  const own = new Map(Object.entries(ports ?? {}).map(([name, mac]) => [canonicalMac(mac), name]));
  const ownFault = (path: Fault["path"], mac: string): Fault[] =>
    own.has(mac) ? [at(path, `${mac} is the box's own port (ports.${own.get(mac)}), and no machine`)] : [];
  return [
    ...macs.flatMap((mac, index) =>
      (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
        ? [at(["machines", index, "mac"], `${mac} is no machine's`)]
        : [],
    ),
    ...macs.flatMap((mac, index) =>
      macs.indexOf(mac) < index ? [at(["machines", index, "mac"], `${mac} was named before; one word for each`)] : [],
    ),
    ...macs.flatMap((mac, index) => ownFault(["machines", index, "mac"], mac)),
    ...placed.flatMap(({ mac, index }) => ownFault(["areas", index, "machines"], mac)),
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index
        ? [at(["areas", index, "name"], `there is another area ${JSON.stringify(name)}`)]
        : [],
    ),
    ...placed.flatMap(({ mac, index }, place) =>
      (firstAt.get(mac) ?? place) < place ? [at(["areas", index, "machines"], `${mac} is in an area already`)] : [],
    ),
  ];
}

function recordingFaults({ recording }: SitePlan, now: number): Fault[] {
  if (recording === undefined) return [];
  const strange = (["date", "until"] as const).filter(
    (key) => new Date(Date.parse(recording[key])).toISOString().slice(0, 10) !== recording[key],
  );
  if (strange.length > 0) {
    return strange.map((key) => at(["recording", key], `${recording[key]} is in no calendar`));
  }
  if (Date.parse(recording.date) > now) {
    return [at(["recording", "date"], `${recording.date} is still to come; allowed: the day on which it was given`)];
  }
  const isOver = endOfDay(recording.until) <= now;
  return isOver ? [at(["recording", "until"], `${recording.until} is over; allowed: a day to come`)] : [];
}

interface Net {
  readonly address: number;
  readonly bits: number;
}

function numberOf(ipv4: string): number {
  return ipv4.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function netOf(text: string | undefined): Net | null {
  const [address, bits] = text?.split("/") ?? [];
  return address === undefined || bits === undefined ? null : { address: numberOf(address), bits: Number(bits) };
}

function overlap(a: Net, b: Net): boolean {
  const step = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.address / step) === Math.floor(b.address / step);
}

/** An address that a port can have, and a router that is reached from it. */
function netFaults(
  path: Fault["path"],
  { address, router }: { readonly address?: string | undefined; readonly router?: string | undefined },
  key: string = "address",
): Fault[] {
  const net = netOf(address);
  if (net === null) return [];
  const size = 2 ** (32 - net.bits);
  const faults = [0, size - 1].includes(net.address % size)
    ? [at([...path, key], `${address} is the network's own, or everybody's; allowed: one machine's in it`)]
    : !isMachine(address?.split("/")[0] ?? "")
      ? [at([...path, key], `${address} is no port's address`)]
      : [];
  if (router === undefined) return faults;
  const at32 = numberOf(router);
  const isBeside = at32 !== net.address && overlap(net, { address: at32, bits: 32 });
  return isBeside ? faults : [...faults, at([...path, "router"], `${router} is no other machine's in ${address}`)];
}

/** An address that one machine can have. */
function isMachine(text: string): boolean {
  const family = isIP(text);
  if (family === 4) return !/^(0|127|22[4-9]|23\d|24\d|25\d)\./.test(text);
  return family === 6 && !/^ff/i.test(text) && !/^[0:]+1?$/.test(text);
}

/** A hardware address as the contract writes it. */
export function canonicalMac(mac: string): string {
  return mac.toLowerCase().replaceAll("-", ":");
}

/** The end of a day, wherever on Earth it is: epoch milliseconds. */
export function endOfDay(day: string): number {
  return Date.parse(day) + 86_400_000;
}
