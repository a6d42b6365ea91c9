/** In what order boxes get a release, and what is to be done next of it. Decides; reads and writes nothing. */

/** How a box of a rollout stands. */
export const boxPhases = [
  /** Its turn has not come. */
  "listed",
  /** It runs the release without having been ordered to. */
  "same",
  /** Ordered; it has said nothing of it yet. */
  "ordered",
  ...["waiting", "fetching", "received", "verified", "installed", "trying", "good", "fell-back", "refused"],
  /** It has no part in it any more: a person left it out, or it was withdrawn. */
  "left",
] as const;
export type BoxPhase =
  | ("listed" | "same" | "ordered" | "left")
  | ("waiting" | "fetching" | "received" | "verified" | "installed" | "trying" | "good" | "fell-back" | "refused");

export const stageNames = ["first", "site", "tenth", "all"] as const;

/** Whether nothing more comes of it. */
export function isSettled(phase: BoxPhase): boolean {
  return phase === "good" || phase === "same" || phase === "left";
}

export function isFailed(phase: BoxPhase): boolean {
  return phase === "fell-back" || phase === "refused";
}

/** Whether the box's document carries the order. */
export function isOrdered(phase: BoxPhase): boolean {
  return phase !== "listed" && !isSettled(phase) && !isFailed(phase);
}

/**
 * In which stage each box has its turn, by index of {@link stageNames}: one box, the others of its site, a tenth of all, the
 * rest. The tenth is spread over the list as it is given.
 */
export function stagesOf(
  boxes: readonly { readonly sensorId: string; readonly siteId: string }[],
  first: string,
): ReadonlyMap<string, number> {
  const stages = new Map<string, number>();
  const firstSite = boxes.find(({ sensorId }) => sensorId === first)?.siteId;
  let others = 0;
  for (const { sensorId, siteId } of boxes) {
    if (sensorId === first) stages.set(sensorId, 0);
    else if (siteId === firstSite) stages.set(sensorId, 1);
    else stages.set(sensorId, others++ % 10 === 0 ? 2 : 3);
  }
  return stages;
}

export interface PlannedBox {
  readonly sensorId: string;
  readonly stage: number;
  readonly phase: BoxPhase;
  /** Since when it is not heard; null while it is. */
  readonly silentSince: number | null;
}

export interface PlannedRollout {
  /** The stage that has its turn. */
  readonly stage: number;
  readonly stageSince: number;
  /** For how long silent boxes are waited for before the next stage begins without them. */
  readonly patienceMs: number;
}

export type Step =
  /** Nothing until something is heard, or time passes. */
  | { readonly kind: "wait" }
  | { readonly kind: "halt"; readonly sensorId: string }
  | { readonly kind: "order"; readonly sensorIds: readonly string[] }
  | { readonly kind: "advance"; readonly stage: number }
  | { readonly kind: "end" };

/**
 * What is to be done next of a rollout that runs. One box that failed halts it. A stage begins when all before it are settled;
 * a silent box is waited for, and no longer than the patience where another has shown by then that the release works.
 */
export function nextStep(rollout: PlannedRollout, boxes: readonly PlannedBox[], now: number): Step {
  const failed = boxes.find(({ phase }) => isFailed(phase));
  if (failed !== undefined) return { kind: "halt", sensorId: failed.sensorId };
  const due = boxes.filter(({ stage, phase }) => stage <= rollout.stage && phase === "listed");
  if (due.length > 0) return { kind: "order", sensorIds: due.map(({ sensorId }) => sensorId) };
  const open = boxes.filter(({ stage, phase }) => stage <= rollout.stage && !isSettled(phase));
  const isProven = boxes.some(({ phase }) => phase === "good");
  const isLetBe = ({ silentSince }: PlannedBox) =>
    isProven && silentSince !== null && now - Math.max(silentSince, rollout.stageSince) >= rollout.patienceMs;
  if (!open.every(isLetBe)) return { kind: "wait" };
  const later = boxes.filter(({ stage }) => stage > rollout.stage).map(({ stage }) => stage);
  if (later.length > 0) return { kind: "advance", stage: Math.min(...later) };
  return open.length === 0 ? { kind: "end" } : { kind: "wait" };
}
