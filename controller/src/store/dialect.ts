/**
 * Everything that is SQLite and not SQL. A second database gets its own such file and nothing else
 * changes.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
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

interface Prepared {
  readonly statement: StatementSync;
  readonly isReader: boolean;
}

// Some three hundred texts of ours, those by number of rows included.
const statementsKept = 500;

/** Statements by their text: to prepare one takes longer than to run it. */
class Statements {
  readonly #database: DatabaseSync;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(sql: string): Prepared {
    const kept = this.#kept.get(sql);
    this.#kept.delete(sql);
    const prepared = kept ?? this.#prepare(sql);
    this.#kept.set(sql, prepared);
    if (this.#kept.size > statementsKept) this.#kept.delete(this.#kept.keys().next().value ?? "");
    return prepared;
  }

  #prepare(sql: string): Prepared {
    const statement = this.#database.prepare(sql);
    return { statement, isReader: statement.columns().length > 0 };
  }
}

/** Kysely's own SQLite dialect over Node's built-in driver. */
export function sqliteDialect(database: DatabaseSync): SqliteDialect {
  const statements = new Statements(database);
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (text) => {
        // All our transactions write. Begun as readers, two processes that both read first could
        // not wait for each other: the second is refused at once whatever the busy time-out says.
        const sql = text === "begin" ? "begin immediate" : text;
        const { statement, isReader } = statements.of(sql);
        const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
        return {
          reader: isReader,
          all: (parameters) => statement.all(...values(parameters)),
          run: (parameters) => statement.run(...values(parameters)),
          // One that is read step by step is not to be begun anew by somebody else meanwhile.
          iterate: (parameters) => database.prepare(sql).iterate(...values(parameters)),
        };
      },
    },
  });
}
