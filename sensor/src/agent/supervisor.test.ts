import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Role } from "../containment/process-privileges.ts";
import { restartDelayMs } from "./restart-delay.ts";
import { Supervisor, type SupervisedRole } from "./supervisor.ts";

const untilStdinCloses = "process.stdin.resume().on('end', () => process.exit(0))";

function aNode(role: Role, script: string, quietCodes: readonly number[] = []): SupervisedRole {
  return { role, command: [process.execPath, "-e", script], quietCodes };
}

/** Log lines as they come. */
function aLog() {
  const lines: Record<string, unknown>[] = [];
  const watchers = new Set<() => void>();
  const log = pino(
    { base: null },
    { write: (text) => (lines.push(JSON.parse(text)), watchers.forEach((look) => look())) },
  );
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (holds()) resolve();
      };
      watchers.add(look);
      look();
    });
  const count = (msg: string, role: Role) =>
    lines.filter((line) => line["msg"] === msg && line["role"] === role).length;
  return { lines, log, until, count };
}

test("the restart delay doubles up to its cap", () => {
  const policy = { firstMs: 100, maxMs: 1000, stableMs: 1 };
  assert.deepEqual(
    [1, 2, 3, 4, 5, 99].map((failures) => restartDelayMs(failures, policy)),
    [100, 200, 400, 800, 1000, 1000],
  );
});

test("a killed process is started again within a second, and the others are left alone", async (t) => {
  const { log, until, count } = aLog();
  const supervisor = new Supervisor({
    roles: [aNode("executor", untilStdinCloses), aNode("judge", untilStdinCloses)],
    monotonic: () => performance.now(),
    log,
  });
  t.after(() => supervisor.close());
  supervisor.start();
  const before = supervisor.pids();
  const killedAt = performance.now();
  process.kill(before.get("judge") ?? 0, "SIGKILL");
  await until(() => count("started", "judge") === 2);
  assert.ok(performance.now() - killedAt < 1000);
  assert.notEqual(supervisor.pids().get("judge"), before.get("judge"));
  assert.equal(supervisor.pids().get("executor"), before.get("executor"));
});

test("a process that keeps failing is started again at growing distances", async (t) => {
  const { lines, log, until, count } = aLog();
  const supervisor = new Supervisor({
    roles: [aNode("judge", "process.exit(1)")],
    monotonic: () => performance.now(),
    log,
    policy: { firstMs: 10, maxMs: 40, stableMs: 10_000 },
  });
  t.after(() => supervisor.close());
  supervisor.start();
  await until(() => count("ended, starting it again", "judge") === 4);
  assert.deepEqual(
    lines.filter((line) => "delayMs" in line).map((line) => line["delayMs"]),
    [10, 20, 40, 40],
  );
});

test("a process that only had nothing to do yet is not held to have failed", async (t) => {
  const { lines, log, until, count } = aLog();
  const supervisor = new Supervisor({
    roles: [aNode("reader", "process.exit(13)", [13])],
    monotonic: () => performance.now(),
    log,
  });
  t.after(() => supervisor.close());
  supervisor.start();
  await until(() => count("ended, starting it again", "reader") === 3);
  assert.deepEqual(
    lines.filter((line) => "delayMs" in line).map((line) => line["delayMs"]),
    [150, 150, 150],
  );
});

test("at the end all are ended, the stubborn by force", async () => {
  const { log, lines } = aLog();
  const supervisor = new Supervisor({
    roles: [
      aNode("executor", untilStdinCloses),
      aNode("judge", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"),
    ],
    monotonic: () => performance.now(),
    log,
    patienceMs: 1500,
  });
  supervisor.start();
  await supervisor.close();
  assert.equal(supervisor.pids().size, 0);
  assert.equal(lines.filter((line) => line["msg"] === "ended, starting it again").length, 0);
});

test("a program that is not there is tried again, not fatal", async (t) => {
  const { log, until, count } = aLog();
  const supervisor = new Supervisor({
    roles: [{ role: "judge", command: ["/nowhere/at-all"] }],
    monotonic: () => performance.now(),
    log,
    policy: { firstMs: 10, maxMs: 10, stableMs: 10_000 },
  });
  t.after(() => supervisor.close());
  supervisor.start();
  await until(() => count("ended, starting it again", "judge") === 2);
});
