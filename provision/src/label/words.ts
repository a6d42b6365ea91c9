import type { LabelFacts } from "./facts.ts";

/** What stands on the sheet for each placement. */
export interface PlaceWords {
  /** The two stations that the box stands between; of a mirror, what its two ports hang on. */
  readonly outside: string;
  readonly inside: string;
  readonly steps: readonly string[];
  readonly ifItDies: readonly string[];
}

const join = [
  "Pull the two plugs with a dot.",
  "Join them with a coupler, or put the one cable straight into the other device.",
  "The line carries again, and nothing is watched or cut. Then call.",
];

/** The words of a placement. */
export function wordsOf(placement: LabelFacts["placement"]): PlaceWords {
  switch (placement) {
    case "lan":
      return {
        outside: "Router",
        inside: "Switch",
        steps: [
          "Pull the cable between router and switch out of the switch; put it into OUTSIDE.",
          "A second cable from INSIDE into the switch, where the first one was.",
          "MANAGEMENT into any free socket of the switch.",
        ],
        ifItDies: join,
      };
    case "wan":
      return {
        outside: "Modem",
        inside: "Router",
        steps: [
          "Pull the cable between modem and router out of the router; put it into OUTSIDE.",
          "A second cable from INSIDE into the router's Internet socket.",
          "MANAGEMENT into a free socket on the router's inner side.",
        ],
        ifItDies: join,
      };
    case "auto":
      return {
        outside: "Modem, router",
        inside: "Router, switch",
        steps: [
          "Pull the cable before or behind the router at one end; put it into OUTSIDE.",
          "A second cable from INSIDE to where the first one was.",
          "MANAGEMENT into a free socket behind the router. The box finds out where it stands.",
        ],
        ifItDies: join,
      };
    case "gateway":
      return {
        outside: "Router",
        inside: "Bench",
        steps: [
          "OUTSIDE into a free socket of the client's router or modem.",
          "INSIDE to the machine to be repaired, or to a switch for several.",
          "Nothing else may join the two networks.",
        ],
        ifItDies: [
          "The machines on the bench have no network any more. That is as it should be: do not join the plugs.",
          "The client's own network goes on without the box. Call.",
        ],
      };
    case "mirror":
      return {
        outside: "Any socket",
        inside: "Mirror port",
        steps: [
          "Set up a mirror port on the switch: copies of the router's port, both directions.",
          "INSIDE into that port. It only listens.",
          "MANAGEMENT into any other socket of the switch: the way home.",
        ],
        ifItDies: [
          "Nothing stands still: the line does not pass through the box. There are no plugs to join.",
          "Nothing is watched any more. Then call.",
        ],
      };
  }
}

/** What the power light and the lights at the sockets say; every box has these. */
export function lightsOf(placement: LabelFacts["placement"]): readonly (readonly [string, string])[] {
  const socket = ["No light at a socket", "No cable, or nothing on at its other end."] as const;
  if (placement === "mirror") {
    return [["Power light off", "No power: nothing is watched."], socket, ["INSIDE blinks", "Copies come in."]];
  }
  if (placement === "gateway") {
    return [
      ["Power light off", "No power: the bench has no network."],
      socket,
      ["Both sockets blink", "The bench has a network."],
    ];
  }
  return [
    ["Power light off", "No power, and no line: join the two plugs."],
    socket,
    ["Both sockets blink", "The line is carried."],
  ];
}
