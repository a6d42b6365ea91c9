import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { foreignCode } from "../errors.ts";
import { software } from "../software.ts";
import { openSnapshot, tablesInOrder, type Snapshot } from "../store/snapshot.ts";
import type { BackupRecord } from "./record.ts";
import { seal, type BackupKey } from "./sealed-file.ts";

/** Folders of the data directory that go along: small files of text. */
const folders = ["keys", "acme", "languages"] as const;

/** Who is signed in, and what was answered to whom, is nobody's elsewhere and later. */
const leftOut = new Set(["schema_versions", "sessions", "login_links", "kept_answers"]);

export interface BackupSource {
  readonly dataDir: string;
  /** Of the store in PostgreSQL. */
  readonly storeUrl: string | undefined;
  readonly now: number;
}

/** Everything of a controller but uploaded answers, in one file, as it stands when this is called. */
export async function createBackup(source: BackupSource, key: BackupKey): Promise<Readable> {
  const snapshot = await openSnapshot(source.dataDir, source.storeUrl);
  const tables = (await tablesInOrder()).filter((table) => !leftOut.has(table));
  const lines = Readable.from(linesOf(source, snapshot, tables));
  const packed = createGzip();
  lines.on("error", (error) => packed.destroy(error));
  return Readable.from(seal(lines.pipe(packed), key), { objectMode: false });
}

async function* linesOf({ dataDir, now }: BackupSource, snapshot: Snapshot, tables: readonly string[]) {
  const line = (record: BackupRecord): string => `${JSON.stringify(record)}\n`;
  try {
    yield line({ kind: "begin", software, schema: snapshot.schema, createdAt: now });
    for (const path of filesOf(dataDir))
      yield line({ kind: "file", path, text: readFileSync(join(dataDir, path), "utf8") });
    let count = 0;
    for (const table of tables) {
      for await (const rows of snapshot.rows(table)) {
        const columns = Object.keys(rows[0] ?? {});
        count += rows.length;
        yield line({
          kind: "rows",
          table,
          columns,
          rows: rows.map((row) => columns.map((column) => row[column] ?? null)),
        });
      }
    }
    yield line({ kind: "end", rows: count });
  } finally {
    await snapshot.close();
  }
}

function filesOf(dataDir: string): string[] {
  return folders.flatMap((folder) => {
    try {
      // Whatever else lies there is being written, or nobody's.
      return readdirSync(join(dataDir, folder))
        .filter((name) => /^[\w-]+\.(pem|jsonl|json)$/.test(name))
        .map((name) => `${folder}/${name}`);
    } catch (error) {
      if (foreignCode(error) === "ENOENT") return [];
      throw error;
    }
  });
}
