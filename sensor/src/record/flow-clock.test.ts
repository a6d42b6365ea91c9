import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import type { FlowLine } from "../connection/flow.ts";
import { aFlowLine } from "./a-flow-line.ts";
import { FlowStore } from "./flow-store.ts";

const start = 1_790_000_000_000;
const minute = 60_000;
const hour = 60 * minute;
const year = 365 * 24 * hour;

/** A log whose clock can be wrong: `trueNow` goes on, `now` is what the box takes for it. */
class Log {
  trueNow = start;
  wrongBy = 0;
  errorMs: number | null = null;
  readonly path: string;
  store: FlowStore;

  constructor(folder: string) {
    this.path = join(folder, "flows.sqlite");
    this.store = this.reopened();
  }

  get now(): number {
    return this.trueNow + this.wrongBy;
  }

  reopened(): FlowStore {
    this.errorMs = null;
    this.store = new FlowStore(this.path, () => this.now);
    this.store.open();
    return this.store;
  }

  minute(lines: readonly Partial<FlowLine>[] = [{}]): void {
    this.trueNow += minute;
    this.store.add(
      lines.map((line) => aFlowLine({ startedAt: this.now - minute, lastAt: this.now - minute, ...line })),
    );
    this.store.advance();
  }

  /** The clock is set right, or by so much more. */
  setClock(errorMs: number | null, wrongBy = 0): void {
    const steppedMs = wrongBy - this.wrongBy;
    this.wrongBy = wrongBy;
    this.errorMs = errorMs;
    this.store.setClock({ now: this.now, steppedMs, errorMs });
  }

  ask(at: number, errorMs = 0) {
    const place = { clockErrorMs: this.errorMs, isPortDecisive: true, completeUntil: this.now };
    return this.store.lookUp({ at, errorMs, limit: 100 }, place);
  }
}

async function aLog(t: TestContext): Promise<Log> {
  const folder = await mkdtemp(join(tmpdir(), "cordon-flow-clock-"));
  const log = new Log(folder);
  t.after(async () => {
    log.store.close();
    await rm(folder, { recursive: true });
  });
  return log;
}

test("an answer states what the clock was worth when its lines were written, not what it is worth now", async (t) => {
  const log = await aLog(t);
  log.setClock(2000);
  log.minute();
  log.setClock(300_000);
  log.trueNow += hour;
  log.minute();
  const early = log.ask(start);
  assert.deepEqual(
    [early.clockErrorMs, early.isClockKnown, early.from, early.to],
    [2000, true, start - 2000, start + 2000],
  );
  assert.deepEqual(
    early.flows.map(({ clockErrorMs }) => clockErrorMs),
    [2000],
  );
  assert.equal(log.ask(start + hour + minute).clockErrorMs, 300_000);
});

test("of a clock that nothing confirmed an answer says so, and what confirms it later confirms what went before", async (t) => {
  const log = await aLog(t);
  log.minute();
  const before = log.ask(start);
  assert.deepEqual([before.isClockKnown, before.clockErrorMs], [false, hour]);
  assert.deepEqual(
    before.flows.map(({ clockErrorMs }) => clockErrorMs),
    [null],
  );
  log.setClock(300_000);
  log.minute();
  const after = log.ask(start);
  assert.deepEqual([after.isClockKnown, after.clockErrorMs, after.clockSteps], [true, 300_000, []]);
  // The next run does not know by itself what this one was told.
  log.store.close();
  log.reopened();
  assert.deepEqual(
    log.ask(start).flows.map(({ clockErrorMs }) => clockErrorMs),
    [300_000, 300_000],
  );
});

for (const wrongBy of [-year, year, -40_000]) {
  test(`lines of a clock that was ${wrongBy / 1000} s off are found at the true time once it is set, in the file and before`, async (t) => {
    const log = await aLog(t);
    log.setClock(2000);
    log.minute([{ insidePort: 1 }]);
    const endedAt = log.trueNow;
    log.store.close();
    log.trueNow += 10 * minute;
    const begunAt = log.trueNow;
    log.wrongBy = wrongBy;
    log.reopened();
    log.minute([{ insidePort: 2 }]);
    log.minute([{ insidePort: 3 }]);
    log.store.add([aFlowLine({ startedAt: log.now, lastAt: log.now, insidePort: 4 })]);
    const setAt = log.trueNow;
    log.setClock(2000);
    // It was begun by the clock before, and is told after it was set.
    log.store.add([aFlowLine({ startedAt: setAt - 1000 + wrongBy, lastAt: log.now, insidePort: 5 })]);
    log.trueNow += minute;
    log.store.advance();
    for (const [port, at] of [
      [1, start],
      [2, begunAt],
      [3, begunAt + minute],
      [4, setAt],
    ] as const) {
      const { flows, isClockKnown } = log.ask(at);
      assert.deepEqual(
        flows.map(({ insidePort, startedAt }) => [insidePort, startedAt]).filter(([inside]) => inside !== 5),
        [[port, at]],
      );
      assert.equal(isClockKnown, true);
    }
    const late = log.ask(setAt - 1000).flows.find(({ insidePort }) => insidePort === 5);
    // By less than a minute behind it cannot be told from a line of the new clock.
    assert.equal(late?.startedAt, wrongBy === 40_000 ? setAt - 1000 + wrongBy : setAt - 1000);
    const { clockSteps, lost } = log.ask(begunAt - 5 * minute, 0);
    assert.deepEqual(clockSteps, [{ at: setAt, byMs: -wrongBy, isCorrected: true }]);
    assert.deepEqual(lost, [{ from: endedAt, to: begunAt, reason: "not-running", count: null }]);
    // All of it is in the file.
    log.store.close();
    log.reopened();
    assert.deepEqual(
      log.ask(begunAt).flows.map(({ insidePort, clockErrorMs }) => [insidePort, clockErrorMs]),
      [[2, 2000]],
    );
  });
}

test("where nothing tells which clock was right the old lines stay, of an unknown clock, and the step is told", async (t) => {
  const log = await aLog(t);
  log.setClock(2000);
  log.minute([{ insidePort: 1 }]);
  log.setClock(null, hour);
  log.minute([{ insidePort: 2 }]);
  const { flows, clockSteps, isClockKnown } = log.ask(start + hour + minute);
  assert.deepEqual(
    flows.map(({ insidePort, clockErrorMs }) => [insidePort, clockErrorMs]),
    [[2, null]],
  );
  assert.deepEqual(
    [clockSteps, isClockKnown],
    [[{ at: start + minute + hour, byMs: hour, isCorrected: false }], false],
  );
  assert.deepEqual(
    log.ask(start).flows.map(({ insidePort, clockErrorMs }) => [insidePort, clockErrorMs]),
    [[1, 2000]],
  );
  // What confirms the clock then says nothing of the one before.
  log.setClock(2000);
  assert.deepEqual(
    log.ask(start).flows.map(({ insidePort, startedAt }) => [insidePort, startedAt]),
    [[1, start]],
  );
  assert.deepEqual(
    log.ask(start + minute).flows.map(({ insidePort }) => insidePort),
    [2],
  );
});

test("a clock that nothing confirmed makes the log forget nothing by age, however far ahead it is", async (t) => {
  const log = await aLog(t);
  log.setClock(2000);
  log.minute();
  log.store.close();
  log.wrongBy = year;
  log.reopened();
  for (let round = 0; round < 3; round += 1) log.minute([]);
  assert.equal(log.store.state.since, start);
  log.setClock(2000, year);
  log.minute([]);
  assert.equal(log.store.state.since, null);
});

test("a log of the version before is gone on with; what its clock was worth is not known", async (t) => {
  const log = await aLog(t);
  log.minute();
  log.store.close();
  const database = new DatabaseSync(log.path);
  database.exec("ALTER TABLE batches DROP COLUMN clock_error; DROP TABLE steps; PRAGMA user_version = 2");
  database.close();
  log.reopened();
  const { flows, isClockKnown } = log.ask(start);
  assert.deepEqual([flows.length, isClockKnown, log.store.state.failure], [1, false, null]);
});
