import { canonicalMac, isOfCard } from "./hardware-address.ts";
import { fault, type Fault } from "./shape-faults.ts";
import { allowedMac, type SitePlan } from "./site-plan.ts";

/** What is said of machines and areas, and cannot be meant. */
export function machineFaults({ machines = [], areas = [], ports, placement }: SitePlan): Fault[] {
  if (placement === "wan") {
    const unseen =
      "outside the router no machine is told by its hardware address, so this would do nothing. Leave it out";
    return [
      ...(machines.length > 0 ? [fault(["machines"], unseen)] : []),
      ...(areas.length > 0 ? [fault(["areas"], unseen)] : []),
    ];
  }
  const macs = machines.map(({ mac }) => canonicalMac(mac));
  const names = areas.map(({ name }) => name);
  const placed = areas.flatMap((area, index) => area.machines.map((mac) => ({ mac: canonicalMac(mac), index })));
  const firstAt = new Map<string, number>();
  for (const [place, { mac }] of placed.entries()) if (!firstAt.has(mac)) firstAt.set(mac, place);
  const own = new Map(Object.entries(ports ?? {}).map(([name, mac]) => [canonicalMac(mac), name]));
  const ownFault = (path: Fault["path"], mac: string): Fault[] =>
    own.has(mac) ? [fault(path, `${mac} is the box's own port (ports.${own.get(mac)}), and no machine`)] : [];
  return [
    ...macs.flatMap((mac, index) => cardFaults(["machines", index, "mac"], mac)),
    ...placed.flatMap(({ mac, index }) => cardFaults(["areas", index, "machines"], mac)),
    ...areas.flatMap((area, index) =>
      area.machines.length === 0
        ? [
            fault(
              ["areas", index, "machines"],
              "is empty; name the machines by their hardware addresses, or leave the area out",
            ),
          ]
        : [],
    ),
    ...macs.flatMap((mac, index) =>
      macs.indexOf(mac) < index
        ? [fault(["machines", index, "mac"], `${mac} was named before; one word for each`)]
        : [],
    ),
    ...macs.flatMap((mac, index) => ownFault(["machines", index, "mac"], mac)),
    ...placed.flatMap(({ mac, index }) => ownFault(["areas", index, "machines"], mac)),
    ...names.flatMap((name, index) =>
      names.indexOf(name) < index
        ? [fault(["areas", index, "name"], `there is another area ${JSON.stringify(name)}`)]
        : [],
    ),
    ...placed.flatMap(({ mac, index }, place) =>
      (firstAt.get(mac) ?? place) < place ? [fault(["areas", index, "machines"], `${mac} is in an area already`)] : [],
    ),
  ];
}

/** A hardware address that no machine has: a group's, or nobody's. */
export function cardFaults(path: Fault["path"], mac: string): Fault[] {
  return isOfCard(mac)
    ? []
    : [fault(path, `${mac} is no machine's; allowed: ${allowedMac}, as its network card has it`)];
}
