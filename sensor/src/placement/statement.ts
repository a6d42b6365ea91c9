import type { Hello, Placement } from "@cordon/contract";
import type { PlacementFinding } from "./find-placement.ts";

const blindSpotsOf: Readonly<Record<Placement, readonly string[]>> = {
  lan: ["Guests on the router's own Wi-Fi.", "What machines on this switch send each other."],
  wan: [
    "Which machine behind the router sends: after its address translation all share one address.",
    "What machines of the site send each other.",
  ],
  gateway: ["What machines send each other that hang on one port of the box, behind a switch."],
  mirror: [
    "What the mirrored port does not carry: mostly what machines on one switch send each other.",
    "Nothing can be stopped from here: the box only receives copies.",
  ],
};

const standsOf: Readonly<Record<Placement, string>> = {
  lan: "between the router and the switch",
  wan: "between the provider's modem and the router",
  gateway: "as the router of the repair network",
  mirror: "beside the line, on a port that only receives copies",
};

/** How a placement is called in a sentence. */
export function standsWords(placement: Placement): string {
  return standsOf[placement];
}

/**
 * Where the box stands, why it thinks so, and what cannot be seen from there. The profile decides; what the
 * traffic showed stands beside it, also where it says something else. `chosen`: why it stands there, where that was
 * left to the box.
 */
export function placementStatement(
  placement: Placement,
  ports: { readonly inside: readonly string[]; readonly outside: string },
  finding: PlacementFinding,
  chosen: readonly string[] | null = null,
): Hello["placement"] {
  const { kind, reasons, blindSpots, faults } = finding;
  const isDoubted = chosen === null && kind !== null && kind !== placement;
  return {
    kind: placement,
    reasons: [
      ...(chosen ?? [`The site profile says that the box stands ${standsOf[placement]}.`]),
      placement === "mirror"
        ? `Copies come in by port ${ports.inside.join()}; nothing is ever sent out of it.`
        : `The machines are on port ${ports.inside.join(", ")}, the provider is on port ${ports.outside}.`,
      ...(placement === "gateway" ? [separationWords(ports.inside.length)] : []),
      ...reasons,
      ...(isDoubted ? [`Going by the traffic it stands ${standsOf[kind]}; the profile counts.`] : []),
      ...faults.map(({ text }) => text),
    ],
    blindSpots: [...blindSpotsOf[placement], ...blindSpots],
  };
}

function separationWords(ports: number): string {
  return ports > 1
    ? `Machines on different ones of the ${ports} ports are kept apart; those on one port are not, if a switch joins them.`
    : "All machines hang on one port, so nothing keeps them apart from one another.";
}

/** The same for a capture file, of which nothing is known. */
export function captureStatement(placement: Placement): Hello["placement"] {
  return {
    kind: placement,
    reasons: ["A capture file is being judged at its own pace; there is no line."],
    blindSpots: ["Everything that the capture does not hold."],
  };
}
