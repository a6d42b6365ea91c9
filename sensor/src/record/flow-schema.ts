import { renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

/**
 * Lines are written once, a minute's worth at a time and in the order of a hash of the other end's address: a batch is a run
 * of ids and of new, full pages with nothing to rearrange, in which an address stands about where its hash says. An index of its own would
 * write a page anew for nearly every line. New pages need no copy in a rollback journal, where a write-ahead log would
 * write each of them twice. Whole numbers are kept as short as they are only in columns that are said to be of integers.
 */
const schema = `
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = TRUNCATE;
  PRAGMA synchronous = FULL;
  PRAGMA cache_size = -4096;
  PRAGMA temp_store = MEMORY;
  CREATE TABLE IF NOT EXISTS batches (
    id INTEGER PRIMARY KEY, is_late INTEGER NOT NULL, lines INTEGER NOT NULL, written_at INTEGER NOT NULL,
    first_start INTEGER NOT NULL, last_start INTEGER NOT NULL, last_at INTEGER NOT NULL, clock_error INTEGER
  );
  CREATE TABLE IF NOT EXISTS flows (
    id INTEGER PRIMARY KEY, remote INTEGER, remote_port INTEGER, inside INTEGER, inside_port INTEGER,
    outside INTEGER, outside_port INTEGER, host INTEGER, start INTEGER, duration INTEGER, code INTEGER,
    attempts INTEGER, bytes_out INTEGER, bytes_in INTEGER, name TEXT
  );
  CREATE TABLE IF NOT EXISTS shelves (
    id INTEGER PRIMARY KEY, last_batch INTEGER NOT NULL, shelf TEXT NOT NULL, remotes BLOB NOT NULL, ports BLOB NOT NULL
  );
  CREATE TABLE IF NOT EXISTS losses (first_at INTEGER, last_at INTEGER, reason TEXT, count INTEGER);
  CREATE TABLE IF NOT EXISTS steps (at INTEGER, by_ms INTEGER, is_corrected INTEGER);
`;

const version = 3;

/** What a log of that version lacks; of lines that it has nobody knows how wrong the clock was. */
const additions: Readonly<Record<number, string>> = { 2: "ALTER TABLE batches ADD COLUMN clock_error INTEGER" };

const idsPerBatch = 2 ** 20;

/** The ids that a batch's lines may have: from the first one up to and without the last. */
export function idsOf(batch: number): { readonly first: number; readonly end: number } {
  return { first: batch * idsPerBatch, end: (batch + 1) * idsPerBatch };
}

// SQLite's result codes, https://www.sqlite.org/rescode.html
const corrupt = 11;
const notADatabase = 26;

/** Whether the file is to blame, and will be the next time too. */
export function isDamage(error: unknown): boolean {
  const code = (error as { readonly errcode?: number }).errcode;
  return code !== undefined && (code % 256 === corrupt || code % 256 === notADatabase);
}

/** Opens the log's file, or makes it; throws where it is damaged, or of another shape. */
export function openFlowDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    const { user_version: found } = database.prepare("PRAGMA user_version").get() as { user_version: number };
    const addition = additions[found];
    if (found !== 0 && found !== version && addition === undefined)
      throw Object.assign(new TypeError("another version's log"), { errcode: corrupt });
    database.exec(schema);
    if (addition !== undefined) database.exec(addition);
    database.exec(`PRAGMA user_version = ${version}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Keeps one damaged file for whoever wants to look at it; the one before goes. */
export function setLogAside(path: string): void {
  rmSync(`${path}-journal`, { force: true });
  renameSync(path, `${path}.damaged`);
}
