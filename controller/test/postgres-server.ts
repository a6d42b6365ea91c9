/** A PostgreSQL of a test's own, on a socket in a folder of its own; it and the folder go with the test, however that ends. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

const installed = "/usr/lib/postgresql";

/** Where its programs are, of the newest release; null where it is not installed. */
export function findPostgres(): string | null {
  const releases = existsSync(installed) ? readdirSync(installed).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = releases.map((release) => join(installed, release, "bin"));
  return folders.find((folder) => ["initdb", "postgres"].every((name) => existsSync(join(folder, name)))) ?? null;
}

export interface PostgresServer {
  /** The address of a database. */
  readonly urlOf: (database: string) => string;
  readonly run: (database: string, ...statements: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

// It refuses to run as root.
const nobody = { uid: 65_534, gid: 65_534 };

// Its standard input ends with whoever started it, a SIGKILL included.
const keep = `
"$1"/postgres -D "$2"/data -c listen_addresses= -c unix_socket_directories="$2" -c fsync=off -c log_destination=stderr >"$2"/log 2>&1 &
cat >/dev/null
kill -QUIT $!
wait
rm -rf "$2"`;

/** @param bin where its programs are */
export async function startPostgres(bin: string): Promise<PostgresServer> {
  const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? nobody : {};
  const folder = mkdtempSync(join(tmpdir(), "cordon-postgres-"));
  if (user.uid !== undefined) chownSync(folder, nobody.uid, nobody.gid);
  const initdb = [
    "-D",
    join(folder, "data"),
    "-A",
    "trust",
    "-U",
    "cordon",
    "-E",
    "UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
  ];
  execFileSync(join(bin, "initdb"), initdb, { ...user, cwd: folder, stdio: "pipe" });
  const keeper = spawn("sh", ["-c", keep, "sh", bin, folder], {
    ...user,
    cwd: folder,
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const ended = once(keeper, "exit");
  const urlOf = (database: string) => `postgres://cordon@localhost/${database}?host=${folder}`;
  const run = async (database: string, ...statements: readonly string[]) => {
    const client = new pg.Client({ connectionString: urlOf(database) });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  const close = async () => {
    keeper.stdin?.end();
    await ended;
  };
  for (const until = performance.now() + 20_000; ;) {
    try {
      await run("postgres");
      return { urlOf, run, close };
    } catch (error) {
      if (performance.now() < until && keeper.exitCode === null) continue;
      await close();
      throw error;
    }
  }
}
