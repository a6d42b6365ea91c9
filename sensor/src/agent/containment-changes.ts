import { isAutomatic, levelSentence, type Level, type Placement } from "@cordon/contract";
import type { Held } from "../containment/report-containments.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";

type ContainmentChange = Extract<NoticeEntry, { kind: "containment" }>;

const holding: readonly Level[] = ["throttled", "vector-stopped", "internet-cut", "gateway-cut", "simulated"];

/**
 * What there is to say about containments between two reports. A containment whose enforcement is
 * unknown for a while has not changed: only what was seen is said.
 */
export function containmentChanges(
  before: readonly Held[],
  after: readonly Held[],
  context: {
    readonly placement: Placement;
    readonly now: number;
    readonly trustedNow: number;
    /** Why one that the policy took has ended, in a sentence; null where that is not known. */
    readonly whyEnded: (id: string) => string | null;
  },
): ContainmentChange[] {
  const changes: ContainmentChange[] = [];
  const beforeById = new Map(before.map((containment) => [containment.id, containment]));
  const say = (containment: Held, change: ContainmentChange["change"], text: string) =>
    changes.push({
      kind: "containment",
      at: context.now,
      containmentId: containment.id,
      host: containment.host,
      change,
      text: text.slice(0, 400),
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
        const level = levelSentence({ wish: containment, placement: context.placement, enforcement });
        const by = isAutomatic(containment) ? ` By ${containment.author}. ${containment.reason}` : "";
        say(containment, "in-force", level + by);
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
    else {
      const why = isAutomatic(gone) ? context.whyEnded(gone.id) : null;
      const { packetsStopped } = gone;
      say(
        gone,
        "released",
        why === null
          ? `Released; ${packetsStopped} packets were stopped while it held.`
          : `Released; ${packetsStopped} packets were stopped while it held. ${why}`,
      );
    }
  }
  return changes;
}
