import { chmodSync } from "node:fs";
import { join } from "node:path";
import { Kysely } from "kysely";
import { ControllerError, errorText } from "../errors.ts";
import { makeDataDir } from "./data-dir.ts";
import { openSqlite, sqliteDialect } from "./dialect.ts";
import { migrate } from "./migrations.ts";
import type { Database, Store } from "./schema.ts";

export interface StoreOptions {
  /** Default 5,000: longer than any write of ours takes, shorter than a person's patience. */
  readonly busyTimeoutMs?: number;
}

/** Opens the store of a data directory, making both where they are missing. Close it by `destroy()`. */
export async function openStore(dataDir: string, options: StoreOptions = {}): Promise<Store> {
  const file = join(dataDir, "controller.sqlite");
  makeDataDir(dataDir);
  try {
    const store = new Kysely<Database>({
      dialect: sqliteDialect(openSqlite({ file, busyTimeoutMs: options.busyTimeoutMs ?? 5_000 })),
    });
    // Session hashes and ledgers are nobody else's business, whatever the directory's mode was.
    chmodSync(file, 0o600);
    await migrate(store);
    return store;
  } catch (error) {
    throw new ControllerError("store-unavailable", `cannot open the store ${file}: ${errorText(error)}`, {
      cause: error,
    });
  }
}
