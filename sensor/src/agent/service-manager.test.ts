import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { ServiceManager, systemdNotify } from "./service-manager.ts";

function aManager(environment: Readonly<Record<string, string | undefined>>) {
  const sent: string[] = [];
  const manager = new ServiceManager({ environment, processId: 7, notify: (words) => sent.push(words.join(" ")) });
  return { sent, manager };
}

const watched = { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "60000000" };

test("ready is said once, then signs of life come at a third of the watchdog's time", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { sent, manager } = aManager({ ...watched, WATCHDOG_PID: "7" });
  manager.ready("judging", () => true);
  manager.ready("judging", () => true);
  assert.deepEqual(sent, ["READY=1 STATUS=judging"]);
  t.mock.timers.tick(19_999);
  assert.equal(sent.length, 1);
  t.mock.timers.tick(1);
  t.mock.timers.tick(40_000);
  assert.deepEqual(sent.slice(1), ["WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1"]);
  manager.close();
  t.mock.timers.tick(60_000);
  assert.equal(sent.length, 4);
});

test("whoever does not do its work gives no sign of life until it does again", (t) => {
  t.mock.timers.enable({ apis: ["setInterval"] });
  const { sent, manager } = aManager(watched);
  let isWell = true;
  manager.ready("judging", () => isWell);
  isWell = false;
  t.mock.timers.tick(100_000);
  assert.equal(sent.length, 1);
  isWell = true;
  t.mock.timers.tick(20_000);
  assert.equal(sent.length, 2);
});

for (const { name, environment, words } of [
  { name: "without a service manager nothing is said", environment: { WATCHDOG_USEC: "60000000" }, words: 0 },
  { name: "without a watchdog only ready is said", environment: { NOTIFY_SOCKET: "/x" }, words: 1 },
  { name: "a watchdog of another process is none", environment: { ...watched, WATCHDOG_PID: "8" }, words: 1 },
  { name: "a watchdog without a time is none", environment: { ...watched, WATCHDOG_USEC: "soon" }, words: 1 },
]) {
  test(name, (t) => {
    t.mock.timers.enable({ apis: ["setInterval"] });
    const { sent, manager } = aManager(environment);
    manager.ready("judging", () => true);
    t.mock.timers.tick(1_000_000);
    assert.equal(sent.length, words);
  });
}

// Takes datagrams as systemd does, and closes the descriptor of a barrier, which lets the sender go on.
const stub = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    data, fds, _, _ = socket.recv_fds(s, 4096, 4)
    for fd in fds: os.close(fd)
    print(data.decode().replace("\\n", " "), flush=True)
`;
const needed = ["python3", "systemd-notify"].filter((name) => spawnSync(name, ["--version"]).status !== 0);
const skip = needed.length === 0 ? false : `this machine has no ${needed.join(", ")}`;

test("systemd-notify carries the words to the manager's socket", { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cordon-notify-"));
  const socket = join(folder, "notify");
  const python = spawn("python3", ["-c", stub, socket], { stdio: ["ignore", "pipe", "inherit"] });
  const before = process.env["NOTIFY_SOCKET"];
  t.after(async () => {
    python.kill("SIGKILL");
    if (before === undefined) delete process.env["NOTIFY_SOCKET"];
    else process.env["NOTIFY_SOCKET"] = before;
    await rm(folder, { recursive: true });
  });
  const lines = createInterface(python.stdout);
  await once(lines, "line");
  process.env["NOTIFY_SOCKET"] = socket;
  const failures: string[] = [];
  const manager = new ServiceManager({
    environment: { NOTIFY_SOCKET: socket, WATCHDOG_USEC: "300000" },
    processId: process.pid,
    notify: systemdNotify((reason) => failures.push(reason)),
  });
  t.after(() => manager.close());
  manager.ready("judging", () => true);
  const seen = new Set<string>();
  for await (const line of lines) {
    seen.add(line.trim());
    if (seen.has("WATCHDOG=1") && seen.has("READY=1 STATUS=judging")) break;
  }
  assert.deepEqual(failures, []);
});

test("a manager that cannot be told is a failure that is told", async () => {
  const before = process.env["PATH"];
  process.env["PATH"] = "/nonexistent";
  try {
    const reason = await new Promise<string>((resolve) => systemdNotify(resolve)(["READY=1"]));
    assert.match(reason, /ENOENT/);
  } finally {
    process.env["PATH"] = before;
  }
});
