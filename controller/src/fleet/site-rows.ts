/** All that the store holds of one site, whatever table it is in: for its export, and for its removal. */
import { ControllerError } from "../errors.ts";
import type { Database, Rows } from "../store/schema.ts";

type Table = keyof Database;

/** Where a site's rows are, and by which column. */
interface Holding {
  readonly table: Table;
  readonly column: "site_id" | "sensor_id" | "id";
}

// Who did what, chained by hashes: of its lines none can be taken out.
const auditLog: Table = "audit_log";
// What would open something.
const secretTables: readonly string[] = ["enrolment_tokens", "delegations"];

/** In an order in which they can be deleted; the site itself comes last. */
async function holdingsOf(rows: Rows): Promise<Holding[]> {
  const tables = await rows.introspection.getTables();
  const withColumn = (column: "site_id" | "sensor_id") =>
    tables
      .filter(({ name, columns }) => name !== "sensors" && columns.some((each) => each.name === column))
      .map(({ name }) => name as Table);
  const ofSensor = withColumn("sensor_id");
  const ofSite = withColumn("site_id").filter((name) => !ofSensor.includes(name) && name !== auditLog);
  return [
    ...ofSensor.map((table) => ({ table, column: "sensor_id" }) as const),
    ...ofSite.map((table) => ({ table, column: "site_id" }) as const),
    { table: "sensors", column: "site_id" },
    { table: "sites", column: "id" },
  ];
}

interface SiteIds {
  readonly siteId: string;
  readonly siteName: string;
  readonly sensorIds: readonly string[];
}

async function idsOf(rows: Rows, siteId: string): Promise<SiteIds> {
  const site = await rows.selectFrom("sites").select("name").where("id", "=", siteId).executeTakeFirst();
  if (site === undefined) throw new ControllerError("unknown-site", `there is no site ${siteId}`);
  const sensors = await rows.selectFrom("sensors").select("id").where("site_id", "=", siteId).execute();
  return { siteId, siteName: site.name, sensorIds: sensors.map(({ id }) => id) };
}

const valuesOf = ({ column }: Holding, { siteId, sensorIds }: SiteIds): readonly string[] =>
  column === "sensor_id" ? sensorIds : [siteId];

/** One line of an export: the head, then rows, each with the name of its table; what would open something is left out. */
export async function* exportSite(rows: Rows, siteId: string, now: number): AsyncGenerator<object> {
  const ids = await idsOf(rows, siteId);
  yield { format: "cordon-site-1", siteId, siteName: ids.siteName, at: now };
  const holdings: Holding[] = [...(await holdingsOf(rows)).toReversed(), { table: auditLog, column: "site_id" }];
  for (const holding of holdings.filter(({ table }) => !secretTables.includes(table))) {
    const found = await rows
      .selectFrom(holding.table)
      .selectAll()
      .where(rows.dynamic.ref<string>(holding.column), "in", valuesOf(holding, ids))
      .execute();
    for (const row of found) yield { table: holding.table, row };
  }
}

/**
 * Deletes all that the store holds of a site but for the audit log's lines. Throws `unknown-site`, and `box-not-withdrawn` while a
 * box of it may still come. Gives how many rows there were.
 */
export async function removeSite(rows: Rows, siteId: string): Promise<number> {
  const ids = await idsOf(rows, siteId);
  const present = await rows
    .selectFrom("sensors")
    .select("id")
    .where("site_id", "=", siteId)
    .where("revoked_at", "is", null)
    .where("retired_at", "is", null)
    .executeTakeFirst();
  if (present !== undefined) {
    throw new ControllerError(
      "box-not-withdrawn",
      `sensor ${present.id} still belongs to site ${siteId}: have it forget the site (sensor wipe), or revoke it`,
    );
  }
  let count = 0;
  for (const holding of await holdingsOf(rows)) {
    const values = valuesOf(holding, ids);
    if (values.length === 0) continue;
    const { numDeletedRows } = await rows
      .deleteFrom(holding.table)
      .where(rows.dynamic.ref<string>(holding.column), "in", values)
      .executeTakeFirst();
    count += Number(numDeletedRows);
  }
  return count;
}
