import type { Placement } from "@cordon/contract";
import { absenceOf, type AnyLevel, type Rung, type Variant } from "./matrix-cells.ts";

/** What the words of a level mean for a frame: all that a person who reads it may believe, and no more. */

/** What a machine sends outward. */
export const outwardKinds = [
  /** An opening on the way that is about to be shut, and on one that nobody speaks of. */
  "share",
  "open",
  /** Data of a connection that stands. */
  "standing",
  /** A question for a name, to no resolver of the site. */
  "name",
  /** An opening in another's name. */
  "forged",
  /** Many openings, each to another target: on the way, and on the other one. */
  "scanShare",
  "scanOpen",
  /** What keeps its link: a question by ARP or neighbour discovery, or whether its session stands. */
  "link",
  /** An echo request. */
  "ping",
  /** Many questions by ARP, each for another machine. */
  "scanLink",
] as const;
export type OutwardKind = (typeof outwardKinds)[number];

/** What comes back: an opening from outside, and an answer. */
export const inwardKinds = ["call", "answer"] as const;
export type InwardKind = (typeof inwardKinds)[number];

/** What becomes of frames: `limited` are bounded together, and `unsaid` is what no word is said of. */
export type Fate = "passes" | "stopped" | "limited" | "unsaid";

const shut: Readonly<Record<NonNullable<Rung["way"]>, readonly OutwardKind[]>> = {
  smb: ["share", "scanShare"],
  dns: ["name"],
  spoofed: ["forged"],
  ping: ["ping"],
  arp: ["scanLink"],
};

const beginnings: readonly OutwardKind[] = ["share", "open", "name", "forged", "scanShare", "scanOpen", "ping"];

/** What is to become of a frame on its way out from a machine that a rung is for, at the level that is reported. */
export function outwardFate(
  kind: OutwardKind,
  level: AnyLevel,
  way: Rung["way"],
  variant: Variant,
  placement: Placement,
): Fate {
  const isOnWay = way === null || shut[way].includes(kind);
  if (kind === "scanLink") return level === "throttled" && isOnWay ? "limited" : "passes";
  // Sessions and double tags hide from the kernel what is in them.
  const isHidden = variant.encapsulation !== "plain" && variant.encapsulation !== "802.1Q";
  if (kind === "link") {
    // Behind two tags it is any target, for who is throttled as a whole.
    return level === "throttled" && way === null && variant.encapsulation === "QinQ" ? "unsaid" : "passes";
  }
  switch (level) {
    case "none":
    case "by-hand":
    case "counted":
      return "passes";
    case "throttled":
      if (isOnWay && beginnings.includes(kind)) return "limited";
      // Where nobody answers nothing can be established.
      return way === null && isHidden && absenceOf(placement, variant) !== null ? "unsaid" : "passes";
    case "vector-stopped":
    case "stopped":
      return isOnWay ? "stopped" : "passes";
    case "partly-stopped":
      return isOnWay && !isHidden ? "stopped" : "passes";
    case "internet-cut":
    case "gateway-cut":
    case "line-cut":
      return "stopped";
    case "partly-cut":
    case "unconfirmed":
    case "simulated":
      return "unsaid";
  }
}

/** The same of what comes in by the outside port. */
export function inwardFate(level: AnyLevel): Fate {
  switch (level) {
    case "internet-cut":
    case "gateway-cut":
    case "line-cut":
      return "stopped";
    default:
      return "passes";
  }
}
