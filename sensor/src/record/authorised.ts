import type { RecordingAuthorisation, RecordingScope, RecordingWish } from "@cordon/contract";

/** What a wish for the packet ring comes to. */
export type RingDecision =
  | { readonly state: "off" }
  | { readonly state: "refused"; readonly scope: RecordingScope; readonly text: string }
  /** `until` is the end of the one that lasted longest, epoch milliseconds. */
  | { readonly state: "ended"; readonly scope: RecordingScope; readonly text: string; readonly until: number }
  | {
      readonly state: "recording";
      readonly scope: RecordingScope;
      readonly authorisation: RecordingAuthorisation;
      readonly maxBytes: number | undefined;
    };

/** What was recorded is given out for so long after its authorisation has ended, then deleted, ms. */
export const keptAfterEndMs = 24 * 3_600_000;

/** By so much clocks of those who allow and of the box may differ. */
const clockErrorMs = 300_000;

/**
 * Whether the ring may run. Whoever wishes for it, an authorisation has to cover the whole of its scope and be in force;
 * of several the one that lasts longest counts. `latest` is the latest time that it may be, epoch milliseconds.
 */
export function decideRing(wish: RecordingWish | undefined, latest: number): RingDecision {
  const ring = wish?.ring;
  if (wish === undefined || ring === undefined) return { state: "off" };
  const { scope, maxBytes } = ring;
  const covering = wish.authorisations.filter((each) => covers(each.scope, scope));
  const given = covering.filter(({ date }) => date <= latest + clockErrorMs);
  const [authorisation] = given.filter(({ until }) => until > latest).toSorted((a, b) => b.until - a.until);
  if (authorisation !== undefined) return { state: "recording", scope, authorisation, maxBytes };
  if (given.length > 0) {
    const until = Math.max(...given.map((each) => each.until));
    return { state: "ended", scope, text: "The authorisation has run out: no packet is recorded any more.", until };
  }
  const whose = scope.kind === "site" ? "of the whole site" : `of ${scope.host}`;
  return { state: "refused", scope, text: `Nobody has authorised that packets ${whose} are recorded: none is.` };
}

/** What is allowed for everybody is for each. */
function covers(allowed: RecordingScope, wished: RecordingScope): boolean {
  if (allowed.kind === "site") return true;
  return wished.kind === "host" && wished.host === allowed.host;
}

/** As it is stamped on what is given out. */
export function authorisationText(authorisation: RecordingAuthorisation): string {
  const { id, by, role, date, scope, until } = authorisation;
  const whose = scope.kind === "site" ? "the whole site" : `the machine ${scope.host}`;
  const day = (at: number) => new Date(at).toISOString();
  return `Recorded by Cordon under authorisation ${id}, given by ${by} (${role}) on ${day(date)} for ${whose} until ${day(until)}.`;
}
