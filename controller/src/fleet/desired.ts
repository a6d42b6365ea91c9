import { isDeepStrictEqual } from "node:util";
import {
  contractVersion,
  isNewer,
  isSweepBlock,
  wishIds,
  type AnyContainment,
  type DesiredDocument,
  type DocumentName,
  type Pardon,
  type Policy,
  type ReflexWish,
  type UpdateOrder,
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
  /** The release that is to run; absent or null where what runs stays. */
  readonly update?: UpdateOrder | null;
  /** The last document of the box's own key that was taken up; absent where there was none. */
  readonly answers?: DocumentName | null;
  /** At the box: the controller's document that it goes on from. Absent at the controller. */
  readonly base?: DesiredDocument;
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
    ...(facts.update == null ? {} : { update: facts.update }),
    ...(facts.answers == null ? {} : { answers: facts.answers }),
  });
  if (facts.base !== undefined) return nextLocal(issue, facts.base, last ?? facts.base);
  if (reached !== null) return issue(after(last !== null && isNewer(last, reached) ? last : reached));
  if (last === null) return issue({ epoch: 1, revision: 1 });
  const again = issue({ epoch: last.epoch, revision: last.revision });
  const { version, issuedAt, notAfter } = again;
  const isSame = isDeepStrictEqual(again, { ...last, version, issuedAt, notAfter });
  if (!isSame) return issue(after(last));
  if (last.notAfter - facts.now < desiredLifeMs / 2) return again;
  return null;
}

/**
 * The next document of the box's own key, or null where nothing is said that the last one does not say: it goes on from the
 * last one's revision, and tells what of the base somebody has ended. What ends by itself needs no document, and stays in the
 * next one: whether its time is over is the sensor's to say, which trusts no clock that may be ahead.
 */
function nextLocal(
  issue: (at: Revision) => DesiredDocument,
  base: DesiredDocument,
  last: DesiredDocument,
): DesiredDocument | null {
  const next = issue(after(last));
  const now = next.issuedAt;
  if (isDeepStrictEqual(saysAlone(next, now), saysAlone(last, now))) return null;
  const whole = withLapsed(next, base, new Set(last.local?.ended));
  const held = wishIds(whole);
  const ended = [...wishIds(base)].filter((id) => !held.has(id));
  const { epoch, revision, issuedAt } = base;
  return { ...whole, local: { base: { epoch, revision, issuedAt }, ended } };
}

/** A document with what the base wishes for and by this clock has ended by itself, but for what somebody has ended or said anew. */
function withLapsed(next: DesiredDocument, base: DesiredDocument, ended: ReadonlySet<string>): DesiredDocument {
  const now = next.issuedAt;
  const held = wishIds(next);
  const lapsed = <W extends { readonly id: string; readonly expiresAt: number | null }>(wishes: readonly W[] = []) =>
    wishes.filter(({ id, expiresAt }) => expiresAt !== null && expiresAt <= now && !held.has(id) && !ended.has(id));
  const both = <W>(field: string, ours: readonly W[] | undefined, theirs: readonly W[]) =>
    theirs.length === 0 ? {} : { [field]: [...(ours ?? []), ...theirs] };
  const barriers = lapsed(base.barriers).filter(
    ({ way, area }) => next.barriers?.some((own) => own.way === way && own.area === area) !== true,
  );
  const areaCuts = lapsed(base.areaCuts).filter(
    ({ area, from }) => next.areaCuts?.some((own) => own.area === area && own.from === from) !== true,
  );
  const pardons = (base.pardons ?? []).filter(
    ({ host, until }) => until !== null && until <= now && next.pardons?.some((own) => own.host === host) !== true,
  );
  const [lineCut] = next.lineCut === undefined && base.lineCut !== undefined ? lapsed([base.lineCut]) : [];
  return {
    ...next,
    ...both("containments", next.containments, lapsed(base.containments)),
    ...both("throttles", next.throttles, lapsed(base.throttles)),
    ...both("sweeps", next.sweeps, lapsed(base.sweeps)),
    ...both("pardons", next.pardons, pardons),
    ...both("barriers", next.barriers, barriers),
    ...both("areaCuts", next.areaCuts, areaCuts),
    ...(lineCut === undefined ? {} : { lineCut }),
  };
}

/** What a document wishes for, without which one it is. */
function saysAlone(document: DesiredDocument, now: number): object {
  const naming = ["version", "epoch", "revision", "issuedAt", "notAfter", "local", "answers"];
  return Object.fromEntries(Object.entries(inForce(document, now)).filter(([field]) => !naming.includes(field)));
}

/** A document without what has ended by itself. */
function inForce(document: DesiredDocument, now: number): DesiredDocument {
  const isOn = ({ expiresAt }: { readonly expiresAt: number | null }) => expiresAt === null || expiresAt > now;
  const { throttles, sweeps, pardons, barriers, areaCuts, lineCut, ...rest } = document;
  const listed = {
    throttles: throttles?.filter(isOn) ?? [],
    sweeps: sweeps?.filter(isOn) ?? [],
    pardons: pardons?.filter(({ until }) => until === null || until > now) ?? [],
    barriers: barriers?.filter(isOn) ?? [],
    areaCuts: areaCuts?.filter(isOn) ?? [],
  };
  return {
    ...rest,
    containments: rest.containments.filter(isOn),
    ...Object.fromEntries(Object.entries(listed).filter(([, list]) => list.length > 0)),
    ...(lineCut !== undefined && isOn(lineCut) ? { lineCut } : {}),
  };
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
