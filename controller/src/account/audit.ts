import type { Ambient } from "../ambient.ts";
import { ControllerError } from "../errors.ts";
import type { Rows } from "../store/schema.ts";
import { addToTimeline, namesOfHosts } from "../store/timeline-rows.ts";
import { firstHash, hashOfLine } from "./audit-chain.ts";
import { auditFact } from "./audit-fact.ts";

export interface AuditLine {
  /** Who did it, as the account says. */
  readonly author: string;
  /** In kebab case, in the past: `containment-asked`. */
  readonly action: string;
  readonly siteId?: string;
  /** What it was done to: a containment, a sensor. */
  readonly subject?: string;
  readonly detail: string;
  /** The machine that it concerns, for the time line, where neither subject nor detail names it. */
  readonly host?: string;
  /** When it was done, for the time line, where that became known here only now. */
  readonly doneAt?: number;
}

// Each loser of a race lets another line in, and two processes write at most.
const tries = 100;

/** Writes down who did what, behind the line before and on the time line of its site; within the transaction that does it, so that neither stands alone. */
export async function writeAudit(rows: Rows, ambient: Ambient, line: AuditLine): Promise<void> {
  const written = {
    id: ambient.random(16).toString("hex"),
    at: ambient.clock.now(),
    author: line.author,
    action: line.action,
    site_id: line.siteId ?? null,
    subject: line.subject ?? null,
    detail: line.detail,
  };
  for (let each = 0; each < tries; each += 1) {
    const last = await rows
      .selectFrom("audit_log")
      .select(["number", "hash"])
      .orderBy("number", "desc")
      .limit(1)
      .executeTakeFirst();
    const numbered = { ...written, number: (last?.number ?? 0) + 1 };
    const added = await rows
      .insertInto("audit_log")
      .values({ ...numbered, hash: hashOfLine(numbered, last?.hash ?? firstHash) })
      .onConflict((conflict) => conflict.column("number").doNothing())
      .returning("id")
      .executeTakeFirst();
    if (added !== undefined) return tell(rows, written, line);
  }
  throw new ControllerError("audit-unwritable", "the audit log could not be written: too many write it at once");
}

async function tell(
  rows: Rows,
  written: Parameters<typeof auditFact>[0],
  { host, doneAt }: Pick<AuditLine, "host" | "doneAt">,
): Promise<void> {
  const said = auditFact(written, host ?? null);
  if (said === null || written.site_id === null) return;
  const fact = { ...said, at: doneAt ?? said.at };
  const name = fact.host == null ? undefined : (await namesOfHosts(rows, written.site_id, [fact.host])).get(fact.host);
  await addToTimeline(rows, written.site_id, [name === undefined ? fact : { ...fact, name }], written.at);
}
