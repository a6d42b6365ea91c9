import { takesWalks, type Hello } from "@cordon/contract";
import type { SensorRow } from "../store/schema.ts";

/**
 * Why a box cannot say whose cable was pulled; closed, in kebab case. Outside the router (`outside-router`) single machines answer
 * nobody, a mirror (`mirror`) has no port to ask from, and where a capture is played (`simulated`) there are no cables.
 */
export const walkObstacles = ["no-box", "box-silent", "outside-router", "mirror", "simulated", "box-too-old"] as const;
export type WalkObstacle = (typeof walkObstacles)[number];

/** What stands against a walk with this box; null where nothing does. */
export function walkObstacle({ state, hello }: Pick<SensorRow, "state" | "hello">): WalkObstacle | null {
  if (hello === null) return "no-box";
  const { placement, canContain, takes = [] } = JSON.parse(hello) as Hello;
  if (placement.kind === "wan") return "outside-router";
  if (placement.kind === "mirror") return "mirror";
  if (!canContain) return "simulated";
  if (!takes.includes(takesWalks)) return "box-too-old";
  return state === "online" ? null : "box-silent";
}
