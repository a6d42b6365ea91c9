/** Backup and restore in one file: what comes back, and that whatever cannot be put back changes nothing. */
import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { verifyChain } from "../src/account/audit-chain.ts";
import { silentLog, systemAmbient } from "../src/ambient.ts";
import { createBackup } from "../src/backup/create.ts";
import { restoreBackup } from "../src/backup/restore.ts";
import { newBackupKey, seal } from "../src/backup/sealed-file.ts";
import { makeBackup, putBack, verifyBackup } from "../src/commands/backup.ts";
import { FakeSensor } from "./fake-sensor.ts";
import { ApiClient, enrol, startTestController } from "./harness.ts";
import { asOwner, codeAt, invite, password, take } from "./people.ts";
import { aHost } from "./sample-hosts.ts";
import { scratchDir } from "./scratch.ts";
import { openStore, storeUrlOf } from "./store.ts";

const passphrase = "a passphrase of some words";
const isPostgres = process.env["CORDON_TEST_STORE"] !== undefined;
const host = "02:00:5e:00:00:01";

test("a controller is put back elsewhere from one file, and learns from its boxes what it forgot", async (t) => {
  const [folder, remove] = scratchDir();
  const [dataDir, elsewhere, file] = [join(folder, "data"), join(folder, "elsewhere"), join(folder, "cordon.backup")];
  let controller = await startTestController(dataDir);
  let sensor: FakeSensor | null = null;
  t.after(async () => {
    await sensor?.close();
    await controller.close();
    remove();
  });
  const { brokerPort } = controller;
  const profile = await enrol(dataDir, brokerPort, { sensorId: "box-one" });
  sensor = await FakeSensor.start({ profile });
  await sensor.sendHosts([aHost({ host })]);
  const owner = await asOwner(controller);
  const { secret } = await take(controller, (await invite(owner, { name: "Tom", role: "technician" })).body.token);

  // By the page, while the controller is served.
  const offered = await owner.call<{ path: string }>("POST", "/api/v1/backups", { passphrase });
  assert.equal(offered.status, 201);
  const fetched = await fetch(controller.url + offered.body.path, { headers: { cookie: owner.cookie } });
  assert.match(fetched.headers.get("content-disposition") ?? "", /^attachment; filename="cordon-[\d-]+\.backup"$/);
  writeFileSync(file, Buffer.from(await fetched.arrayBuffer()));
  const again = await owner.call("GET", offered.body.path);
  assert.equal(again.status, 404);
  const text = readFileSync(file).toString("latin1");
  for (const secretText of [passphrase, secret, "PRIVATE KEY", "Tom"]) assert.equal(text.includes(secretText), false);

  // What is asked for since is in no backup, and on the box.
  const site = `/api/v1/sites/${profile.site.id}`;
  const wish = { kind: "quarantine", host, reason: "A worm", expiresAt: null };
  assert.equal((await owner.call("POST", `${site}/containments`, wish)).status, 201);
  await sensor.until(() => (sensor?.adopted.at(-1)?.containments.length ?? 0) > 0);
  const holds = sensor.adopted.at(-1);
  await sensor.close();
  await controller.close();

  const said: string[] = [];
  const storeUrl = await storeUrlOf(elsewhere);
  process.env["CORDON_PASSPHRASE"] = passphrase;
  t.after(() => void delete process.env["CORDON_PASSPHRASE"]);
  await verifyBackup({ input: file }, (line) => said.push(line));
  const store = storeUrl === undefined ? {} : { store: storeUrl };
  await putBack({ data: elsewhere, ...store, input: file }, silentLog, (line) => said.push(line));
  assert.match(said.join("\n"), /^Whole: \d+ rows, of .*\nRestored \d+ rows, of .*\nAccounts, .*\nStart it/);

  controller = await startTestController(elsewhere, { brokerPort });
  const tom = new ApiClient(controller.url);
  const code = codeAt(secret, Date.now() + 30_000);
  const signedIn = await tom.call("POST", "/api/v1/session", { name: "Tom", password, code });
  assert.equal(signedIn.status, 201);
  // Who was signed in then is not now.
  assert.equal((await new ApiClient(controller.url, owner.cookie).call("GET", "/api/v1/session")).status, 401);
  tom.cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  sensor = await FakeSensor.start({ profile, ...(holds === undefined ? {} : { holds }) });
  const found = await tom.siteWhen(profile.site.id, ({ hosts }) =>
    hosts.some((each) => each.host === host && each.containments.length > 0),
  );
  assert.equal(found.hosts[0]?.containments[0]?.reason, "A worm");
  const read = await openStore(elsewhere);
  t.after(() => read.destroy());
  assert.equal((await verifyChain(read, null)).kind, "whole");
  const last = await read.selectFrom("audit_log").select("action").where("action", "=", "backup-restored").execute();
  assert.equal(last.length, 1);
});

test("what is damaged, cut off, locked or newer is told apart and changes nothing; what was there stays", async (t) => {
  const [folder, remove] = scratchDir();
  t.after(remove);
  const dataDir = join(folder, "data");
  const controller = await startTestController(dataDir);
  const profile = await enrol(dataDir, controller.brokerPort, { sensorId: "box-one" });
  await controller.close();
  const storeUrl = await storeUrlOf(dataDir);
  const store = storeUrl === undefined ? {} : { store: storeUrl };
  const file = join(folder, "cordon.backup");
  const passphraseFile = join(folder, "passphrase");
  writeFileSync(passphraseFile, `${passphrase}\n`);
  // More than one frame.
  const rows = await openStore(dataDir);
  for (let n = 0; n < 400; n += 1) {
    const noise = systemAmbient(silentLog).random(400).toString("base64");
    await rows
      .insertInto("customers")
      .values({ id: `c${n}`, name: noise, created_at: n })
      .execute();
  }
  await rows.destroy();
  // A passphrase of a test is tried often.
  const cheap = { memory: 64, passes: 1, parallelism: 1 };
  const create = () =>
    makeBackup({ data: dataDir, ...store, output: file, passphraseFile }, silentLog, () => undefined);
  await create();
  await assert.rejects(create(), { code: "file-unavailable" });
  const source = { dataDir, storeUrl, now: Date.now() };
  const whole = await buffer(await createBackup(source, await newBackupKey(passphrase, cheap)));
  const frame = 64 * 1024 + 16;
  const headEnd = whole.indexOf(0x0a) + 1;
  assert.ok(whole.length > headEnd + 2 * frame, `${whole.length}`);
  const flipped = (at: number): Buffer => Buffer.from(whole.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  const head = (change: (text: string) => string): Buffer =>
    Buffer.concat([Buffer.from(change(whole.subarray(0, headEnd).toString())), whole.subarray(headEnd)]);
  const made = async (...lines: readonly object[]): Promise<Buffer> => {
    const packed = gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return buffer(Readable.from(seal(Readable.from([packed]), await newBackupKey(passphrase, cheap))));
  };
  const begin = { kind: "begin", software: "9.9.9", schema: 1, createdAt: 1 };
  const swapped = Buffer.concat([
    whole.subarray(0, headEnd),
    whole.subarray(headEnd + frame, headEnd + 2 * frame),
    whole.subarray(headEnd, headEnd + frame),
    whole.subarray(headEnd + 2 * frame),
  ]);
  const cases: readonly (readonly [name: string, bytes: Buffer, code: string, words?: string])[] = [
    ["another file", Buffer.from("PK\x03\x04 something else\n"), "backup-unreadable"],
    ["an empty file", Buffer.alloc(0), "backup-unreadable"],
    ["another passphrase", whole, "backup-locked", "another passphrase"],
    ["a newer layout", head((text) => text.replace('"cordonBackup":1', '"cordonBackup":2')), "backup-newer"],
    ["a changed head", head((text) => text.replace("{", "{ ")), "backup-damaged"],
    ["a flipped bit in the first frame", flipped(headEnd + 10), "backup-damaged"],
    ["a flipped bit at the end", flipped(whole.length - 1), "backup-damaged"],
    ["cut off within a frame", whole.subarray(0, headEnd + frame + 100), "backup-damaged"],
    ["cut off between frames", whole.subarray(0, headEnd + frame), "backup-damaged"],
    ["nothing but a head", whole.subarray(0, headEnd), "backup-damaged"],
    ["frames in another order", swapped, "backup-damaged"],
    ["more behind the end", Buffer.concat([whole, Buffer.alloc(10)]), "backup-damaged"],
    ["a newer schema", await made({ ...begin, schema: 10_000 }, { kind: "end", rows: 0 }), "backup-newer"],
    ["no end", await made(begin), "backup-damaged"],
    ["rows that are not there", await made(begin, { kind: "end", rows: 7 }), "backup-damaged"],
    ["a record of no kind", await made(begin, { kind: "else" }, { kind: "end", rows: 0 }), "backup-damaged"],
  ];
  const target = join(folder, "target");
  cpSync(dataDir, target, { recursive: true });
  const look = () =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.startsWith("target"))
      .toSorted();
  const before = look();
  const targetUrl = await storeUrlOf(target);
  const wish = { dataDir: target, storeUrl: targetUrl, author: "operator", ambient: systemAmbient(silentLog) };
  for (const [name, bytes, code, words = passphrase] of cases) {
    await assert.rejects(
      restoreBackup(async () => Readable.from([bytes]), words, wish),
      { code },
      name,
    );
    assert.deepEqual(look(), before, name);
  }
  // A path that leads out of the directory.
  const out = await made(begin, { kind: "file", path: "keys/../../out.pem", text: "x" }, { kind: "end", rows: 0 });
  await assert.rejects(
    restoreBackup(async () => Readable.from([out]), passphrase, wish),
    { code: "backup-damaged" },
  );
  assert.equal(existsSync(join(folder, "out.pem")), false);

  // What was there is beside, and what its keys know since is not forgotten.
  const revocations = join(target, "keys", "revocations.jsonl");
  writeFileSync(revocations, "since\n");
  if (isPostgres) {
    // The way from one kind of store to the other, and back.
    const [sqlite, postgres, second] = [
      join(folder, "sqlite"),
      join(folder, "postgres"),
      join(folder, "second.backup"),
    ];
    const quiet = () => undefined;
    await putBack({ data: sqlite, input: file, passphraseFile }, silentLog, quiet);
    await makeBackup({ data: sqlite, output: second, passphraseFile }, silentLog, quiet);
    const url = (await storeUrlOf(postgres)) ?? "";
    await putBack({ data: postgres, store: url, input: second, passphraseFile }, silentLog, quiet);
    const moved = await openStore(postgres);
    assert.equal((await verifyChain(moved, null)).kind, "whole");
    assert.equal((await moved.selectFrom("customers").select("id").execute()).length, 400);
    await moved.destroy();
    return;
  }
  const said: string[] = [];
  await putBack({ data: target, input: file, passphraseFile }, silentLog, (line) => said.push(line));
  const [aside = ""] = readdirSync(dirname(target)).filter((name) => name.startsWith(`${basename(target)}.before-`));
  assert.match(said[1] ?? "", new RegExp(`^What was there lies in .*${aside}; its keys are in use still$`));
  assert.equal(readFileSync(revocations, "utf8"), "since\n");
  assert.equal(existsSync(join(folder, aside, "controller.sqlite")), true);
  const restored = await openStore(target);
  assert.equal((await restored.selectFrom("sensors").select("id").executeTakeFirst())?.id, profile.sensor);
  await restored.destroy();
  // While it is served nothing is put back.
  const running = await startTestController(target);
  await assert.rejects(
    putBack({ data: target, input: file, passphraseFile }, silentLog, () => undefined),
    { code: "data-in-use" },
  );
  await running.close();
});
