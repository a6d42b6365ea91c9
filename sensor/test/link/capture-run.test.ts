import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { sign } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseHello, parseNotices, parsePresence, parseReported, topicOf } from "@cordon/contract";
import { keyIdOf } from "../../src/link/desired.ts";
import { aProfile } from "./a-profile.ts";
import { aScan } from "./a-scan.ts";
import { anAuthority } from "./certificates.ts";
import { aQuarantine } from "./standing-sensor.ts";
import { TestBroker } from "./test-broker.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const host = "02:00:00:00:00:02";

test("without a kernel a capture file is judged, containments are simulated, and a killed judge loses no notice", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-run-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await anAuthority();
  const broker = await TestBroker.start(await authority.issue("cordon-controller", ["cordon-controller"]), authority);
  t.after(() => broker.close());
  const { profile, signer } = await aProfile(authority, { controller: { host: "127.0.0.1", port: broker.port } });
  await writeFile(join(folder, "profile.json"), JSON.stringify(profile), { mode: 0o600 });
  await writeFile(join(folder, "scan.pcap"), aScan());
  const child = spawn(
    process.execPath,
    [
      main,
      ...["run", "--profile", join(folder, "profile.json"), "--exit-with-parent"],
      ...["--state", join(folder, "state"), "--run", join(folder, "run")],
      ...["--capture", join(folder, "scan.pcap"), "--loop"],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  t.after(() => child.stdin.end());
  const pids: number[] = [];
  createInterface(child.stdout).on("line", (line) => {
    const entry = JSON.parse(line) as { msg: string; pid?: number };
    if (entry.msg === "started") pids.push(entry.pid ?? 0);
  });
  const notices = () =>
    broker.on("notices").flatMap((payload) => {
      const parsed = parseNotices(payload);
      assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
      return [parsed.value];
    });
  const reported = () => {
    const parsed = parseReported(broker.on("reported").at(-1) ?? "");
    return parsed.ok ? parsed.value : null;
  };

  await broker.until(
    () =>
      notices().some((batch) => batch.notices.some((notice) => notice.kind === "host" && notice.host.host === host)),
    20_000,
  );
  const hello = parseHello(broker.on("hello")[0] ?? "");
  assert.ok(hello.ok && !hello.value.canContain && hello.value.interfaces.length === 0);

  const document = JSON.stringify({
    version: 1,
    sensor: "box-1",
    site: "office",
    epoch: 1,
    revision: 1,
    issuedAt: Date.now(),
    notAfter: Date.now() + 60_000,
    policy: "observe",
    containments: [aQuarantine(host)],
  });
  const signature = sign(null, Buffer.from(document), signer.privateKey).toString("base64");
  await broker.send(
    topicOf("box-1", "desired"),
    JSON.stringify({ document, signature, keyId: keyIdOf(signer.publicKey) }),
  );
  await broker.until(() => reported()?.containments[0]?.level === "simulated");
  await broker.until(() => reported()?.health.some(({ code }) => code === "simulated") === true);
  assert.equal(reported()?.containments[0]?.inForceSince, null);

  const [firstBoot] = notices();
  const batches = notices().length;
  process.kill(pids[0] ?? 0, "SIGKILL");
  await broker.until(() => notices().length > batches, 20_000);
  const leftover = notices()[batches];
  assert.equal(leftover?.bootId, firstBoot?.bootId, "what the killed judge had not delivered comes first");
  assert.equal(leftover?.notices[0]?.sequence, 1);
  await broker.until(() => reported()?.bootId !== firstBoot?.bootId && reported()?.revision === 1);

  const gone = once(child, "exit");
  child.stdin.end();
  const [code] = (await gone) as [number | null];
  assert.equal(code, 0);
  const presence = parsePresence(broker.on("presence").at(-1) ?? "");
  assert.ok(presence.ok && presence.value.state === "offline");
});

for (const { name, args, says } of [
  { name: "without a profile", args: ["--profile", "/nowhere"], says: /cannot read the site profile/ },
  { name: "with a profile that is none", args: ["--profile", main], says: /cannot use the site profile/ },
]) {
  test(`${name} it says so in one line and ends with 1`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cordon-run-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const child = spawn(process.execPath, [main, "run", ...args, "--state", folder, "--run", folder], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    assert.equal(code, 1);
    assert.match(text, says);
    assert.equal(text.trim().split("\n").length, 1);
  });
}

test("a supervisor that is killed leaves no process behind", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-run-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { profile } = await aProfile(await anAuthority(), { controller: { host: "127.0.0.1", port: 1 } });
  await writeFile(join(folder, "profile.json"), JSON.stringify(profile), { mode: 0o600 });
  await writeFile(join(folder, "scan.pcap"), aScan());
  const child = spawn(
    process.execPath,
    [
      ...[main, "run", "--profile", join(folder, "profile.json"), "--capture", join(folder, "scan.pcap")],
      ...["--state", join(folder, "state"), "--run", join(folder, "run")],
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const lines = createInterface(child.stdout);
  const judging = new Promise<void>((resolve) => {
    lines.on("line", (line) => {
      if ((JSON.parse(line) as { msg: string }).msg === "judging") resolve();
    });
  });
  await judging;
  // The judge holds the other end of this pipe: it closes when the last of them is gone.
  const gone = once(lines, "close");
  child.kill("SIGKILL");
  await gone;
});

test("a judge reports how long the start of its box took, and the word of its own judging once that is noted", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-run-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const authority = await anAuthority();
  const broker = await TestBroker.start(await authority.issue("cordon-controller", ["cordon-controller"]), authority);
  t.after(() => broker.close());
  const { profile } = await aProfile(authority, { controller: { host: "127.0.0.1", port: broker.port } });
  await writeFile(join(folder, "profile.json"), JSON.stringify(profile), { mode: 0o600 });
  await writeFile(join(folder, "scan.pcap"), aScan());
  const boot = join(folder, "boot");
  for (const name of [boot, join(folder, "state"), join(folder, "run")]) await mkdir(name);
  await writeFile(join(boot, "forwarding-at"), "3.31\n");
  const child = spawn(
    process.execPath,
    [
      main,
      ...["judge", "--profile", join(folder, "profile.json"), "--exit-with-parent", "--boot", boot],
      ...["--state", join(folder, "state"), "--run", join(folder, "run")],
      ...["--capture", join(folder, "scan.pcap"), "--loop"],
    ],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  t.after(() => child.stdin.end());
  const told = () => {
    const parsed = parseReported(broker.on("reported").at(-1) ?? "");
    return parsed.ok ? parsed.value.boot : undefined;
  };
  await broker.until(() => told() !== undefined, 20_000);
  assert.deepEqual(told(), { forwardingMs: 3310 });
  await writeFile(join(boot, "judging-at"), "14.62\n");
  await broker.until(() => told()?.judgingMs !== undefined, 20_000);
  assert.deepEqual(told(), { forwardingMs: 3310, judgingMs: 14_620 });
});
