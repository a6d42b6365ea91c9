import type { Placement } from "@cordon/contract";
import { words, wording } from "../language/message.ts";

/** Where a box may stand; `auto` finds it out by itself. */
export type WiredPlace = Placement | "auto";

interface PlaceWords {
  /** What the ports hang on. */
  readonly outside: string;
  readonly inside: string;
  readonly steps: readonly string[];
  readonly ifItDies: readonly string[];
}

const pull = wording("Pull the two plugs with a dot.");
const couple = wording("Join them with a coupler, or put the one cable straight into the other device.");
const carries = wording("The line carries again, and nothing is watched or cut. Then call.");

/** Which plug goes where, in the words of the label that goes with the box. */
export const wiringWords = words<Readonly<Record<WiredPlace, PlaceWords>>>({
  lan: {
    outside: "Router",
    inside: "Switch",
    steps: [
      "Pull the cable between router and switch out of the switch; put it into OUTSIDE.",
      "A second cable from INSIDE into the switch, where the first one was.",
      "MANAGEMENT into any free socket of the switch.",
    ],
    ifItDies: [pull, couple, carries],
  },
  wan: {
    outside: "Modem",
    inside: "Router",
    steps: [
      "Pull the cable between modem and router out of the router; put it into OUTSIDE.",
      "A second cable from INSIDE into the router's Internet socket.",
      "MANAGEMENT into a free socket on the router's inner side.",
    ],
    ifItDies: [pull, couple, carries],
  },
  auto: {
    outside: "Modem, router",
    inside: "Router, switch",
    steps: [
      "Pull the cable before or behind the router at one end; put it into OUTSIDE.",
      "A second cable from INSIDE to where the first one was.",
      "MANAGEMENT into a free socket behind the router. The box finds out where it stands.",
    ],
    ifItDies: [pull, couple, carries],
  },
  gateway: {
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
  },
  mirror: {
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
  },
});
