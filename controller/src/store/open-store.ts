import { chmodSync } from "node:fs";
import { join } from "node:path";
import { Kysely, type Dialect } from "kysely";
import { ControllerError, errorText } from "../errors.ts";
import { makeDataDir } from "./data-dir.ts";
import { openSqlite, sqliteDialect } from "./dialect.ts";
import { migrate } from "./migrations.ts";
import type { Serving } from "./postgres.ts";
import type { Database, Store } from "./schema.ts";

export interface StoreOptions {
  /** Of a database in PostgreSQL (`postgres://…`); default SQLite in the data directory. */
  readonly url?: string | undefined;
  /** Of the process that serves. In PostgreSQL it waits here until no other does. */
  readonly serving?: Serving;
  /** Default 5,000: longer than any write of ours takes, shorter than a person's patience. */
  readonly busyTimeoutMs?: number;
  /** Of a store that is put back: the schema that its rows have, of a store that has no tables yet. */
  readonly schema?: number;
  readonly mustBeNew?: boolean;
}

function openInFile(file: string, busyTimeoutMs: number): Dialect {
  const database = openSqlite({ file, busyTimeoutMs });
  // Session hashes and ledgers are nobody else's business, whatever the directory's mode was.
  chmodSync(file, 0o600);
  return sqliteDialect(database);
}

/** Opens the store of a data directory, making both where they are missing. Close it by `destroy()`. */
export async function openStore(dataDir: string, options: StoreOptions = {}): Promise<Store> {
  const { url, busyTimeoutMs = 5_000, serving } = options;
  const file = join(dataDir, "controller.sqlite");
  makeDataDir(dataDir);
  // Loaded where it is wanted: a box that is its own centre has no use for it.
  const postgres = url === undefined ? null : await import("./postgres.ts");
  try {
    const dialect =
      url === undefined || postgres === null
        ? openInFile(file, busyTimeoutMs)
        : await postgres.openPostgres({ url, busyTimeoutMs, ...(serving === undefined ? {} : { serving }) });
    const store = new Kysely<Database>({ dialect });
    try {
      await migrate(store, { settle: postgres?.sortByBytes, schema: options.schema, mustBeNew: options.mustBeNew });
    } catch (error) {
      await store.destroy();
      throw error;
    }
    return store;
  } catch (error) {
    const name = url === undefined || postgres === null ? file : postgres.nameOf(url);
    throw new ControllerError("store-unavailable", `cannot open the store ${name}: ${errorText(error)}`, {
      cause: error,
    });
  }
}
