/**
 * How our table in family bridge tells the two sides of the line apart, and where it looks at frames; nft text.
 *
 * In the line the outside is a port of the bridge, and what counts is forwarded between ports. A gateway's outside port
 * is not in the bridge: what machines send outward the bridge hands to the box, by the hook `input`, and what comes
 * back the box gives to the bridge, by `output`, where a frame has entered by no port. Both hooks see the machine's MAC.
 */
export interface FrameSides {
  /** Whether the box itself routes for the machines on the bridge. */
  readonly isGateway: boolean;
  /** Conditions: the frame comes from beyond the outside port, or does not. */
  readonly fromOutside: string;
  readonly fromInside: string;
  /** Condition: the frame leaves by the outside port. */
  readonly toOutside: string;
  /** The hooks that see what goes outward and what comes back. */
  readonly hooks: readonly ("forward" | "input" | "output")[];
  /** Where a frame is on its way out after all other rules. */
  readonly lastDoor: readonly string[];
}

/** The box joins two ports of one bridge. */
export function lineSides(outsidePort: string): FrameSides {
  return {
    isGateway: false,
    fromOutside: `iifname "${outsidePort}"`,
    fromInside: `iifname != "${outsidePort}"`,
    toOutside: `oifname "${outsidePort}"`,
    hooks: ["forward"],
    lastDoor: ["type filter hook forward priority 300; policy accept;", `oifname != "${outsidePort}" accept`],
  };
}

/** The box routes for machines on the ports of its bridge. */
export const gatewaySides: FrameSides = {
  isGateway: true,
  fromOutside: "iif 0",
  fromInside: "iif != 0",
  // What the bridge hands to the box is routed there, or is for the box itself.
  toOutside: "iif != 0",
  hooks: ["input", "output"],
  lastDoor: ["type filter hook input priority 300; policy accept;"],
};
