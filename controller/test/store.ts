/**
 * The store that the tests of this run are on: SQLite, or with CORDON_TEST_STORE, the address of a database in PostgreSQL, a schema of that
 * for each data directory.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import pg from "pg";
import { openStore as open, type StoreOptions } from "../src/store/open-store.ts";
import type { Store } from "../src/store/schema.ts";

const database = process.env["CORDON_TEST_STORE"];
const made = new Set<string>();

const schemaOf = (dataDir: string): string => `t${createHash("sha256").update(dataDir).digest("hex").slice(0, 16)}`;

async function run(...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Where the store of a data directory is; undefined is in the directory. */
export async function storeUrlOf(dataDir: string): Promise<string | undefined> {
  if (database === undefined) return undefined;
  const schema = schemaOf(dataDir);
  if (!made.has(schema)) await run(`create schema if not exists ${schema}`);
  made.add(schema);
  const url = new URL(database);
  url.searchParams.set("options", `-c search_path=${schema}`);
  return url.href;
}

/** The environment of a command line, in which its store is that of the data directory which it names. */
export async function environmentOf(args: readonly string[]): Promise<NodeJS.ProcessEnv> {
  const dataDir = args[args.indexOf("--data") + 1];
  const url = dataDir === undefined || !args.includes("--data") ? undefined : await storeUrlOf(dataDir);
  return url === undefined ? process.env : { ...process.env, CORDON_STORE: url };
}

/** Opens the store of a data directory. */
export async function openStore(dataDir: string, options: StoreOptions = {}): Promise<Store> {
  return open(dataDir, { url: await storeUrlOf(dataDir), ...options });
}

const backupOf = (directory: string): string => join(directory, "store.sql");

/** Lays a copy of a store that nobody has open beside that of its data directory; of one within it there is one already. */
export function backUpStore(dataDir: string, directory: string): void {
  if (database === undefined) return;
  execFileSync("pg_dump", [database, "--schema", schemaOf(dataDir), "--file", backupOf(directory)], { stdio: "pipe" });
}

/** Puts that back in the place of what there is. */
export async function restoreStore(dataDir: string, directory: string): Promise<void> {
  if (database === undefined) return;
  await run(`drop schema ${schemaOf(dataDir)} cascade`);
  execFileSync("psql", [database, "--set", "ON_ERROR_STOP=1", "--file", backupOf(directory)], { stdio: "pipe" });
}
