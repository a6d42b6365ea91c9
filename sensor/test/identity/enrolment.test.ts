import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import { cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { parseSiteProfile, type SiteProfile } from "@cordon/contract";
import { pino } from "pino";
import { HealthBoard } from "../../src/agent/health-board.ts";
import { PcapWriter } from "../../src/capture/capture-file/write-pcap.ts";
import { IdentityKeeper } from "../../src/identity/identity-keeper.ts";
import { makeOwnKey } from "../../src/identity/own-key.ts";
import { Dialer } from "../../src/link/dialer.ts";
import { enrolSensor, startController } from "../../start/controller-process.ts";
import { Operator } from "../line/operator.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const dayMs = 86_400_000;
const log = pino({ level: "silent" });

/** A controller that serves, and the profile of a box that is to enrol by itself. */
async function setUp(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-enrol-"));
  const dataDir = join(folder, "controller");
  let controller = await startController({ dataDir, httpPort: 0, brokerPort: 0 });
  t.after(async () => {
    await controller.close();
    await rm(folder, { recursive: true, force: true });
  });
  const profilePath = join(folder, "profile.json");
  await enrolSensor({
    dataDir,
    siteName: "Harbour Office",
    placement: "lan",
    ports: { bridge: "br0", inside: "inside0", outside: "outside0" },
    localNets: [],
    controllerHost: "127.0.0.1",
    controllerPort: controller.brokerPort,
    isByToken: true,
    profilePath,
  });
  const parsed = parseSiteProfile(await readFile(profilePath));
  assert.ok(parsed.ok);
  const operator = await Operator.signIn(controller.url, controller.loginLink);
  /** Something happens while the controller is down. */
  const whileDown = async (act: () => Promise<void>): Promise<void> => {
    const { brokerPort } = controller;
    await controller.close();
    await act();
    controller = await startController({ dataDir, httpPort: 0, brokerPort });
  };
  const backup = join(folder, "backup");
  return {
    ...{ folder, profilePath, profile: parsed.value, operator },
    backUp: () => whileDown(() => cp(dataDir, backup, { recursive: true })),
    /** @param statement changes what is put back */
    restore: (statement = "select 1") =>
      whileDown(async () => {
        await rm(dataDir, { recursive: true });
        await cp(backup, dataDir, { recursive: true });
        const store = new DatabaseSync(join(dataDir, "controller.sqlite"));
        store.exec(statement);
        store.close();
      }),
    signIn: () => Operator.signIn(controller.url, controller.loginLink),
  };
}

interface Said {
  readonly msg: string;
  readonly code?: string;
}

/** A whole sensor that judges a capture in which next to nothing happens. */
function aSensor(t: TestContext, folder: string, profilePath: string, name: string) {
  const child = spawn(
    process.execPath,
    [
      ...[main, "judge", "--profile", profilePath, "--exit-with-parent"],
      ...["--state", join(folder, name), "--run", join(folder, `${name}-run`)],
      ...["--capture", join(folder, "quiet.pcap"), "--loop"],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  t.after(() => child.kill("SIGKILL"));
  const lines: Said[] = [];
  const waiters = new Set<() => void>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(JSON.parse(line) as Said);
    for (const wake of waiters) wake();
  });
  const until = (isMeant: (said: Said) => boolean) =>
    new Promise<Said>((resolve) => {
      const look = () => {
        const found = lines.find(isMeant);
        if (found === undefined) return;
        waiters.delete(look);
        resolve(found);
      };
      waiters.add(look);
      look();
    });
  return { lines, until };
}

test("a box judges first, makes its own key, enrols and connects; a copy of its card is refused at both ends", async (t) => {
  const { folder, profilePath, profile, operator } = await setUp(t);
  const writer = new PcapWriter();
  const frame = Buffer.from("ffffffffffff0200000000020806", "hex");
  await writeFile(
    join(folder, "quiet.pcap"),
    Buffer.concat([writer.header(), writer.record(1, frame), writer.record(600_000, frame)]),
  );
  const box = aSensor(t, folder, profilePath, "box");
  await box.until(({ msg }) => msg === "connected to the controller");
  const order = box.lines.map(({ msg }) => msg);
  assert.ok(order.indexOf("judging") < order.indexOf("the controller gave a certificate"), "nothing waited for it");
  await operator.until("the box is online", 20_000, ({ sensor }) => sensor.state === "online");

  const path = join(folder, "box", "identity.json");
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const own = JSON.parse(await readFile(path, "utf8")) as { readonly certificate: string; readonly authority: string };
  assert.equal(new X509Certificate(own.authority).fingerprint256, profile.controller.authorityFingerprint);
  assert.doesNotMatch(await readFile(profilePath, "utf8"), /PRIVATE/);

  const copy = aSensor(t, folder, profilePath, "copy");
  const refused = await copy.until(({ msg }) => msg === "the controller gives this box no certificate");
  assert.equal(refused.code, "token-used");
  const site = await operator.until("the copy is told", 20_000, ({ sensor }) =>
    sensor.health.some(({ code }) => code === "token-used-twice"),
  );
  assert.equal(site.sensor.state, "online", "the box that was first goes on");
});

function aKeeper(t: TestContext, profile: SiteProfile, path: string, clock: { now: number }) {
  const health = new HealthBoard(() => clock.now);
  const said: (string | null)[] = [];
  const changed: (() => void)[] = [];
  const troubled: (() => void)[] = [];
  const keeper = new IdentityKeeper({
    profile,
    path,
    dialer: new Dialer({ controller: profile.controller, trustedNow: () => clock.now }),
    makeKey: makeOwnKey,
    trustedNow: () => clock.now,
    random: () => 0,
    health,
    log,
    onChange: () => {
      for (const wake of changed.splice(0)) wake();
    },
    onTrouble: (text) => {
      said.push(text);
      if (text !== null) for (const wake of troubled.splice(0)) wake();
    },
    retry: { unreachable: { baseMs: 50, maxMs: 50 }, refused: { baseMs: 50, maxMs: 50 } },
  });
  t.after(() => keeper.close());
  const next = (list: (() => void)[]) => new Promise<void>((resolve) => list.push(resolve));
  return { keeper, health, said, changes: () => next(changed), troubles: () => next(troubled) };
}

test("a certificate is renewed at two thirds of its life for the same key, and outlives a restart", async (t) => {
  const { folder, profile } = await setUp(t);
  const path = join(folder, "identity.json");
  const clock = { now: 0 };
  const first = aKeeper(t, profile, path, clock);
  await first.keeper.load();
  const enrolled = first.changes();
  first.keeper.start();
  await enrolled;
  const before = first.keeper.current;
  first.keeper.close();

  const second = aKeeper(t, profile, path, clock);
  await second.keeper.load();
  assert.deepEqual(second.keeper.current, before, "a restart asks for nothing");
  // 30 days from the controller's now, of which two thirds are 20.
  clock.now = Date.now() + 19.9 * dayMs;
  second.keeper.start();
  assert.deepEqual(second.keeper.current, before);
  clock.now = Date.now() + 20.1 * dayMs;
  const renewed = second.changes();
  second.keeper.look();
  await renewed;
  const after = second.keeper.current;
  assert.notEqual(after?.credentials.certificate, before?.credentials.certificate);
  assert.equal(after?.credentials.privateKey, before?.credentials.privateKey);
  assert.deepEqual(second.health.list(), []);
});

test("a box whose token is unknown says so in health and on its page, and goes on asking", async (t) => {
  const { folder, profile } = await setUp(t);
  const token = randomBytes(32).toString("base64url");
  const odd = { ...profile, enrolment: { token, expiresAt: Date.now() } };
  const box = aKeeper(t, odd, join(folder, "identity.json"), { now: 0 });
  await box.keeper.load();
  const troubled = box.troubles();
  box.keeper.start();
  await troubled;
  assert.equal(box.keeper.current, null);
  const [trouble] = box.health.list();
  assert.deepEqual([trouble?.code, trouble?.severity], ["enrolment-refused", "error"]);
  assert.match(trouble?.text ?? "", /made for another controller, .*\(token-unknown\)$/);
  assert.match(box.said.at(-1) ?? "", /^The controller knows no such token/);
  await box.troubles();
});

test("a controller that was put back to before the box enrolled gives it a certificate for its token, and the same key", async (t) => {
  const { folder, profile, backUp, restore } = await setUp(t);
  await backUp();
  const box = aKeeper(t, profile, join(folder, "identity.json"), { now: 0 });
  await box.keeper.load();
  const enrolled = box.changes();
  box.keeper.start();
  await enrolled;
  const before = box.keeper.current?.credentials;
  await restore();
  const again = box.changes();
  box.keeper.refused();
  await again;
  const after = box.keeper.current?.credentials;
  assert.notEqual(after?.certificate, before?.certificate);
  assert.equal(after?.privateKey, before?.privateKey);
  assert.deepEqual(box.health.list(), []);
});

test("where the token that it has counts no longer, box and controller say that it needs another", async (t) => {
  const { folder, profile, backUp, restore, signIn } = await setUp(t);
  await backUp();
  const box = aKeeper(t, profile, join(folder, "identity.json"), { now: 0 });
  await box.keeper.load();
  const enrolled = box.changes();
  box.keeper.start();
  await enrolled;
  await restore("update enrolment_tokens set expires_at = 1");
  const troubled = box.troubles();
  box.keeper.refused();
  await troubled;
  assert.equal(box.keeper.current, null, "no connection with it will do");
  const [trouble] = box.health.list();
  assert.deepEqual([trouble?.code, trouble?.severity], ["enrolment-refused", "error"]);
  assert.match(trouble?.text ?? "", /put back to a backup .* Give the box a new token\. \(key-unknown\)$/);
  assert.match(box.said.at(-1) ?? "", /Give the box a new token\.$/, "on its page as well");
  const operator = await signIn();
  await operator.until("the site's page says so", 20_000, ({ sensor }) =>
    sensor.health.some(({ code, text }) => code === "key-unknown" && /give it a new one/.test(text)),
  );
  await box.troubles();
});

test("a controller of another authority is never given the token", async (t) => {
  const { folder, profile } = await setUp(t);
  const fingerprint = randomBytes(32)
    .toString("hex")
    .toUpperCase()
    .replace(/..(?=.)/g, "$&:");
  const odd = { ...profile, controller: { ...profile.controller, authorityFingerprint: fingerprint } };
  const box = aKeeper(t, odd, join(folder, "identity.json"), { now: 0 });
  await box.keeper.load();
  const troubled = box.troubles();
  box.keeper.start();
  await troubled;
  const [trouble] = box.health.list();
  assert.equal(trouble?.code, "not-enrolled");
  assert.equal(trouble?.severity, "error");
  assert.match(trouble?.text ?? "", /not the controller that this box was made for\. .*make the box anew there/);
});

test("another token is a new beginning with another key", async (t) => {
  const { folder, profile } = await setUp(t);
  const path = join(folder, "identity.json");
  const first = aKeeper(t, profile, path, { now: 0 });
  await first.keeper.load();
  const enrolled = first.changes();
  first.keeper.start();
  await enrolled;
  first.keeper.close();
  const enrolment = { token: randomBytes(32).toString("base64url"), expiresAt: Date.now() };
  const second = aKeeper(t, { ...profile, enrolment }, path, { now: 0 });
  await second.keeper.load();
  assert.equal(second.keeper.current, null);
});
