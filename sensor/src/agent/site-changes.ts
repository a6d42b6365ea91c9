import { areaSentence, barrierSentence, lineSentence, type Placement } from "@cordon/contract";
import type { SiteReport } from "../containment/report-site.ts";
import type { NoticeEntry } from "../record/notice-queue.ts";

type ContainmentChange = Extract<NoticeEntry, { kind: "containment" }>;
type Scope = NonNullable<ContainmentChange["scope"]>;

/** A wish for more than single machines as it was last seen; plain JSON. */
export interface SiteSeen {
  readonly id: string;
  readonly scope: Scope;
  readonly level: string;
  readonly inForceSince: number | null;
  readonly expiresAt: number | null;
  readonly refusal: string | null;
  /** What the level means, in a sentence. */
  readonly sentence: string;
  /** What it came to so far, in words. */
  readonly outcome: string;
}

const holding: ReadonlySet<string> = new Set([
  ...["counted", "stopped", "partly-stopped", "simulated"],
  ...["internet-cut", "partly-cut", "by-hand", "line-cut"],
]);

/** What a report says of such wishes. */
export function siteSeen({ barriers, areaCuts, lineCut }: SiteReport, placement: Placement): SiteSeen[] {
  const facts = (level: string) => ({
    placement,
    enforcement: level === "simulated" ? ("simulated" as const) : ("in-force" as const),
  });
  return [
    ...barriers.map((barrier) => ({
      ...kept(barrier, "barrier"),
      sentence: barrierSentence({ wish: barrier, ...facts(barrier.level) }),
      outcome:
        barrier.mode === "dry"
          ? `${barrier.passed} packets were counted and passed`
          : `${barrier.stopped} packets were stopped`,
    })),
    ...areaCuts.map((cut) => ({
      ...kept(cut, "area"),
      sentence: areaSentence({
        wish: cut,
        ...facts(cut.level),
        ...{ hosts: cut.hosts, cut: cut.cut.length, silent: cut.silent.length },
      }),
      outcome: `${cut.packetsStopped} packets were stopped`,
    })),
    ...(lineCut === undefined
      ? []
      : [
          {
            ...kept(lineCut, "line"),
            sentence: lineSentence(facts(lineCut.level)),
            outcome: `${lineCut.packetsStopped} packets were stopped`,
          },
        ]),
  ];
}

function kept(
  { id, level, inForceSince, expiresAt, refusal }: Omit<SiteSeen, "scope" | "sentence" | "outcome">,
  scope: Scope,
): Omit<SiteSeen, "sentence" | "outcome"> {
  return { id, scope, level, inForceSince, expiresAt, refusal };
}

/** What there is to say about them between two reports; what is unknown for a while has not changed. */
export function siteChanges(
  before: readonly SiteSeen[],
  after: readonly SiteSeen[],
  { now, trustedNow }: { readonly now: number; readonly trustedNow: number },
): ContainmentChange[] {
  const changes: ContainmentChange[] = [];
  const gone = new Map(before.map((seen) => [seen.id, seen]));
  const say = ({ id, scope }: SiteSeen, change: ContainmentChange["change"], text: string) =>
    changes.push({
      kind: "containment",
      at: now,
      containmentId: id,
      host: "",
      scope,
      change,
      text: text.slice(0, 400),
    });
  const isOver = ({ expiresAt }: SiteSeen) => expiresAt !== null && expiresAt <= trustedNow;

  for (const seen of after) {
    const previous = gone.get(seen.id);
    gone.delete(seen.id);
    const held = previous !== undefined && holding.has(previous.level);
    if (holding.has(seen.level)) {
      // After silence the same level is no news.
      const isBack = previous?.level === "unconfirmed" && previous.inForceSince !== null;
      if (previous?.level !== seen.level && !isBack) say(seen, "in-force", seen.sentence);
    } else if (isOver(seen)) {
      if (held || previous?.level === "unconfirmed") say(seen, "expired", `Its time was over; ${seen.outcome}.`);
      continue;
    }
    if (seen.refusal !== null && seen.refusal !== previous?.refusal) say(seen, "refused", seen.refusal);
  }
  for (const seen of gone.values()) {
    if (isOver(seen)) {
      // One whose time was over was said to have ended when it did.
      if (holding.has(seen.level)) say(seen, "expired", `Its time was over; ${seen.outcome}.`);
    } else {
      say(seen, "released", `Released; ${seen.outcome} while it held.`);
    }
  }
  return changes;
}
