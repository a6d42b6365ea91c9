/**
 * The contract's version: one growing integer. Fields are only ever added, unknown fields are
 * ignored, and each side speaks to partners two versions older or newer.
 *
 * - 1 (2026-11-20): presence, hello, desired, reported, notices, stored, pulse, site profile.
 * - 2 (2026-11-29), step by step, all optional:
 *   2026-11-21: `throttles` and `reflex` of desired and reported, both optional; the level `throttled` within `throttles`.
 *   2026-11-21: `automatic`, `policy` and `pardons` of reported, `pardons` of desired, `role.declared` of hosts, all optional.
 *   2026-11-21: `remedies` and `portal` of desired, `remedies` of reported, all optional.
 *   2026-11-29: `areas`, `barriers`, `areaCuts`, `lineCut`, `resolvers` of desired, and all but the areas and resolvers of reported, all optional.
 *   2026-11-29: `gateway` of the site profile, notices of kind `nat`, `takes` of stored; all optional, and such notices are
 *   only sent where `takes` names them.
 *   2026-11-29: `hiddenStopped` of what is contained, `hidden` of reported barriers, both optional.
 *   2026-11-29: `duties` of the site profile, optional.
 *   2026-11-29: `resolver` and `contradictedBy` of open remedies, both optional.
 *   2026-11-29: `takes` of hello, optional; desired documents travel packed where it names them.
 *   2026-11-29: `addressTimes`, `names`, `several` and `role.guessed` of hosts, all optional.
 *   2026-11-29: `trouble` of the line's state, optional.
 *   2026-11-29: `duties` of desired and reported, optional.
 *   2026-11-29: `sweeps` of desired and reported, both optional.
 * - 3 (2026-11-29):
 *   2026-11-29: asks and answers, where `takes` of hello names `asks`; uploads of answers.
 *   2026-11-29: `record` of reported, `recording` of desired, both optional.
 *   2026-11-29: `spooled` of hello, optional.
 *   2026-11-29: enrolment and renewal. `enrolment`, `fallbackPort` and `authorityFingerprint` of the site profile, all optional;
 *   `credentials` and `authority` may be absent where these are there: such a profile is for images that know of enrolment.
 *   2026-11-30: the channel `delegation`; `pin` of the site profile, `ownKey` of hello, `local` and `answers` of desired, `local`
 *   of reported, notices of kind `deed`, which only a sensor that was delegated to sends; all optional.
 *   2026-11-30: `issuedAt`, `recording` and `ending` of reported, all optional; the refusal `key-unknown`.
 *   2026-11-30: `host` of a look-up's question, optional.
 *   2026-11-30: `wipe` of desired, where `takes` of hello names it; `wiped` of reported, optional.
 *   2026-11-30: `management`, `pin` and `contacts` of the site profile, all optional.
 *   2026-11-30: walks, where `takes` of hello names `walks`; the channel `walk`, which is only spoken on in answer to such an ask.
 *   2026-11-30: `update` of desired, where `takes` of hello names it; `update` of reported, optional; bundles.
 *   2026-11-30: `disk` of reported's record, `integrity` of its `wiped`, both optional.
 *   2026-11-30: `lineChecks` of reported, optional.
 *   2026-11-30: `speeds` of line checks, `pastRules` of reported, both optional.
 *   2026-11-30: `language` of a desired portal, optional.
 *   2026-11-30: `boot` of reported, optional.
 */
export const contractVersion = 3;

/** How many versions apart two partners may be and still understand one another. */
export const versionSkew = 2;

/** Whether a message of that version can be understood here. */
export function isUnderstood(version: number): boolean {
  return Math.abs(version - contractVersion) <= versionSkew;
}
