import { Type, type Static } from "typebox";
import type { AnyContainment } from "./desired.ts";
import type { Placement, Sweep, Vector } from "./words.ts";

/** How far a containment really reaches. */
export const Level = Type.Union([
  /** Nothing is stopped. */
  Type.Literal("none"),
  /** The kernel's answer is not known: asked for, or the box fell silent. */
  Type.Literal("unconfirmed"),
  /** A capture file is being judged; there is no kernel and nothing is stopped. */
  Type.Literal("simulated"),
  /** New contacts are limited, all of them or those of one vector; what is established is untouched. */
  Type.Literal("throttled"),
  /** One vector is stopped on its way to the Internet. */
  Type.Literal("vector-stopped"),
  /** Cut from the Internet but for remedies; its neighbours on the switch still reach it. */
  Type.Literal("internet-cut"),
  /** Cut from everything beyond its switch but for remedies, the repair network's other cells included. */
  Type.Literal("gateway-cut"),
]);
export type Level = Static<typeof Level>;

/** What the kernel was observed to hold for a containment. */
export type Enforcement =
  /** Its elements stand in the sets of our table. */
  | "in-force"
  /** They do not. */
  | "absent"
  /** It was not looked at, or the answer is missing. */
  | "unknown"
  /** There is no kernel: a capture file is judged. */
  | "simulated";

export interface LevelFacts {
  readonly wish: Pick<AnyContainment, "kind" | "vector">;
  readonly placement: Placement;
  readonly enforcement: Enforcement;
}

const vectorWords: Readonly<Record<Exclude<Vector | Sweep, "arp">, string>> = {
  mail: "mail",
  smb: "Windows file sharing",
  telnet: "telnet",
  rdp: "remote desktop",
  ssh: "secure shell",
  sql: "database access",
  web: "web",
  other: "other",
  ping: "pinging",
};

/**
 * The smallest of wish, placement and what the kernel does, so that no screen can say more than
 * the kernel did.
 */
export function honestLevel(facts: LevelFacts): Level {
  if (facts.enforcement === "simulated") return "simulated";
  if (facts.enforcement === "unknown") return "unconfirmed";
  if (facts.enforcement === "absent") return "none";
  // A mirror has no path to stop, and outside the router's NAT a host has no name to stop it by.
  if (facts.placement === "mirror" || facts.placement === "wan") return "none";
  if (facts.wish.kind === "throttle") return "throttled";
  // Nobody is kept from asking for the gateway.
  if (facts.wish.vector === "arp") return "throttled";
  if (facts.wish.kind === "vector") return "vector-stopped";
  return facts.placement === "gateway" ? "gateway-cut" : "internet-cut";
}

/** The level in a sentence for a person: the result, never the wish. */
export function levelSentence(facts: LevelFacts): string {
  switch (honestLevel(facts)) {
    case "simulated":
      return "Simulated: a capture file is being judged, nothing is stopped.";
    case "unconfirmed":
      return "Asked; the box has not confirmed.";
    case "throttled": {
      if (facts.wish.vector === "arp") {
        return "Its search for machines by ARP is limited beyond the switch; whoever was found is still reached.";
      }
      const what = facts.wish.vector === null ? "" : `${vectorWords[facts.wish.vector]} `;
      return `Its new ${what}contacts beyond the switch are limited; everything established still works.`;
    }
    case "vector-stopped":
      return `Its ${vectorWords[shutOf(facts.wish)]} to the Internet is stopped; everything else still works.`;
    case "internet-cut":
      return "Cut from the Internet but for remedies; its neighbours on the switch can still reach it.";
    case "gateway-cut":
      return "Cut from everything beyond the switch but for remedies; its neighbours on the switch can still reach it.";
    case "none":
      if (facts.wish.kind === "throttle" && (facts.placement === "mirror" || facts.placement === "wan")) {
        return "Cannot be slowed from here.";
      }
      if (facts.placement === "mirror") return "Cannot be cut from here. By hand: unplug it.";
      if (facts.placement === "wan") return "Cannot be cut alone from here. The line can be cut for everyone.";
      return "Not stopped.";
  }
}

/** What a block of a vector shuts. */
function shutOf({ vector }: LevelFacts["wish"]): keyof typeof vectorWords {
  return vector === null || vector === "arp" ? "other" : vector;
}
