import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { LookUpQuestion } from "@cordon/contract";
import type { FlowLine } from "../connection/flow.ts";
import { formatAddress, parseAddress } from "../packet/address.ts";
import { aFlowLine } from "./a-flow-line.ts";
import { FlowStore, type FlowStoreLimits } from "./flow-store.ts";

const start = 1_790_000_000_000;
const minute = 60_000;

class Log {
  now = start;
  readonly path: string;
  store: FlowStore;
  readonly #limits: Partial<FlowStoreLimits>;

  constructor(folder: string, limits: Partial<FlowStoreLimits>) {
    this.path = join(folder, "flows", "flows.sqlite");
    this.#limits = limits;
    this.store = this.reopened();
  }

  reopened(): FlowStore {
    this.store = new FlowStore(this.path, () => this.now, this.#limits);
    this.store.open();
    this.store.setClock({ now: this.now, steppedMs: 0, errorMs: 2000 });
    return this.store;
  }

  /** A minute passes, at whose end these are handed over and everything is written. */
  minute(lines: readonly Partial<FlowLine>[]): void {
    this.now += minute;
    this.store.add(lines.map((line) => aFlowLine({ startedAt: this.now - minute, ...line })));
    this.store.advance();
  }

  ask(question: Partial<LookUpQuestion> = {}, isPortDecisive = true) {
    const asked = { at: this.now, errorMs: 12 * 60 * minute, limit: 100, ...question };
    return this.store.lookUp(asked, { clockErrorMs: 2000, isPortDecisive, completeUntil: this.now - minute });
  }
}

async function aLog(t: TestContext, limits: Partial<FlowStoreLimits> = {}): Promise<Log> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-flows-"));
  const log = new Log(folder, limits);
  t.after(async () => {
    log.store.close();
    await rm(folder, { recursive: true });
  });
  return log;
}

test("a line comes back as it was given, from memory and from the file, of either family", async (t) => {
  const log = await aLog(t);
  const remote = parseAddress("2001:db8::17") ?? "";
  const line = aFlowLine({ startedAt: start + 5, remote, outside: parseAddress("192.0.2.2"), outsidePort: 40_001 });
  const plain = { startedAt: start + 1, host: null, verdict: null, name: null, bytesOut: null, bytesIn: null } as const;
  const ping = aFlowLine({ ...plain, protocol: 1, insidePort: -1, remotePort: -1, outcome: null, isEnded: false });
  log.store.add([line, ping]);
  const before = log.ask();
  assert.equal(before.unwritten, 2);
  log.minute([]);
  const after = log.ask();
  assert.equal(after.unwritten, 0);
  assert.deepEqual(after.flows, before.flows);
  assert.deepEqual(after.flows[0], {
    ...{ startedAt: start + 5, lastAt: start + 1505, endedAt: start + 1505, protocol: "tcp", isInbound: false },
    ...{ host: "02:00:00:00:00:0a", verdict: "clear", insideAddress: "10.0.0.10", insidePort: 50_000 },
    ...{ outsideAddress: "192.0.2.2", outsidePort: 40_001, remoteAddress: "2001:db8::17", remotePort: 443 },
    ...{ name: "www.example.net", outcome: "established", attempts: 1, bytesOut: 700, bytesIn: 5_000_000_000 },
    clockErrorMs: 2000,
  });
  const { endedAt, host, verdict, insidePort, remotePort, outcome, bytesIn, protocol, name } = after.flows[1] ?? {};
  assert.deepEqual([endedAt, host, verdict, insidePort, remotePort], [null, null, null, null, null]);
  assert.deepEqual([outcome, bytesIn, protocol, name], [null, null, "icmp", null]);
  assert.deepEqual(log.ask({ remoteAddress: "2001:db8::17" }).flows, [after.flows[0]]);
});

test("each part of a question narrows the answer, and so does its time", async (t) => {
  const log = await aLog(t);
  const [one, other] = [0x0101_0101, 0x0202_0202];
  for (let round = 0; round < 5; round += 1) {
    log.minute([
      { remote: one, remotePort: 25, insidePort: 1000 + round, host: round < 2 ? "192.0.2.7" : "02:00:00:00:00:0b" },
      { remote: other, remotePort: 443, insidePort: 2000 + round, outside: 1, outsidePort: 3000 + round },
    ]);
  }
  const count = (question: Partial<LookUpQuestion>) => log.ask(question).flows.length;
  assert.equal(count({}), 10);
  assert.equal(count({ remoteAddress: "1.1.1.1" }), 5);
  assert.equal(count({ remotePort: 443 }), 5);
  assert.equal(count({ ourPort: 1002 }), 1);
  // Where it was translated, the Internet saw the outside port.
  assert.equal(count({ ourPort: 2002 }), 0);
  assert.equal(count({ ourPort: 3002 }), 1);
  assert.equal(count({ remoteAddress: "1.1.1.1", remotePort: 443 }), 0);
  assert.equal(count({ remoteAddress: "no address" }), 0);
  assert.deepEqual(
    ["02:00:00:00:00:0a", "02:00:00:00:00:0b", "192.0.2.7", "02:00:00:00:00:0c"].map((host) => count({ host })),
    [5, 3, 2, 0],
  );
  log.store.add([aFlowLine({ startedAt: start + minute, host: "02:00:00:00:00:0c" })]);
  assert.equal(count({ host: "02:00:00:00:00:0c" }), 1, "of what waits to be written");
  assert.equal(count({ remoteAddress: "1.1.1.1", at: start + 2 * minute, errorMs: 1000 }), 1);
  // The second after the first round's end is within the clock's own error, a minute before it is not.
  assert.equal(count({ remoteAddress: "1.1.1.1", at: start + 3400, errorMs: 0 }), 1);
  assert.equal(count({ remoteAddress: "1.1.1.1", at: start + 4000, errorMs: 0 }), 0);
});

test("where another box translates, the asked port goes first and excludes nobody", async (t) => {
  const log = await aLog(t);
  log.minute([10, 20, 30].map((insidePort) => ({ insidePort, startedAt: start + insidePort })));
  const answer = log.ask({ remoteAddress: "203.0.113.1", ourPort: 10 }, false);
  assert.equal(answer.isPortDecisive, false);
  assert.deepEqual(
    answer.flows.map(({ insidePort }) => insidePort),
    [10, 30, 20],
  );
});

test("an address is found in a batch however common it, or another one, is there", async (t) => {
  const log = await aLog(t);
  const common = Array.from({ length: 1500 }, (_, insidePort) => ({ insidePort, remote: 77 }));
  const rare = Array.from({ length: 500 }, (_, index) => ({ insidePort: 5000 + index, remote: index * 7919 + 1 }));
  log.minute([...common, ...rare]);
  assert.equal(log.ask({ remoteAddress: "0.0.0.77", limit: 500 }).flows.length, 500);
  assert.equal(log.ask({ remoteAddress: "0.0.0.77", limit: 500 }).hasMore, true);
  for (let index = 0; index < 500; index += 7) {
    const { flows } = log.ask({ remoteAddress: formatAddress(index * 7919 + 1) });
    assert.deepEqual(
      flows.map(({ insidePort }) => insidePort),
      [5000 + index],
    );
  }
});

test("the newest come first, and that there are more is said", async (t) => {
  const log = await aLog(t);
  for (let round = 0; round < 20; round += 1) log.minute([{ insidePort: round }, { insidePort: 100 + round }]);
  const answer = log.ask({ limit: 3 });
  assert.equal(answer.hasMore, true);
  assert.deepEqual(
    answer.flows.map(({ startedAt }) => (startedAt - start) / minute),
    [19, 19, 18],
  );
  assert.equal(log.ask({ limit: 40 }).hasMore, false);
});

test("a connection that ended hours after it was told is found once, at any time between, with its bytes", async (t) => {
  const log = await aLog(t);
  const beginning = { startedAt: start, insidePort: 77 };
  log.minute([{ ...beginning, lastAt: start + 10, isEnded: false, bytesOut: null, bytesIn: null }]);
  for (let round = 0; round < 200; round += 1) log.minute([{ insidePort: 1 }]);
  log.minute([{ ...beginning, lastAt: log.now, bytesOut: 5, bytesIn: 6 }]);
  for (const at of [start, start + 100 * minute, log.now - minute]) {
    const { flows } = log.ask({ at, errorMs: 1000, ourPort: 77 });
    assert.deepEqual(
      flows.map(({ bytesIn, startedAt }) => [bytesIn, startedAt]),
      [[6, start]],
    );
  }
  // A late line does not stand for how far back the log reaches.
  assert.equal(log.store.state.lines, 201);
});

test("what a restart, the disk or the rate took is told with the time that it is missing of", async (t) => {
  const log = await aLog(t);
  log.minute([{}]);
  const closedAt = log.now;
  log.store.close();
  log.now += 10 * minute;
  log.reopened();
  log.store.miss({ from: log.now, to: log.now + 1000, reason: "rate", count: 40 });
  log.store.miss({ from: log.now + 1000, to: log.now + 2000, reason: "rate", count: 2 });
  log.minute([{}]);
  const { lost } = log.ask();
  assert.deepEqual(lost, [
    { from: closedAt + 10 * minute, to: closedAt + 10 * minute + 2000, reason: "rate", count: 42 },
    { from: closedAt, to: closedAt + 10 * minute, reason: "not-running", count: null },
  ]);
  assert.deepEqual(log.ask({ at: start, errorMs: 0 }).lost, []);
});

test("the log forgets by age and by size, oldest first and a few minutes' worth at a time", async (t) => {
  const log = await aLog(t, { maxAgeMs: 60 * minute, maxBytes: 400_000 });
  for (let round = 0; round < 30; round += 1) log.minute([{ insidePort: round }]);
  log.now += 61 * minute;
  log.minute([{ insidePort: 99 }]);
  assert.equal(log.store.state.since, start + 4 * minute);
  for (let round = 0; round < 10; round += 1) log.minute([]);
  assert.equal(log.store.state.lines, 1);
  const many = Array.from({ length: 500 }, (_, insidePort) => ({ insidePort, remote: insidePort * 7919 }));
  for (let round = 0; round < 40; round += 1) log.minute(many);
  const { sizeBytes, since } = log.store.state;
  assert.ok(sizeBytes < 500_000, `${sizeBytes} bytes`);
  assert.ok((since ?? 0) > log.now - 20 * minute);
  assert.equal(log.ask().since, since);
});

test("a damaged file is set aside, said, and begun anew with what was waiting", async (t) => {
  const log = await aLog(t);
  log.minute(Array.from({ length: 2000 }, (_, insidePort) => ({ insidePort })));
  log.store.close();
  const file = await open(log.path, "r+");
  await file.write(Buffer.alloc(statSync(log.path).size - 100, 0x5a), 0, undefined, 100);
  await file.close();
  log.reopened();
  log.minute([{ insidePort: 7 }]);
  assert.equal(log.store.state.setAsideAt === null, false);
  assert.equal(log.store.state.failure, null);
  assert.deepEqual(
    log.ask().flows.map(({ insidePort }) => insidePort),
    [7],
  );
  assert.ok(existsSync(`${log.path}.damaged`));
  log.store.close();
  writeFileSync(log.path, "this is no database at all, whatever its name says");
  log.reopened();
  log.minute([{ insidePort: 8 }]);
  assert.deepEqual(
    log.ask().flows.map(({ insidePort }) => insidePort),
    [8],
  );
});

test("a log of another version is left for that version, and not read", async (t) => {
  const log = await aLog(t);
  log.minute([{}]);
  log.store.close();
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(log.path);
  database.exec("PRAGMA user_version = 99");
  database.close();
  log.reopened();
  assert.equal(log.ask().flows.length, 0);
  assert.ok(existsSync(`${log.path}.damaged`));
});

test("a full disk is said, lines wait up to a bound and are counted beyond it, and are written once there is room", async (t) => {
  const whyNot = mountTrouble();
  if (whyNot !== null) return t.skip(whyNot);
  // A real file system that is full, in a namespace of the test's own.
  const script = new URL("../../test/record/full-disk-main.ts", import.meta.url).pathname;
  const out = execFileSync("unshare", ["-Urm", process.execPath, script], { encoding: "utf8" });
  const { full, after } = JSON.parse(out) as Record<
    "full" | "after",
    { failure: string | null; unwritten: number; lost: number; found: number }
  >;
  assert.match(full.failure ?? "", /full/);
  assert.equal(full.unwritten, 1000);
  assert.ok(full.lost > 0);
  // Those that wait are found all the same.
  assert.ok(full.found > 0);
  assert.deepEqual([after.failure, after.unwritten], [null, 0]);
  assert.equal(after.lost, full.lost);
});

function mountTrouble(): string | null {
  try {
    execFileSync("unshare", ["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], { stdio: "pipe" });
    return null;
  } catch (error) {
    return `no file system can be mounted here: ${(error as Error).message}`;
  }
}
