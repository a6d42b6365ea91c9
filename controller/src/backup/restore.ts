import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { writeAudit } from "../account/audit.ts";
import type { Ambient } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";
import { makeDataDir } from "../store/data-dir.ts";
import { migrationCount } from "../store/migrations.ts";
import { openStore } from "../store/open-store.ts";
import type { Rows, Store } from "../store/schema.ts";
import { recordsOf, type BackupRecord, type Begin } from "./record.ts";

export interface RestoreWish {
  /** Is to be locked against being served by the caller. */
  readonly dataDir: string;
  readonly storeUrl: string | undefined;
  readonly author: string;
  readonly ambient: Ambient;
}

export interface Restored {
  readonly begin: Begin;
  readonly rows: number;
  /** Where the data directory lies now that was there before; null where there was none. */
  readonly before: string | null;
  /** Whether the keys that were there are of the same authority, and so stay: they may know of more. */
  readonly keptKeys: boolean;
}

// SQLite takes 32,766 values in one statement.
const valuesOfStatement = 20_000;

export interface BackupContent {
  readonly begin: Begin;
  readonly rows: number;
  /** Rows by table. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Reads a backup to its end and writes nothing. Throws what {@link recordsOf} throws, and `backup-newer`. */
export async function checkBackup(file: Readable, passphrase: string): Promise<BackupContent> {
  let begin: Begin | null = null;
  let rows = 0;
  const counts: Record<string, number> = {};
  for await (const record of recordsOf(file, passphrase)) {
    begin ??= beginOf(record);
    if (record.kind === "rows") {
      rows += record.rows.length;
      counts[record.table] = (counts[record.table] ?? 0) + record.rows.length;
    }
    if (record.kind === "file" && !isOurs(record.path)) throw notWhole();
    if (record.kind === "end" && record.rows !== rows) throw notWhole();
  }
  if (begin === null) throw notWhole();
  return { begin, rows, counts };
}

const besideOf = (dataDir: string): string => `${dataDir}.restoring`;

/**
 * Ends what a restore had left to do when the machine went down between its last two steps: what was there is moved aside by
 * then, and what is put back lies whole beside. To be called before a data directory is made.
 */
export function endRestore(dataDir: string): void {
  const beside = besideOf(dataDir);
  if (!existsSync(dataDir) && existsSync(beside)) renameSync(beside, dataDir);
}

/**
 * Puts a controller back. Everything is read to its end and checked, then laid beside: where that fails nothing has changed. What was there
 * is moved aside and not deleted. A store in PostgreSQL has to be new: throws `store-not-empty`.
 */
export async function restoreBackup(
  open: () => Promise<Readable>,
  passphrase: string,
  wish: RestoreWish,
): Promise<Restored> {
  const { dataDir, storeUrl, ambient } = wish;
  const beside = besideOf(dataDir);
  const isUsed = whetherUsed(dataDir);
  await checkBackup(await open(), passphrase);
  rmSync(beside, { recursive: true, force: true });
  makeDataDir(beside);
  let store: Store | null = null;
  try {
    const records = recordsOf(await open(), passphrase);
    const first = await records.next();
    if (first.done === true) throw notWhole();
    const begin = beginOf(first.value);
    const where = { url: storeUrl, mustBeNew: true, schema: begin.schema };
    store = await openStore(beside, where);
    const rows = await store.transaction().execute((into) => fill(into, records, beside));
    await store.destroy();
    store = await openStore(beside, { url: storeUrl });
    const detail = JSON.stringify({ createdAt: begin.createdAt, rows });
    await writeAudit(store, ambient, { author: wish.author, action: "backup-restored", detail });
    await store.destroy();
    store = null;
    const keptKeys = keepKeys(dataDir, beside);
    const at = new Date(ambient.clock.now()).toISOString().replaceAll(/[:.]/g, "-");
    const before = isUsed ? `${dataDir}.before-${at}` : null;
    if (before !== null) renameSync(dataDir, before);
    else rmSync(dataDir, { recursive: true, force: true });
    try {
      renameSync(beside, dataDir);
    } catch (error) {
      if (before !== null) renameSync(before, dataDir);
      throw error;
    }
    return { begin, rows, before, keptKeys };
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    throw new ControllerError("backup-not-restored", `cannot restore the backup: ${errorText(error)}`, {
      cause: error,
    });
  } finally {
    await store?.destroy();
    rmSync(beside, { recursive: true, force: true });
  }
}

/** Throws `data-unclear` where something else lies there. */
function whetherUsed(dataDir: string): boolean {
  const found = existsSync(dataDir) ? readdirSync(dataDir).filter((name) => !name.startsWith("serving.lock")) : [];
  if (found.length === 0) return false;
  if (found.some((name) => name === "controller.sqlite" || name === "keys")) return true;
  throw new ControllerError("data-unclear", `${dataDir} is no data directory of a controller, and not empty`);
}

async function fill(into: Rows, records: AsyncIterable<BackupRecord>, beside: string): Promise<number> {
  let count = 0;
  let expected = -1;
  for await (const record of records) {
    switch (record.kind) {
      case "begin":
        throw notWhole();
      case "file":
        writeIn(beside, record.path, record.text);
        break;
      case "rows": {
        const { table, columns, rows } = record;
        const each = Math.max(1, Math.floor(valuesOfStatement / Math.max(1, columns.length)));
        for (let from = 0; from < rows.length; from += each) {
          const values = rows
            .slice(from, from + each)
            .map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? null])));
          // The names are those of a schema of ours that the types of today may not know any more.
          await into
            .insertInto(table as never)
            .values(values as never)
            .execute();
        }
        count += rows.length;
        break;
      }
      case "end":
        expected = record.rows;
    }
  }
  if (expected !== count) throw notWhole();
  return count;
}

function beginOf(record: BackupRecord): Begin {
  if (record.kind !== "begin") throw notWhole();
  if (record.schema > migrationCount) {
    throw new ControllerError("backup-newer", `a newer controller made this backup (${record.software}): update first`);
  }
  return record;
}

function isOurs(path: string): boolean {
  return /^(keys|acme|languages)\/[\w-]+\.(pem|jsonl|json)$/.test(path);
}

function writeIn(folder: string, path: string, text: string): void {
  if (!isOurs(path)) throw notWhole();
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600, flush: true });
}

/** Keys of the same authority that are there already know of every revocation since, and of a signer that was rotated. */
function keepKeys(dataDir: string, beside: string): boolean {
  const authority = (folder: string): string | null => {
    const file = join(folder, "keys", "authority.pem");
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  };
  const own = authority(dataDir);
  if (own === null || own !== authority(beside)) return false;
  rmSync(join(beside, "keys"), { recursive: true });
  cpSync(join(dataDir, "keys"), join(beside, "keys"), { recursive: true, verbatimSymlinks: true });
  return true;
}

const notWhole = () => new ControllerError("backup-damaged", "the backup is not whole");
