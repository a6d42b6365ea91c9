import { isDeepStrictEqual } from "node:util";
import {
  contractVersion,
  isNewer,
  isSweepBlock,
  type AnyContainment,
  type DesiredDocument,
  type Pardon,
  type Policy,
  type ReflexWish,
  type WipeOrder,
} from "@cordon/contract";
import type { ContainmentRow } from "../store/schema.ts";
import { wishFields, type SiteWishes } from "../store/site-wishes.ts";

// A box that slept in a drawer for longer gets a fresh document at its first connection anyway;
// what was recorded from the wire can be replayed to it no longer than this.
export const desiredLifeMs = 7 * 86_400_000;

/** Where a sequence of documents stands. */
export interface Revision {
  readonly epoch: number;
  readonly revision: number;
}

/** A containment as the document carries it. */
export function containmentOf(row: ContainmentRow): AnyContainment {
  return {
    id: row.id,
    kind: row.kind,
    host: row.host,
    vector: row.kind === "quarantine" ? null : row.vector,
    reason: row.reason,
    author: row.author,
    startsAt: row.asked_at,
    expiresAt: row.expires_at,
    // Rows were checked when they were written.
  } as AnyContainment;
}

/** Whether a containment belongs into the document now: neither released nor past its end. */
export function isWanted(row: ContainmentRow, now: number): boolean {
  return (
    row.released_at === null &&
    row.ended_at === null &&
    row.dropped_revision === null &&
    (row.expires_at === null || row.expires_at > now)
  );
}

export interface DocumentFacts {
  readonly sensorId: string;
  readonly siteId: string;
  readonly policy: Policy;
  /** Cuts and throttles. */
  readonly containments: readonly AnyContainment[];
  /** Null where nobody has said how the reflex is to be. */
  readonly reflex: ReflexWish | null;
  /** Whom the policy leaves alone. */
  readonly pardons: readonly Pardon[];
  /** What is wished for more than one machine. */
  readonly wishes: SiteWishes;
  /** That the box is to forget its site: then nothing else is wished for. Absent or null where it is to go on. */
  readonly wipe?: WipeOrder | null;
  readonly now: number;
}

/**
 * The next document, or null where the last one says the same already. A last one that runs out
 * within half its life is written anew under the same revision: what it says has not changed, so a
 * sensor that has it needs nothing, and one that lacks it can still adopt it.
 *
 * @param reached what the sensor was found to have, where that is none of what was issued here: the next goes beyond both
 */
export function nextDocument(
  facts: DocumentFacts,
  last: DesiredDocument | null,
  reached: Revision | null = null,
): DesiredDocument | null {
  // A sensor that knows no throttles or blocks of sweeps reads past them, where among the rest it would refuse them all.
  const containments = facts.containments.filter((one) => one.kind !== "throttle" && !isSweepBlock(one));
  const throttles = facts.containments.filter((containment) => containment.kind === "throttle");
  const sweeps = facts.containments.filter(isSweepBlock);
  const issue = (at: Revision): DesiredDocument => ({
    version: contractVersion,
    sensor: facts.sensorId,
    site: facts.siteId,
    ...at,
    issuedAt: facts.now,
    notAfter: facts.now + desiredLifeMs,
    policy: facts.policy,
    containments,
    ...(throttles.length > 0 ? { throttles } : {}),
    ...(sweeps.length > 0 ? { sweeps } : {}),
    ...(facts.reflex === null ? {} : { reflex: facts.reflex }),
    ...(facts.pardons.length > 0 ? { pardons: [...facts.pardons] } : {}),
    ...wishFields(facts.wishes),
    ...(facts.wipe == null ? {} : { wipe: facts.wipe }),
  });
  if (reached !== null) return issue(after(last !== null && isNewer(last, reached) ? last : reached));
  if (last === null) return issue({ epoch: 1, revision: 1 });
  const again = issue({ epoch: last.epoch, revision: last.revision });
  const { version, issuedAt, notAfter } = again;
  const isSame = isDeepStrictEqual(again, { ...last, version, issuedAt, notAfter });
  if (!isSame) return issue(after(last));
  if (last.notAfter - facts.now < desiredLifeMs / 2) return again;
  return null;
}

/** The revision that follows. A sequence that has come to the end of the numbers starts a new epoch. */
export function after(last: Revision): Revision {
  return last.revision >= Number.MAX_SAFE_INTEGER
    ? { epoch: last.epoch + 1, revision: 1 }
    : { epoch: last.epoch, revision: last.revision + 1 };
}

/** Whether something that left the document at `dropped` has been seen off by a sensor that reached `reached`. */
export function hasReached(reached: Revision, dropped: Revision): boolean {
  return !isNewer(dropped, reached);
}
