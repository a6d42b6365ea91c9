import pg from "pg";
import { getTypeParser } from "./postgres.ts";
import type { Row, Snapshot } from "./snapshot.ts";

/** The same of a store in PostgreSQL, over a connection of its own. */
export async function openPostgresSnapshot(url: string, batchRows: number): Promise<Snapshot> {
  const client = new pg.Client({ connectionString: url, application_name: "cordon-backup", types: { getTypeParser } });
  // Said by whichever query is next.
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("begin isolation level repeatable read read only");
    const found = await client.query<{ version: number }>("select max(version) as version from schema_versions");
    return {
      schema: found.rows[0]?.version ?? 0,
      rows: async function* (table) {
        await client.query(`declare each_row no scroll cursor for select * from "${table}"`);
        for (;;) {
          const { rows } = await client.query<Row>(`fetch ${batchRows} from each_row`);
          if (rows.length === 0) break;
          yield rows;
        }
        await client.query("close each_row");
      },
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}
