/**
 * Everything that is PostgreSQL and not SQL.
 *
 * There is one connection, as with SQLite: whoever reads and then writes has nobody between. It holds the lock of whoever serves,
 * so that a controller that has lost the lock has lost what it could write by, too.
 */
import { CompiledQuery, PostgresDialect, PostgresDriver, sql, type Kysely, type TransactionSettings } from "kysely";
import type { DatabaseConnection, PostgresDialectConfig } from "kysely";
import pg from "pg";
import type { Log } from "../ambient.ts";
import { ControllerError, errorText } from "../errors.ts";

/** How a process that serves is told of its store. */
export interface Serving {
  readonly log: Log;
  /** Another controller waits, so this one does; default: it is logged. */
  readonly standsBy?: () => void;
  /** The connection was lost and stands again: what was told in between was not stored. */
  readonly isBack: () => void;
  /** Another controller serves this store now; nothing can be written any more. */
  readonly isTakenOver: () => void;
}

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?parameters`. */
  readonly url: string;
  /** How long a transaction waits for another process's to end. */
  readonly busyTimeoutMs: number;
  /** Absent: a command beside the one that serves. */
  readonly serving?: Serving;
}

// First halves of advisory locks; the second is the schema, of which a database may hold several.
const servingLock = 0x436f7264;
const writingLock = servingLock + 1;

const connectWithinMs = 10_000;
// Where the network swallows everything, TCP itself takes a quarter of an hour to say so.
const answerWithinMs = 60_000;
const lookAgainMs = 1_000;

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A store's address without what is secret in it. */
export function nameOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "postgres" : `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/** PostgreSQL's text holds every character but this one, which a forged name may bring. */
const storable = (value: unknown): unknown => (typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value);

class Client extends pg.Client {
  constructor(config: pg.ClientConfig) {
    // For the client alone: the pool would hold those to it who wait for their turn.
    super({ ...config, connectionTimeoutMillis: connectWithinMs });
  }

  // The pool and Kysely call it in this form alone.
  override query(text: unknown, values?: unknown): never {
    const query = super.query.bind(this) as (text: unknown, values: unknown) => Promise<unknown>;
    // With a query under way this breaks the connection off.
    const late = setTimeout(() => void this.end(), answerWithinMs);
    const parameters = Array.isArray(values) ? values.map(storable) : values;
    return query(text, parameters).finally(() => clearTimeout(late)) as never;
  }
}

/** One transaction writes at a time, as with SQLite, whichever process it is of. */
class SerialDriver extends PostgresDriver {
  override async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    await super.beginTransaction(connection, settings);
    try {
      await connection.executeQuery(CompiledQuery.raw(`select pg_advisory_xact_lock(${writingLock}, ${schemaOid})`));
    } catch (error) {
      // Kysely ends only what has begun.
      await connection.executeQuery(CompiledQuery.raw("rollback"));
      throw error;
    }
  }
}

class SerialDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): PostgresDriver {
    return new SerialDriver(this.#config);
  }
}

const schemaOid = "(select oid::integer from pg_namespace where nspname = current_schema())";

const setUp = (busyTimeoutMs: number): string => `
  set lock_timeout = ${Math.trunc(busyTimeoutMs)};
  set tcp_keepalives_idle = 10;
  set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 3;
  select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'`;

/** Keeps the one connection: makes it, notices that it is lost, and makes it again. */
class Connection {
  readonly #options: PostgresOptions;
  readonly #pool: pg.Pool;
  /** Why nothing can be asked for now; null where all is well. */
  #trouble: string | null = null;
  #backendPid: number | null = null;
  #isOver = false;
  #isClosed = false;

  constructor(options: PostgresOptions) {
    this.#options = options;
    this.#pool = new pg.Pool({
      connectionString: options.url,
      Client: Client as unknown as new () => pg.Client,
      max: 1,
      idleTimeoutMillis: 0,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: "cordon-controller",
      types: { getTypeParser },
      // Waited for, whatever its types say.
      onConnect: (client): unknown => this.#made(client as pg.Client),
    });
    // Lost while nobody asked for anything.
    this.#pool.on("error", () => undefined);
  }

  dialect(): PostgresDialect {
    const pool = this.#pool;
    return new SerialDialect({
      pool: {
        options: pool.options,
        connect: () => (this.#trouble === null ? pool.connect() : Promise.reject(this.#whyNot(this.#trouble))),
        end: async () => {
          this.#isClosed = true;
          await pool.end();
        },
      },
    });
  }

  /** Resolves once the connection stands; whoever is to serve waits until nobody else does. */
  async open(): Promise<void> {
    const { serving, url } = this.#options;
    for (let isStandby = false; ;) {
      try {
        (await this.#pool.connect()).release();
        return;
      } catch (error) {
        const isInUse = error instanceof ControllerError && error.code === "store-in-use";
        if (serving === undefined || !(isInUse || isStandby)) throw error;
        if (!isStandby) serving.standsBy?.();
        if (!isStandby) serving.log.warn(`another controller serves ${nameOf(url)}; standing by until it ends`);
        isStandby = true;
        await later(lookAgainMs);
      }
    }
  }

  async #made(client: pg.Client): Promise<void> {
    const { serving, busyTimeoutMs } = this.#options;
    client.on("error", (error) => this.#lost(error));
    await client.query(setUp(busyTimeoutMs));
    const found = await client.query<{ schema: number | null; encoding: string; pid: number }>(
      `select ${schemaOid} as schema, current_setting('server_encoding') as encoding, pg_backend_pid() as pid`,
    );
    const [row] = found.rows;
    if (row?.schema == null)
      throw new ControllerError("store-unusable", "the search path names no schema that is there");
    if (row.encoding !== "UTF8") {
      throw new ControllerError("store-unusable", `its encoding is ${row.encoding}; Cordon needs UTF8`);
    }
    if (serving !== undefined) await this.#lock(client, serving);
    this.#backendPid = row.pid;
  }

  async #lock(client: pg.Client, serving: Serving): Promise<void> {
    const tried = await client.query<{ is_ours: boolean }>(
      `select pg_try_advisory_lock(${servingLock}, ${schemaOid}) as is_ours`,
    );
    if (tried.rows[0]?.is_ours === true) return;
    const holding = await client.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and granted and objsubid = 2 and classid = ${servingLock}
        and objid::integer = ${schemaOid} and database = (select oid from pg_database where datname = current_database())`,
    );
    const holder = holding.rows[0]?.pid;
    if (this.#backendPid !== null && holder === this.#backendPid) {
      // The server has not noticed yet that our last connection is gone.
      await client.query("select pg_terminate_backend($1)", [holder]);
    } else if (this.#backendPid !== null && holder !== undefined && !this.#isOver) {
      this.#isOver = true;
      serving.log.error("another controller serves the store now: this one ends");
      serving.isTakenOver();
    }
    throw new ControllerError("store-in-use", "another controller serves it");
  }

  #lost(error: unknown): void {
    if (this.#isClosed || this.#trouble !== null) return;
    this.#trouble = errorText(error);
    this.#options.serving?.log.error(
      "the connection to the store is lost: nothing is stored or acknowledged until it is back",
      {
        store: nameOf(this.#options.url),
        error: this.#trouble,
      },
    );
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    for (;;) {
      await later(lookAgainMs);
      if (this.#isClosed || this.#isOver) return;
      try {
        (await this.#pool.connect()).release();
      } catch (error) {
        this.#trouble = errorText(error);
        continue;
      }
      this.#trouble = null;
      this.#options.serving?.log.warn("the connection to the store is back");
      this.#options.serving?.isBack();
      return;
    }
  }

  #whyNot(trouble: string): ControllerError {
    return new ControllerError("store-lost", `no connection to the store: ${trouble}`);
  }
}

// Whole numbers and their sums; ours stay below 2^53, which whoever writes them sees to.
const numeric = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC, pg.types.builtins.FLOAT8]);

/** Whole numbers as numbers. */
export const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  numeric.has(oid) ? Number : (pg.types.getTypeParser(oid, format as "text") as never);

/** Connects; whoever is to serve waits until nobody else does. */
export async function openPostgres(options: PostgresOptions): Promise<PostgresDialect> {
  const connection = new Connection(options);
  await connection.open();
  return connection.dialect();
}

/** Has texts sorted by their bytes, as SQLite sorts them, whatever the database was made with. */
export async function sortByBytes<T>(store: Kysely<T>): Promise<void> {
  const found = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = current_schema() and data_type = 'text' and collation_name is distinct from 'C'`.execute(
    store,
  );
  for (const [table, columns] of Map.groupBy(found.rows, (row) => row.table)) {
    const changes = columns.map(({ column }) => sql`alter column ${sql.ref(column)} type text collate "C"`);
    await sql`alter table ${sql.table(table)} ${sql.join(changes)}`.execute(store);
  }
}
