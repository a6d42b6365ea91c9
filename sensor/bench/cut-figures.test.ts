import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { cutFigures, escapesOf, type Knock } from "./cut-figures.ts";

/** One knock each 100 ms, each at a target of its own. */
function scanOf(host: string, count: number, startsAt = 1_000): Knock[] {
  return Array.from({ length: count }, (_, index) => ({ at: startsAt + index * 100, host, target: `10.0.0.${index}` }));
}

/** As the second witness sees them: half a millisecond later. */
const later = (knocks: readonly Knock[]): Knock[] => knocks.map((knock) => ({ ...knock, at: knock.at + 0.5 }));

suite("what left of a scan", () => {
  test("a machine that is held back from its eighth packet on was stopped then", () => {
    const offered = scanOf("a", 100);
    const [escape] = escapesOf(offered, later(offered.slice(0, 7)));
    assert.deepEqual(escape, {
      host: "a",
      firstAt: 1_000,
      escapedTargets: 7,
      stoppedMs: 700,
      stoppedAfterFifthMs: 300,
    });
  });

  test("a machine of which nothing ever left was stopped at once", () => {
    const [escape] = escapesOf(scanOf("a", 100), []);
    assert.deepEqual([escape?.escapedTargets, escape?.stoppedMs, escape?.stoppedAfterFifthMs], [0, 0, 0]);
  });

  test("a machine whose packets all leave is not stopped", () => {
    const offered = scanOf("a", 100);
    assert.equal(escapesOf(offered, later(offered))[0]?.stoppedMs, null);
  });

  test("a machine that is only slowed down is not stopped", () => {
    const offered = scanOf("a", 100);
    const some = offered.filter((_, index) => index < 30 || index % 20 === 0);
    assert.equal(escapesOf(offered, later(some))[0]?.stoppedMs, null);
  });

  test("a machine that falls silent by itself is not stopped", () => {
    const offered = scanOf("a", 10);
    assert.equal(escapesOf(offered, later(offered.slice(0, 8)))[0]?.stoppedMs, null);
  });

  test("a packet that is on its way when the last one leaves is not taken for one that was held", () => {
    const offered = scanOf("a", 100);
    const left = later(offered);
    assert.equal(
      escapesOf(offered, [...left.slice(0, -2), { ...(left[98] as Knock), at: 10_850 }])[0]?.stoppedMs,
      null,
    );
  });
});

suite("figures of a cut", () => {
  const stoppedScan = (host: string, escaped: number): [Knock[], Knock[]] => {
    const offered = scanOf(host, 100);
    return [offered, later(offered.slice(0, escaped))];
  };

  test("count over all machines where all were stopped", () => {
    const scans = [3, 9, 30].map((escaped, index) => stoppedScan(`h${index}`, escaped));
    const escapes = escapesOf(
      scans.flatMap(([offered]) => offered),
      scans.flatMap(([, left]) => left),
    );
    assert.deepEqual(cutFigures(escapes, 3), {
      scanningHosts: 3,
      stoppedHosts: 3,
      escapedTargetsMedian: 9,
      escapedTargetsMax: 30,
      stoppedMsMedian: 900,
      stoppedMsP99: 3_000,
      stoppedAfterFifthMsMedian: 500,
      stoppedAfterFifthMsP99: 2_600,
    });
  });

  test("are null where one machine went on, or was never heard", () => {
    const [offered, left] = stoppedScan("a", 5);
    const free = scanOf("b", 100);
    const one = cutFigures(escapesOf([...offered, ...free], [...left, ...later(free)]), 2);
    assert.equal(one.stoppedHosts, 1);
    assert.equal(one.escapedTargetsMedian, null);
    assert.equal(cutFigures(escapesOf(offered, left), 2).stoppedMsP99, null);
  });
});
