/** Begins the time line with what the store of an older release knows with its time. */
import type { HostSnapshot, LineState, Notice } from "@cordon/contract";
import { auditFact } from "../account/audit-fact.ts";
import { containmentFact, lineFact } from "../ingest/box-facts.ts";
import { newsOf, toldOf } from "../ingest/told.ts";
import type { Rows } from "./schema.ts";
import { putFacts, type TimelineFact } from "./timeline-rows.ts";

const rowsAtOnce = 1_000;

/** Within the transaction that makes its table. Its sums are of a later one, which makes them of all rows. */
export async function fillTimeline(rows: Rows): Promise<void> {
  await fillFromAudit(rows);
  const sensors = await rows.selectFrom("sensors").select(["id", "site_id"]).execute();
  for (const { id, site_id: siteId } of sensors) {
    const told = (await fillFromNotices(rows, id, siteId)) + (await fillFromHosts(rows, siteId));
    await rows
      .insertInto("shares")
      .values({ sensor_id: id, what: "timeline", size: told, dropped_by_age: 0, dropped_by_share: 0, dropped_at: null })
      .execute();
  }
}

async function fillFromAudit(rows: Rows): Promise<void> {
  let number = 0;
  for (;;) {
    const query = rows.selectFrom("audit_log").selectAll().where("number", ">", number).orderBy("number");
    const lines = await query.limit(rowsAtOnce).execute();
    for (const line of lines) {
      number = Number(line.number);
      const fact = auditFact(line);
      if (fact !== null && line.site_id !== null) await putFacts(rows, line.site_id, [fact], line.at);
    }
    if (lines.length < rowsAtOnce) return;
  }
}

async function fillFromNotices(rows: Rows, sensorId: string, siteId: string): Promise<number> {
  let line: LineState | null = null;
  let told = 0;
  for (const kind of ["containment", "line"] as const) {
    const ofKind = rows.selectFrom("notices").selectAll().where("sensor_id", "=", sensorId).where("kind", "=", kind);
    for (let offset = 0; ; offset += rowsAtOnce) {
      const found = await ofKind
        .orderBy("at")
        .orderBy("boot_id")
        .orderBy("sequence")
        .offset(offset)
        .limit(rowsAtOnce)
        .execute();
      const facts: TimelineFact[] = [];
      for (const { boot_id: bootId, sequence, body } of found) {
        const notice = JSON.parse(body) as Notice;
        const id = `${bootId}-${sequence}`;
        if (notice.kind === "containment") facts.push(containmentFact(id, notice));
        if (notice.kind !== "line") continue;
        const fact = lineFact(id, notice.at, notice.line, line);
        line = notice.line;
        if (fact !== null) facts.push(fact);
      }
      told += (await putFacts(rows, siteId, facts, Number.MAX_SAFE_INTEGER)).length;
      if (found.length < rowsAtOnce) break;
    }
  }
  if (line !== null) {
    await rows
      .updateTable("sensors")
      .set({ line_told: JSON.stringify(line) })
      .where("id", "=", sensorId)
      .execute();
  }
  return told;
}

/** What machines are held for now, with the times that their snapshots give. */
async function fillFromHosts(rows: Rows, siteId: string): Promise<number> {
  const hosts = await rows.selectFrom("hosts").selectAll().where("site_id", "=", siteId).execute();
  let told = 0;
  for (const row of hosts) {
    const snapshot = JSON.parse(row.snapshot) as HostSnapshot;
    const id = `${row.boot_id}-${row.sequence}`;
    const at = snapshot.infectedAt ?? snapshot.suspectAt ?? snapshot.firstSeenAt;
    const facts = newsOf({ id, at }, snapshot, null).map((fact) => {
      const line = snapshot.evidence.find(({ kind }) => kind === fact.detail["behaviour"]);
      return line === undefined ? fact : { ...fact, at: line.firstAt };
    });
    told += (await putFacts(rows, siteId, facts, row.updated_at)).length;
    await rows
      .updateTable("hosts")
      .set({ told: JSON.stringify(toldOf(snapshot, null)) })
      .where("site_id", "=", siteId)
      .where("host", "=", row.host)
      .execute();
  }
  return told;
}
