import type { TimelineFact, TimelineKind } from "../store/timeline-rows.ts";
import type { AuditRow } from "../store/schema.ts";

const kinds: ReadonlyMap<string, TimelineKind> = new Map<string, TimelineKind>([
  ...["containment-asked", "containment-released", "area-cut-asked", "area-cut-released"].map(
    (action) => [action, "action"] as const,
  ),
  ...["line-cut-asked", "line-cut-released", "barrier-set", "barrier-released"].map(
    (action) => [action, "action"] as const,
  ),
  ...["walk-armed", "walk-ended", "cable-pulled", "cable-back"].map((action) => [action, "action"] as const),
  ...["policy-set", "reflex-set", "remedies-set", "pardon-given", "pardon-withdrawn"].map(
    (action) => [action, "policy"] as const,
  ),
  ...["sensor-enrolled", "sensor-revoked", "sensor-retired", "revision-adopted", "key-enrolled"].map(
    (action) => [action, "box"] as const,
  ),
  ...["handed-back", "delegation-given", "delegation-withheld"].map((action) => [action, "box"] as const),
  ...["release-good", "release-fell-back", "release-refused"].map((action) => [action, "box"] as const),
  ["two-words-settled", "action"],
  ...["certificate-renewed", "token-created", "token-refused"].map((action) => [action, "box"] as const),
]);

/** Whose connection was whose, and what was asked of it, is for those who may look that up: that somebody did is for all. */
export const withoutDetail: ReadonlySet<string> = new Set([
  ...["nat-log-read", "flow-log-asked", "packets-asked", "upload-fetched", "upload-deleted", "sensor-asked"],
  ...["token-refused", "key-enrolled", "certificate-renewed", "site-assigned"],
]);

// What goes by a machine's key names it as its subject.
const aboutHosts: ReadonlySet<string> = new Set([
  ...["pardon-given", "pardon-withdrawn", "duty-declared", "duty-withdrawn"],
  ...["particulars-written", "photo-kept", "photo-taken-away"],
]);

/** What the time line of its site tells of a line of the audit log; null where it is of no site. */
export function auditFact(
  line: Pick<AuditRow, "id" | "at" | "author" | "action" | "site_id" | "subject" | "detail">,
  host: string | null = null,
): TimelineFact | null {
  if (line.site_id === null) return null;
  const { id, at, action, author: person, subject } = line;
  const said = detailOf(line.detail);
  const named = typeof said["host"] === "string" ? said["host"] : aboutHosts.has(action) ? subject : null;
  return {
    ...{ id, at, kind: kinds.get(action) ?? "people", what: action, person },
    host: host ?? named,
    detail: withoutDetail.has(action) ? {} : { ...said, subject },
  };
}

/** A detail is JSON, or a few words. */
function detailOf(detail: string): Readonly<Record<string, unknown>> {
  if (!detail.startsWith("{")) return detail === "" ? {} : { text: detail };
  try {
    return JSON.parse(detail) as Record<string, unknown>;
  } catch {
    return { text: detail };
  }
}
