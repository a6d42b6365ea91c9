/** The rows of a store as they stand in one moment, read beside whoever writes. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import { openSqlite, sqliteDialect } from "./dialect.ts";
import { migrate } from "./migrations.ts";
import type { Database } from "./schema.ts";

export type Row = Readonly<Record<string, string | number | null>>;

export interface Snapshot {
  /** How many migrations its tables have behind them. */
  readonly schema: number;
  readonly rows: (table: string) => AsyncIterable<readonly Row[]>;
  readonly close: () => Promise<void>;
}

const batchRows = 500;
// Of a photo each has a quarter of a megabyte: five hundred at once would be more memory than a small machine has.
const batchLength = 4 * 1024 * 1024;
// Where it is not known how long they are before they have come.
const batchRowsUnseen = 50;

/** Opens one; nobody who writes waits for it. */
export async function openSnapshot(dataDir: string, url: string | undefined): Promise<Snapshot> {
  if (url !== undefined) return (await import("./postgres-snapshot.ts")).openPostgresSnapshot(url, batchRowsUnseen);
  const database = new DatabaseSync(join(dataDir, "controller.sqlite"), { readOnly: true });
  database.exec("begin");
  // In WAL mode the first read is the moment that all others see.
  const { version } = database.prepare("select max(version) as version from schema_versions").get() as {
    readonly version: number;
  };
  return {
    schema: version,
    rows: async function* (table) {
      let batch: Row[] = [];
      let length = 0;
      for (const row of database.prepare(`select * from "${table}"`).iterate() as Iterable<Row>) {
        batch.push(row);
        for (const cell of Object.values(row)) length += typeof cell === "string" ? cell.length : 0;
        if (batch.length < batchRows && length < batchLength) continue;
        yield batch;
        [batch, length] = [[], 0];
      }
      if (batch.length > 0) yield batch;
    },
    close: async () => database.close(),
  };
}

/** Every table of the newest schema, those that others refer to before those. */
export async function tablesInOrder(): Promise<string[]> {
  const store = new Kysely<Database>({ dialect: sqliteDialect(openSqlite({ file: ":memory:", busyTimeoutMs: 0 })) });
  try {
    await migrate(store);
    const found = await sql<{ name: string; other: string | null }>`
      select tables.name as name, others."table" as other from sqlite_schema as tables
      left join pragma_foreign_key_list(tables.name) as others
      where tables.type = 'table' and tables.name not like 'sqlite_%' order by tables.name`.execute(store);
    const others = Map.groupBy(found.rows, ({ name }) => name);
    const ordered: string[] = [];
    const place = (name: string): void => {
      if (ordered.includes(name)) return;
      for (const { other } of others.get(name) ?? []) if (other !== null && other !== name) place(other);
      ordered.push(name);
    };
    for (const name of others.keys()) place(name);
    return ordered;
  } finally {
    await store.destroy();
  }
}
