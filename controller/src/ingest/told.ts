/** What the time line has told of a machine, kept beside it: what a snapshot says beyond that is news. */
import { machineName, type HostSnapshot } from "@cordon/contract";
import type { TimelineFact } from "../store/timeline-rows.ts";

/** Kept as JSON. */
export interface Told {
  readonly verdict: HostSnapshot["verdict"];
  /**
   * Behaviours that were in its ledger, by kind, and how many digits the counter of each had when it was told last. One that leaves
   * the ledger and comes back is no news.
   */
  readonly behaviours: readonly (readonly [kind: string, digits: number])[];
}

// A ledger has 64 lines at most; where a box makes new ones up, no more are told.
const behavioursKept = 128;

const digitsOf = (count: number): number => String(Math.max(0, Math.floor(count))).length;

/** What stands for a snapshot of which everything was told. */
export function toldOf({ verdict, evidence }: HostSnapshot, before: Told | null): Told {
  const digits = new Map(before?.behaviours);
  for (const { kind, count } of evidence) {
    if (!digits.has(kind) && digits.size >= behavioursKept) continue;
    digits.set(kind, Math.max(digits.get(kind) ?? 0, digitsOf(count)));
  }
  return { verdict, behaviours: [...digits] };
}

/**
 * What a snapshot says that was not told: another verdict, a behaviour that is new, or one whose counter has grown ten-fold. One
 * finding a behaviour and machine, with a counter: a list of every event teaches people to look away.
 *
 * @param of names the notice among all of its site, and when it was
 */
export function newsOf(
  { id, at }: { readonly id: string; readonly at: number },
  snapshot: HostSnapshot,
  before: Told | null,
): TimelineFact[] {
  const { host, verdict, evidence, score, contacts } = snapshot;
  const of = { at, host, name: machineName(snapshot) } as const;
  const told = new Map(before?.behaviours);
  const facts: TimelineFact[] = [];
  for (const { kind: behaviour, for: isFor, weight, count, text } of evidence) {
    const digits = told.get(behaviour);
    if (digits === undefined && told.size >= behavioursKept) continue;
    if (digitsOf(count) <= (digits ?? 0)) continue;
    told.set(behaviour, digitsOf(count));
    facts.push({
      ...{
        ...of,
        id: `${id}-${behaviour}`,
        kind: "evidence",
        what: digits === undefined ? "evidence" : "evidence-counted",
      },
      detail: { behaviour, for: isFor, weight, count, text },
    });
  }
  if (before === null && verdict === "clear") {
    facts.push({ ...of, id: `${id}-seen`, kind: "verdict", what: "host-seen", detail: { verdict } });
  } else if (before?.verdict !== verdict) {
    const detail = { verdict, before: before?.verdict ?? null, class: snapshot.class, vector: snapshot.vector };
    facts.push({
      ...{ ...of, id: `${id}-verdict`, kind: "verdict", what: `verdict-${verdict}` },
      detail: { ...detail, score, contacts },
    });
  }
  return facts;
}
