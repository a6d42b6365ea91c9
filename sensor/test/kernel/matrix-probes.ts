import type { Placement } from "@cordon/contract";
import type { AnyLevel, Rung, Variant } from "./matrix-cells.ts";
import { inwardFate, inwardKinds, outwardFate, outwardKinds, type Fate, type OutwardKind } from "./matrix-claims.ts";
import {
  arrivedInOtherCell,
  arrivedInside,
  arrivedOutside,
  besideFrame,
  inwardFrames,
  outwardFrames,
  toOtherCell,
  type Role,
} from "./matrix-frames.ts";
import type { Seen } from "./segment-witness.ts";

/** What the witnesses have seen: one on every segment. */
export interface Sight {
  readonly outside: Seen;
  readonly ofContained: Seen;
  readonly ofInnocent: Seen;
  /** Where there is one. */
  readonly otherCell: Seen | null;
}

/** Frames of one kind that are sent by or to one machine. */
export interface Probe {
  readonly kind: string;
  readonly role: Role;
  readonly direction: "out" | "in" | "beside" | "cell";
  readonly sender: "infected" | "neighbour" | "provider";
  readonly frames: readonly string[];
  /** How many of them have come through, and others of their kind before. */
  readonly arrived: (sight: Sight) => number;
  readonly fate: Fate;
}

export const roles = ["contained", "innocent"] as const satisfies readonly Role[];

/** What is tried in one cell, and what is to become of it at a level; null for the rung is no wish at all. */
export function probesOf(
  variant: Variant,
  placement: Placement,
  round: number,
  rung: Rung | null,
  level: AnyLevel,
): readonly Probe[] {
  // Many targets are there for those who count targets.
  const kinds = outwardKinds.filter((kind) => rung?.countsTargets === true || !isScan(kind));
  return roles.flatMap((role): Probe[] => {
    const sender = role === "contained" ? "infected" : "neighbour";
    const ofRole = role === "contained" || rung?.isForAll === true ? level : "none";
    const [near, beside] =
      role === "contained" ? (["ofContained", "ofInnocent"] as const) : (["ofInnocent", "ofContained"] as const);
    return [
      ...kinds.map((kind): Probe => ({
        ...{ kind, role, direction: "out", sender },
        frames: outwardFrames(kind, role, variant, round, placement),
        arrived: ({ outside }) => arrivedOutside(outside, kind, role, variant, round, placement),
        fate: outwardFate(kind, ofRole, rung?.way ?? null, variant, placement),
      })),
      ...inwardKinds.map((kind): Probe => ({
        ...{ kind, role, direction: "in", sender: "provider" },
        frames: inwardFrames(kind, role, variant, round, placement),
        arrived: (sight) => arrivedInside(sight[near], kind, role, variant, round, placement),
        fate: inwardFate(ofRole),
      })),
      {
        ...{ kind: "beside", role, direction: "beside", sender },
        frames: [besideFrame(role, variant)],
        arrived: (sight) =>
          sight[beside].between(variant[role], variant[role === "contained" ? "innocent" : "contained"]),
        fate: "passes",
      },
      {
        ...{ kind: "cell", role, direction: "cell", sender },
        frames: placement === "gateway" ? toOtherCell(role, variant) : [],
        arrived: ({ otherCell }) => (otherCell === null ? 0 : arrivedInOtherCell(otherCell, role, variant)),
        fate: "stopped",
      },
    ];
  });
}

function isScan(kind: OutwardKind): boolean {
  return kind === "scanShare" || kind === "scanOpen" || kind === "scanLink";
}
