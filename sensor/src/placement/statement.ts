import type { Hello, Placement } from "@cordon/contract";

const blindSpotsOf: Readonly<Record<Placement, readonly string[]>> = {
  lan: ["Guests on the router's own Wi-Fi.", "What machines on this switch send each other."],
  wan: [
    "Which machine behind the router sends: after its address translation all share one address.",
    "What machines of the site send each other.",
  ],
  gateway: ["What machines on this switch send each other."],
  mirror: ["What the mirrored port does not carry.", "Nothing can be stopped from here: the box only receives copies."],
};

const standsOf: Readonly<Record<Placement, string>> = {
  lan: "between the router and the switch",
  wan: "between the provider's modem and the router",
  gateway: "as the router of the repair network",
  mirror: "beside the line, on a port that only receives copies",
};

/** Where the box stands, why it thinks so, and what cannot be seen from there. */
export function placementStatement(
  placement: Placement,
  ports: { readonly inside: string; readonly outside: string },
): Hello["placement"] {
  return {
    kind: placement,
    reasons: [
      `The site profile says that the box stands ${standsOf[placement]}.`,
      `The machines are on port ${ports.inside}, the provider is on port ${ports.outside}.`,
    ],
    blindSpots: [...blindSpotsOf[placement]],
  };
}

/** The same for a capture file, of which nothing is known. */
export function captureStatement(placement: Placement): Hello["placement"] {
  return {
    kind: placement,
    reasons: ["A capture file is being judged at its own pace; there is no line."],
    blindSpots: ["Everything that the capture does not hold."],
  };
}
