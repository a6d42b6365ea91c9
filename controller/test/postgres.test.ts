/** The store on PostgreSQL: what is tested on SQLite is tested on it as well, and what only it can do. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import pg from "pg";
import { systemAmbient } from "../src/ambient.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { findPostgres, startPostgres } from "./postgres-server.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { slow } from "./slow-tests.ts";

const bin = findPostgres();
const skip = bin === null ? "no PostgreSQL is installed (Debian: postgresql)" : false;
const server = bin === null ? null : await startPostgres(bin);
after(() => server?.close());
if (server !== null) {
  await server.run("postgres", "create database cordon");
  // Read when the harness is loaded.
  process.env["CORDON_TEST_STORE"] = server.urlOf("cordon");
}
const { enrol, startTestController } = await import("./harness.ts");
const { storeUrlOf } = await import("./store.ts");

/** Those that ask most of a store: order, ties, sums, conflicts, times, texts. In the short run some of each. */
const files = [
  ...["restore", "ingest", "timeline", "find"],
  ...(slow === false ? ["containment", "records", "people", "backup"] : []),
];

test("what holds on SQLite holds on PostgreSQL", { skip }, async () => {
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    ["--test", "--test-concurrency=3", ...files.map((name) => join(import.meta.dirname, `${name}.test.ts`))],
    {
      env: { ...environment, PATH: `${bin}${delimiter}${environment["PATH"]}` },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  assert.equal(code, 0, output);
  assert.match(output, /^(ℹ|#) pass \d{2}/m);
});

/** A log of which the lines are looked at. */
function aLog() {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  return { lines, ambient: systemAmbient({ info: () => undefined, warn: add, error: add }) };
}

test("while the store is away nothing is acknowledged, and all of it once it is back", { skip }, async (t) => {
  assert.ok(server !== null);
  const [dataDir, remove] = scratchDir();
  t.after(remove);
  const { lines, ambient } = aLog();
  const controller = await startTestController(dataDir, { ambient });
  t.after(() => controller.close());
  const profile = await enrol(dataDir, controller.brokerPort);
  const sensor = await FakeSensor.start({ profile });
  t.after(() => sensor.close());
  await sensor.sendHosts([aHost({ host: "02:00:5e:00:00:01" })]);
  await sensor.until(() => sensor.stored.length > 0);

  await server.run(
    "postgres",
    "alter database cordon with allow_connections false",
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'cordon'",
  );
  await t.waitFor(() => assert.match(lines.join("\n"), /connection to the store is lost: nothing is stored/));
  await sensor.sendHosts([aHost({ host: "02:00:5e:00:00:02" })]);
  await t.waitFor(() => assert.match(lines.join("\n"), /cannot take a message in/));
  assert.deepEqual(new Set(sensor.stored.map(({ sequence }) => sequence)), new Set([1]));

  await server.run("postgres", "alter database cordon with allow_connections true");
  await t.waitFor(() => assert.match(lines.join("\n"), /connection to the store is back/), { timeout: 10_000 });
  // As it had to be said again, whoever was connected is sent away.
  const again = await FakeSensor.start({ profile, bootId: sensor.bootId });
  t.after(() => again.close());
  const host = aHost({ host: "02:00:5e:00:00:02" });
  await again.send({ kind: "host", host }, { kind: "host", host });
  await again.until(() => again.stored.some(({ sequence }) => sequence === 2));
});

test("a second controller stands by, and serves when the first is gone", { skip }, async (t) => {
  const [dataDir, remove] = scratchDir();
  const [other, removeOther] = scratchDir();
  t.after(remove);
  t.after(removeOther);
  const storeUrl = (await storeUrlOf(dataDir)) ?? "";
  const first = await startTestController(dataDir);
  await enrol(dataDir, first.brokerPort);
  cpSync(join(dataDir, "keys"), join(other, "keys"), { recursive: true });
  const { lines, ambient } = aLog();
  let hasBegun = false;
  const standby = startTestController(other, { storeUrl, ambient }).then((controller) => {
    hasBegun = true;
    return controller;
  });
  await t.waitFor(() => assert.match(lines.join("\n"), /another controller serves .*; standing by/));
  assert.equal(hasBegun, false);
  assert.doesNotMatch(lines.join("\n"), /host=/);
  await first.close();
  const second = await standby;
  t.after(() => second.close());
  assert.match(await second.createLoginLink(), /^http/);
});

test(
  "a controller that finds another in its place after an outage writes nothing more, and says so",
  { skip },
  async (t) => {
    const [dataDir, remove] = scratchDir();
    t.after(remove);
    const { lines, ambient } = aLog();
    const takenOver = Promise.withResolvers<void>();
    const first = await startTestController(dataDir, { ambient, storeTakenOver: () => takenOver.resolve() });
    const other = new pg.Client({ connectionString: await storeUrlOf(dataDir) });
    await other.connect();
    t.after(() => other.end());
    const held =
      "select pid, classid::bigint as class, objid::bigint as object from pg_locks where locktype = 'advisory'";
    const { rows } = await other.query<{ pid: number; class: string; object: string }>(held);
    const [lock] = rows;
    assert.equal(rows.length, 1);
    // Waits in the line before the first is let go.
    const taken = other.query(`select pg_advisory_lock(${lock?.class}, ${lock?.object})`);
    await server?.run("cordon", `select pg_terminate_backend(${lock?.pid})`);
    await taken;
    await takenOver.promise;
    assert.match(lines.join("\n"), /another controller serves the store now: this one ends/);
    await assert.rejects(first.createLoginLink(), { code: "store-lost" });
    await first.close();
  },
);
