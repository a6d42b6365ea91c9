import { levelSentence, type Level, type AnyReportedContainment, type Placement } from "@cordon/contract";
import type { NoticeEntry } from "../record/notice-queue.ts";

type ContainmentChange = Extract<NoticeEntry, { kind: "containment" }>;

const holding: readonly Level[] = ["throttled", "vector-stopped", "internet-cut", "gateway-cut", "simulated"];

/**
 * What there is to say about containments between two reports. A containment whose enforcement is
 * unknown for a while has not changed: only what was seen is said.
 */
export function containmentChanges(
  before: readonly AnyReportedContainment[],
  after: readonly AnyReportedContainment[],
  context: { readonly placement: Placement; readonly now: number; readonly trustedNow: number },
): ContainmentChange[] {
  const changes: ContainmentChange[] = [];
  const beforeById = new Map(before.map((containment) => [containment.id, containment]));
  const say = (containment: AnyReportedContainment, change: ContainmentChange["change"], text: string) =>
    changes.push({
      kind: "containment",
      at: context.now,
      containmentId: containment.id,
      host: containment.host,
      change,
      text,
    });

  for (const containment of after) {
    const previous = beforeById.get(containment.id);
    beforeById.delete(containment.id);
    const isOver = containment.expiresAt !== null && containment.expiresAt <= context.trustedNow;
    const wasOver = isOver && previous !== undefined && holding.includes(previous.level);
    if (holding.includes(containment.level)) {
      if (previous === undefined || previous.level !== containment.level) {
        // After silence the same level is no news.
        if (previous?.level === "unconfirmed" && previous.inForceSince !== null) continue;
        const enforcement = containment.level === "simulated" ? "simulated" : "in-force";
        say(containment, "in-force", levelSentence({ wish: containment, placement: context.placement, enforcement }));
      }
    } else if (isOver) {
      if (wasOver)
        say(containment, "expired", `Its time was over; ${containment.packetsStopped} packets were stopped.`);
    } else if (containment.refusal !== null && containment.refusal !== previous?.refusal) {
      say(containment, "refused", containment.refusal);
    }
  }
  for (const gone of beforeById.values()) {
    const wasOver = gone.expiresAt !== null && gone.expiresAt <= context.trustedNow;
    // A containment whose time was over was said to have ended when it did.
    if (wasOver && !holding.includes(gone.level)) continue;
    if (wasOver) say(gone, "expired", `Its time was over; ${gone.packetsStopped} packets were stopped.`);
    else say(gone, "released", `Released; ${gone.packetsStopped} packets were stopped while it held.`);
  }
  return changes;
}
