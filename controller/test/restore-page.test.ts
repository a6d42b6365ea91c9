/** A backup that is put back from the page: what is said before, that the controller comes back on it, and that a fault loses nothing. */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import type { RestoreContent, RestoreStanding } from "../src/api/restore-view.ts";
import type { Problem } from "../src/api/view.ts";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { createBackup } from "../src/backup/create.ts";
import type { FailedRestore } from "../src/backup/restore-desk.ts";
import { endRestore } from "../src/backup/restore.ts";
import { newBackupKey } from "../src/backup/sealed-file.ts";
import { restoreAndStart } from "../src/commands/restoring.ts";
import type { ReadyMessage } from "../src/commands/serve.ts";
import { main } from "./command.ts";
import { ApiClient, startTestController } from "./harness.ts";
import { asOwner } from "./people.ts";
import { scratchDir } from "./scratch.ts";

const passphrase = "a passphrase of some words";
// A store in PostgreSQL has to be new, so nothing is put back under a controller that has one.
const skip = process.env["CORDON_TEST_STORE"] !== undefined;
const cheap = { memory: 8, passes: 1, parallelism: 1 };
const ambient = systemAmbient(silentLog);

const backupOf = async (dataDir: string): Promise<Buffer> =>
  buffer(await createBackup({ dataDir, storeUrl: undefined, now: Date.now() }, await newBackupKey(passphrase, cheap)));

/** Brings a file by the API, in parts. */
async function bring(api: ApiClient, url: string, file: Buffer, partBytes: number): Promise<string> {
  const begun = await api.call<{ id: string }>("POST", "/api/v1/restores", { sizeBytes: file.length });
  assert.equal(begun.status, 201);
  const path = `/api/v1/restores/${begun.body.id}`;
  for (let at = 0; at < file.length; at += partBytes) {
    const { status } = await fetch(`${url}${path}/parts/${at}`, {
      method: "PUT",
      headers: { cookie: api.cookie, "content-type": "application/octet-stream" },
      body: new Uint8Array(file.subarray(at, at + partBytes)),
    });
    assert.equal(status, 204);
  }
  return path;
}

const customersOf = async (api: ApiClient): Promise<readonly string[]> =>
  (await api.call<readonly { name: string }[]>("GET", "/api/v1/customers")).body.map(({ name }) => name);

test(
  "a backup is brought by the page, says what it would bring back, and the controller comes back on it",
  { skip },
  async (t) => {
    const [folder, remove] = scratchDir();
    const dataDir = join(folder, "data");
    const ports = ["--broker-host", "127.0.0.1", "--broker-port", "0", "--http-port", "0"];
    const child = fork(main, ["serve", "--data", dataDir, ...ports], { silent: true });
    t.after(async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
      remove();
    });
    let output = "";
    child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
    const [{ url, loginLink }] = (await once(child, "message")) as [ReadyMessage];
    const api = new ApiClient(url);
    await api.signIn(loginLink);
    await api.call("POST", "/api/v1/customers", { name: "Brandt" });
    const file = await backupOf(dataDir);
    await api.call("POST", "/api/v1/customers", { name: "Of after the backup" });

    const standing = (await api.call<RestoreStanding>("GET", "/api/v1/restores")).body;
    assert.deepEqual([standing.isOffered, standing.failed], [true, null]);
    const path = await bring(api, url, file, 3_000);
    const check = (by: string) => api.call<RestoreContent & Problem>("POST", `${path}/check`, { passphrase: by });
    assert.equal((await check("some other passphrase")).body.code, "backup-locked");
    const { status, body } = await check(passphrase);
    assert.equal(status, 200);
    assert.ok(body.rows > 2 && Math.abs(body.createdAt - Date.now()) < 60_000, JSON.stringify(body));
    assert.equal((await customersOf(api)).length, 2, "nothing has changed yet");
    assert.equal((await api.call("POST", `${path}/begin`, { passphrase })).status, 202);

    const links = () => [...output.matchAll(/within 15 minutes: (\S+)/g)].map(([, link = ""]) => link);
    while (links().length < 2) await once(child.stdout ?? assert.fail(), "data");
    const again = new ApiClient(url);
    assert.equal((await again.signIn(links().at(-1) ?? "")).status, 201, "where it was");
    assert.deepEqual(await customersOf(again), ["Brandt"]);
    assert.equal((await api.call("GET", "/api/v1/session")).status, 401, "everybody signs in anew");
    const audit = await again.call<{ lines: readonly { action: string }[] }>("GET", "/api/v1/audit");
    assert.match(JSON.stringify(audit.body), /"backup-restored"/);
    const beside = readdirSync(folder).filter((name) => name !== "data");
    assert.equal(beside.length, 1, beside.join(" "));
    assert.match(beside[0] ?? "", /^data\.before-/);
  },
);

test("what did not come whole, is another's or is no backup is refused, and a part goes on from what is there", async (t) => {
  const [folder, remove] = scratchDir();
  const dataDir = join(folder, "data");
  const controller = await startTestController(dataDir, { restore: () => assert.fail("nobody asked for it") });
  t.after(async () => {
    await controller.close();
    assert.equal(existsSync(`${dataDir}.incoming`), false, "what was brought goes with the controller");
    remove();
  });
  const api = await asOwner(controller);
  const call = (method: string, path: string, body?: object) => api.call<Problem>(method, path, body);
  if (skip) {
    assert.equal((await call("POST", "/api/v1/restores", { sizeBytes: 10 })).body.code, "restore-not-offered");
    return;
  }
  assert.equal((await call("POST", "/api/v1/restores", { sizeBytes: 2 ** 40 })).body.code, "restore-too-large");
  const file = await backupOf(dataDir);
  const check = async (path: string) => (await call("POST", `${path}/check`, { passphrase })).body.code;
  const cut = await bring(api, controller.url, file.subarray(0, -20), 2 ** 20);
  assert.equal(await check(cut), "backup-damaged");
  assert.equal((await call("POST", `${cut}/begin`, { passphrase })).body.code, "backup-damaged");
  assert.equal(await check(await bring(api, controller.url, Buffer.from("no backup\n"), 2 ** 20)), "backup-unreadable");
  assert.equal(await check(cut), "unknown-restore", "another one has taken its place");
  const whole = await bring(api, controller.url, file, 2 ** 20);
  const other = await asOwner(controller);
  assert.equal((await other.call<Problem>("POST", `${whole}/check`, { passphrase })).body.code, "unknown-restore");
  const begun = await api.call<{ id: string }>("POST", "/api/v1/restores", { sizeBytes: 100 });
  const path = `/api/v1/restores/${begun.body.id}`;
  assert.equal(await check(path), "restore-part-elsewhere");
  const put = (offset: number, type: string) =>
    fetch(`${controller.url}${path}/parts/${offset}`, {
      ...{ method: "PUT", headers: { cookie: api.cookie, "content-type": type }, body: "x".repeat(60) },
    });
  assert.equal((await put(10, "application/octet-stream")).status, 409);
  assert.equal((await put(0, "text/plain")).status, 415);
  assert.equal((await put(0, "application/octet-stream")).status, 204);
  assert.equal((await put(60, "application/octet-stream")).status, 409, "more than was said");
  assert.equal((await call("DELETE", path)).status, 204);
  assert.equal(existsSync(`${dataDir}.incoming`), false);
});

test(
  "where it cannot be put back, or not be served, what was there is served as it was, with the reason",
  { skip },
  async (t) => {
    const [folder, remove] = scratchDir();
    t.after(remove);
    const dataDir = join(folder, "data");
    const incoming = `${dataDir}.incoming`;
    let controller = await startTestController(dataDir);
    const file = await backupOf(dataDir);
    await (await asOwner(controller)).call("POST", "/api/v1/customers", { name: "Of after the backup" });
    await controller.close();
    const order = { file: incoming, passphrase, author: "Olga" };
    const failures: (FailedRestore | null)[] = [];
    const names = async () => {
      const found = await customersOf(await asOwner(controller));
      await controller.close();
      assert.equal(existsSync(incoming), false);
      return found;
    };

    writeFileSync(incoming, file.subarray(0, -20));
    controller = await restoreAndStart(dataDir, order, ambient, async (failed) => {
      failures.push(failed);
      return startTestController(dataDir, failed === null ? {} : { failedRestore: failed });
    });
    const told = (await (await asOwner(controller)).call<RestoreStanding>("GET", "/api/v1/restores")).body.failed;
    assert.match(told?.text ?? "", /damaged or cut off/);
    assert.deepEqual(await names(), ["Of after the backup"]);

    writeFileSync(incoming, file);
    controller = await restoreAndStart(dataDir, order, ambient, async (failed) => {
      failures.push(failed);
      if (failed === null) throw new Error("its port was taken meanwhile");
      return startTestController(dataDir);
    });
    assert.deepEqual(await names(), ["Of after the backup"]);
    assert.deepEqual(
      failures.map((failed) => failed?.text.slice(0, 8) ?? null),
      ["the back", null, "its port"],
    );

    // The machine goes down between the last two steps.
    renameSync(dataDir, `${dataDir}.restoring`);
    endRestore(dataDir);
    assert.deepEqual(readdirSync(dirname(dataDir)).includes("data"), true);
    controller = await startTestController(dataDir);
    assert.deepEqual(await names(), ["Of after the backup"]);
  },
);
