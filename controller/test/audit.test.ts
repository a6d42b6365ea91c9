import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { writeAudit } from "../src/account/audit.ts";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { command } from "./command.ts";
import { openStore } from "./store.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { asOwner, invite, take } from "./people.ts";
import { aDataDir } from "./scratch.ts";

/** Lines that are written at once, some by another process. */
async function written(dataDir: string, count: number): Promise<void> {
  const store = await openStore(dataDir);
  const ambient = systemAmbient(silentLog);
  const line = (index: number) => ({ author: "operator", action: "tested", detail: `line ${index}` });
  const others = Array.from({ length: 2 }, () => command("login-link", "create", "--data", dataDir));
  await Promise.all(Array.from({ length: count }, (_, index) => writeAudit(store, ambient, line(index))));
  await Promise.all(others);
  await store.destroy();
}

test("lines of two processes make one chain, in which each change, gap and cut shows", async (t) => {
  const dataDir = aDataDir(t);
  await written(dataDir, 60);
  const verify = (...more: string[]) => command("audit", "verify", "--data", dataDir, ...more);
  const whole = await verify();
  assert.match(whole.text, /^62 lines, all as they were written\. .*: [\da-f]{64}\n$/);
  const noted = /: ([\da-f]{64})/.exec(whole.text)?.[1] ?? "";
  await written(dataDir, 1);
  assert.equal((await verify("--expect", noted)).code, 0);
  const wrong = await verify("--expect", "0".repeat(64));
  assert.deepEqual(
    [wrong.code, wrong.text],
    [1, "the audit log is broken: line 65 is the last, and the expected hash is of none\n"],
  );

  const change = async (...statements: readonly string[]): Promise<void> => {
    const store = await openStore(dataDir);
    for (const statement of statements) await sql.raw(statement).execute(store);
    await store.destroy();
  };
  await change("create table kept as select * from audit_log");
  for (const [statement, text] of [
    ["update audit_log set author = 'somebody' where number = 30", "line 30 is not as it was written"],
    ["delete from audit_log where number = 31", "line 31 is missing"],
    ["update audit_log set detail = detail || ' ' where number = 1", "line 1 is not as it was written"],
  ] as const) {
    await change(statement);
    const broken = await verify();
    assert.deepEqual([broken.code, broken.text], [1, `the audit log is broken: ${text}\n`]);
    await change("delete from audit_log", "insert into audit_log select * from kept");
  }
  // A cut end shows by what was noted elsewhere, and by that alone.
  await change("delete from audit_log where number >= 62");
  assert.equal((await verify()).code, 0);
  assert.equal((await verify("--expect", noted)).code, 1);
});

test("an owner reads who did what, page by page, and nobody else does", async (t) => {
  const dataDir = aDataDir(t);
  const controller = await startTestController(dataDir);
  t.after(() => controller.close());
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  const owner = await asOwner(controller);
  const { body } = await invite(owner, { name: "Rita", role: "technician" });
  const { api } = await take(controller, body.token);
  assert.equal((await api.call("GET", "/api/v1/audit")).status, 403);
  interface Entry {
    readonly number: number;
    readonly author: string;
    readonly action: string;
  }
  const all = (await owner.call<Entry[]>("GET", "/api/v1/audit")).body;
  assert.deepEqual(
    all.map(({ number }) => number),
    all.map((_, index) => all.length - index),
  );
  const page = (await owner.call<Entry[]>("GET", `/api/v1/audit?limit=2&before=${all.length}`)).body;
  assert.deepEqual(page, all.slice(1, 3));
  const ofRita = (await owner.call<Entry[]>("GET", "/api/v1/audit?author=Rita")).body;
  assert.deepEqual(
    ofRita.map(({ action }) => action),
    ["session-opened", "account-taken"],
  );
});

test("figures are for who sees all sites, with a token too, and name no site", async (t) => {
  const dataDir = aDataDir(t);
  const controller = await startTestController(dataDir);
  t.after(() => controller.close());
  await enrol(dataDir, controller.brokerPort, { sensorId: "box-one", siteName: "Secret Advisers" });
  const owner = await asOwner(controller);
  const token = async (customers: readonly string[] | null): Promise<Record<string, string>> => {
    const wish = { name: "prometheus", role: "reader", customers, sites: null, expiresAt: Date.now() + 60_000 };
    const { body } = await owner.call<{ secret: string }>("POST", "/api/v1/tokens", wish);
    return { authorization: `Bearer ${body.secret}` };
  };
  const nobody = new ApiClient(controller.url);
  assert.equal((await nobody.call("GET", "/metrics")).status, 401);
  assert.equal((await nobody.call("GET", "/metrics", undefined, await token([]))).status, 403);
  const { status, headers, body } = await nobody.call<string>("GET", "/metrics", undefined, await token(null));
  assert.deepEqual([status, headers.get("content-type")], [200, "text/plain; version=0.0.4; charset=utf-8"]);
  assert.match(body, /^cordon_sensors\{state="never-seen"\} 1$/m);
  assert.match(body, /^# TYPE cordon_refusals_total counter$/m);
  for (const line of body.trimEnd().split("\n"))
    assert.match(line, /^(# (HELP|TYPE) .+|[a-z_]+(\{.*\})? \d+(\.\d+)?)$/);
  assert.ok(!body.includes("Secret") && !body.includes("box-one"));
});
