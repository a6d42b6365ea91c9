/**
 * Everything that is SQLite and not SQL. A second database gets its own such file and nothing else
 * changes.
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { SqliteDialect } from "kysely";

export interface SqliteOptions {
  /** A file, or `:memory:`. */
  readonly file: string;
  /** How long a write waits for another process's write to end. The event loop waits with it. */
  readonly busyTimeoutMs: number;
}

/** Opens the file and sets it up. */
export function openSqlite(options: SqliteOptions): DatabaseSync {
  const database = new DatabaseSync(options.file);
  database.exec(`pragma busy_timeout = ${Math.trunc(options.busyTimeoutMs)}`);
  database.exec("pragma journal_mode = wal");
  // A sensor deletes what we acknowledge: a commit must outlive a power cut, which in WAL mode only FULL promises.
  database.exec("pragma synchronous = full");
  database.exec("pragma foreign_keys = on");
  return database;
}

/** Kysely's own SQLite dialect over Node's built-in driver. */
export function sqliteDialect(database: DatabaseSync): SqliteDialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        // All our transactions write. Begun as readers, two processes that both read first could
        // not wait for each other: the second is refused at once whatever the busy time-out says.
        const statement = database.prepare(sql === "begin" ? "begin immediate" : sql);
        const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...values(parameters)),
          run: (parameters) => statement.run(...values(parameters)),
          iterate: (parameters) => statement.iterate(...values(parameters)),
        };
      },
    },
  });
}
