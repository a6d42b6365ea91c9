import type { Ambient } from "../ambient.ts";
import type { Rows } from "../store/schema.ts";

export interface AuditLine {
  /** Who did it, as the account says. */
  readonly author: string;
  /** In kebab case, in the past: `containment-asked`. */
  readonly action: string;
  readonly siteId?: string;
  /** What it was done to: a containment, a sensor. */
  readonly subject?: string;
  readonly detail: string;
}

/** Writes down who did what; within the transaction that does it, so that neither stands alone. */
export async function writeAudit(rows: Rows, ambient: Ambient, line: AuditLine): Promise<void> {
  await rows
    .insertInto("audit_log")
    .values({
      id: ambient.random(16).toString("hex"),
      at: ambient.clock.now(),
      author: line.author,
      action: line.action,
      site_id: line.siteId ?? null,
      subject: line.subject ?? null,
      detail: line.detail,
    })
    .execute();
}
