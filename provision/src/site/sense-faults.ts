/**
 * What fits the format and cannot be meant, or that a box of this release cannot do: it is refused, for what is written
 * down and quietly left out would be found by nobody but the client.
 */
import { isIP } from "node:net";
import { hostFault, networkFault, siteNameFault } from "@cordon/contract";
import { isMachine, netFaults, netOf, networkKey, overlap } from "./address-faults.ts";
import { controllerFaults } from "./controller-faults.ts";
import { canonicalMac, isOfCard } from "./hardware-address.ts";
import { cardFaults, machineFaults } from "./machine-faults.ts";
import { fault, unseenFault, type Fault } from "./shape-faults.ts";
import { allowedMac, type SitePlan } from "./site-plan.ts";

/** All of them. @param now epoch milliseconds */
export function senseFaults(plan: SitePlan, now: number): Fault[] {
  return [
    ...wordFaults(plan),
    ...controllerFaults(plan),
    ...networkFaults(plan),
    ...policyFaults(plan),
    ...portFaults(plan),
    ...lineFaults(plan),
    ...wayHomeFaults(plan),
    ...gatewayFaults(plan),
    ...machineFaults(plan),
    ...recordingFaults(plan, now),
  ];
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
    { path: ["name"], text: name, why: siteNameFault(name) },
    { path: ["controller", "host"], text: controller.host, why: hostFault(controller.host) },
    ...networks.map((text, index) => ({ path: ["networks", index], text, why: networkFault(text) })),
    ...words.map(({ path, text }) => ({ path, text, why: siteNameFault(text) })),
    ...contacts.map(({ email = "-" }, index) => ({
      ...{ path: ["contacts", index, "email"], text: email, why: unseenFault(email) },
    })),
    ...resolvers.map((text, index) => ({
      ...{ path: ["resolvers", index], text },
      why: isMachine(text) ? null : "a resolver is the IP address of one machine, such as 192.168.1.1",
    })),
  ];
  const unreachable = contacts.flatMap(({ phone, email }, index) =>
    phone === undefined && email === undefined
      ? [fault(["contacts", index], "is reached by nothing; allowed: phone, email, or both")]
      : [],
  );
  return [
    ...said.flatMap(({ path, text, why }) =>
      why === null ? [] : [fault(path, `${JSON.stringify(text)} cannot be it; ${why}`)],
    ),
    ...unreachable,
  ];
}

/** One network under two names is one that somebody meant otherwise. */
function networkFaults({ networks = [] }: SitePlan): Fault[] {
  const keys = networks.map(networkKey);
  return keys.flatMap((key, index) => {
    const first = keys.indexOf(key);
    return first < index
      ? [fault(["networks", index], `${networks[index]} is ${networks[first]}, which is named before`)]
      : [];
  });
}

function policyFaults({ policy = "observe", placement }: SitePlan): Fault[] {
  if (placement !== "mirror" || policy === "observe") return [];
  return [fault(["policy"], `a box on a mirrored port can stop nothing, so it cannot ${policy}; allowed: observe`)];
}

function portFaults({ ports, placement }: SitePlan): Fault[] {
  if (ports === undefined) return [];
  const unused =
    placement === "gateway" && ports.management !== undefined
      ? [
          fault(
            ["ports", "management"],
            "a gateway goes home by its outside port, and has no other for that. Leave it out",
          ),
        ]
      : [];
  const named = Object.entries(ports).map(([name, mac]) => ({ name, mac: canonicalMac(mac) }));
  const strange = named.flatMap(({ name, mac }, index) => {
    if (!isOfCard(mac)) return [fault(["ports", name], `${mac} is no port's address; allowed: ${allowedMac}`)];
    const other = named.slice(0, index).find((before) => before.mac === mac);
    return other === undefined ? [] : [fault(["ports", name], `${mac} is ${other.name} already`)];
  });
  return [...unused, ...strange];
}

function lineFaults({ line, placement }: SitePlan): Fault[] {
  if (line === undefined) return [];
  const isGateway = placement === "gateway";
  const secrets = (["user", "password"] as const).filter((key) => line[key] !== undefined);
  const dialling = secrets.map((key) =>
    fault(
      ["line", key],
      isGateway
        ? "this release dials in nowhere; leave it to the client's router, and put the box behind it"
        : "the router dials in and keeps this; the box passes its session on. Leave it out",
    ),
  );
  if (placement === "mirror")
    return [fault(["line"], "a box on a mirrored port has no line. Leave it out"), ...dialling];
  const uplink = (["pppoe", "vlan"] as const).filter((key) => line[key] !== undefined && line[key] !== false);
  if (!isGateway) return dialling;
  return [
    ...uplink.map((key) =>
      fault(
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
    faults.push(fault(["wifi"], "this release has no radio; use a third port, or a USB adapter, for management"));
  }
  if (management === undefined) return faults;
  if (placement === "gateway") {
    faults.push(fault(["management"], "a gateway goes home by its outside port; say gateway.outside instead"));
  }
  if (management.vlan !== undefined) {
    faults.push(
      fault(["management", "vlan"], "this release takes no tags on the management port; use an untagged port"),
    );
  }
  if ((management.address === undefined) !== (management.router === undefined)) {
    const missing = management.address === undefined ? "address" : "router";
    faults.push(fault(["management", missing], "is missing; address and router go together"));
  }
  faults.push(...netFaults(["management"], management));
  // By a fixed address nobody names servers to the box.
  const isFixed = management.address !== undefined && management.router !== undefined;
  if (isFixed && (management.resolvers ?? []).length === 0 && isIP(controller.host) === 0) {
    faults.push(
      fault(
        ["management", "resolvers"],
        `is missing; by a fixed address the box finds ${controller.host} by these alone`,
      ),
    );
  }
  if (management.resolvers !== undefined && management.address === undefined) {
    faults.push(fault(["management", "resolvers"], "go with a fixed address; by DHCP the network names its own"));
  }
  return faults;
}

function gatewayFaults({ gateway, resolvers = [], placement }: SitePlan): Fault[] {
  if (placement !== "gateway") {
    return gateway === undefined
      ? []
      : [fault(["gateway"], `only a box with placement gateway has it, not ${placement}`)];
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
      ? [fault(["gateway", "outside", "address"], "is in the repair network; take another for that (gateway.inside)")]
      : []),
    ...prefixes.flatMap(({ path, address }) => {
      const bits = Number(address?.split("/")[1] ?? 24);
      return bits >= 16 && bits <= 29 ? [] : [fault(path, `${address} cannot be it; allowed: a prefix of 16 to 29`)];
    }),
    ...(resolvers.length > 4 ? [fault(["resolvers"], `a gateway asks 4 at most, here are ${resolvers.length}`)] : []),
    ...resolvers.flatMap((each, index) =>
      each.includes(":") ? [fault(["resolvers", index], `a gateway asks by IPv4 alone, not ${each}`)] : [],
    ),
  ];
}

function recordingFaults({ recording }: SitePlan, now: number): Fault[] {
  if (recording === undefined) return [];
  const strange = (["date", "until"] as const).filter(
    (key) => new Date(Date.parse(recording[key])).toISOString().slice(0, 10) !== recording[key],
  );
  if (strange.length > 0) {
    return strange.map((key) => fault(["recording", key], `${recording[key]} is in no calendar`));
  }
  if (Date.parse(recording.date) > now) {
    return [fault(["recording", "date"], `${recording.date} is still to come; allowed: the day on which it was given`)];
  }
  const isOver = endOfDay(recording.until) <= now;
  return [
    ...(isOver ? [fault(["recording", "until"], `${recording.until} is over; allowed: a day to come`)] : []),
    ...(recording.machine === undefined ? [] : cardFaults(["recording", "machine"], canonicalMac(recording.machine))),
  ];
}

/** The end of a day, wherever on Earth it is: epoch milliseconds. */
export function endOfDay(day: string): number {
  return Date.parse(day) + 86_400_000;
}
