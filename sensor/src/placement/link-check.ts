import type { LineCheck, Placement } from "@cordon/contract";
import type { PortLinks } from "./find-placement.ts";

/** Whether the cables of the box's ports on the line lead anywhere, and how fast; by one port alone where it only listens. */
export function linkCheck(
  { inside, outside }: PortLinks,
  placement: Placement,
  speeds: NonNullable<LineCheck["speeds"]> = {},
): LineCheck {
  const links: Partial<PortLinks> = placement === "mirror" ? { inside } : { inside, outside };
  const known = Object.entries(speeds).filter(([port]) => links[port as keyof PortLinks] === true);
  const dead = Object.entries(links).flatMap(([port, hasLink]) => (hasLink === false ? [port as keyof PortLinks] : []));
  const isKnown = Object.values(links).every((hasLink) => hasLink !== null);
  const [port] = dead;
  return {
    kind: "link",
    state: port !== undefined ? "silent" : isKnown ? "answers" : "unseen",
    ...{ asked: 0, answered: 0, roundTripMs: null, answeredAt: null, silentSince: null },
    ...(port === undefined ? {} : { port: dead.length > 1 ? "both" : port }),
    ...(known.length === 0 ? {} : { speeds: Object.fromEntries(known) }),
  };
}
