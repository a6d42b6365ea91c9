import { barrierCounts } from "./barrier-nft.ts";
import { elementsBy } from "./element-sets.ts";
import { verdictsIn, type KernelTable } from "./kernel-table.ts";
import { lineCounter } from "./line-cut-nft.ts";
import type { Observed } from "./protocol.ts";
import { countedWay, siteRulesOf } from "./site-rules.ts";

// A report has room for far fewer; a worm that makes up MACs is not to make it any longer.
const maxCounts = 2000;

/** What a table says of the rules of the site, as it is reported. */
export function siteObserved(table: KernelTable): NonNullable<Observed["site"]> {
  const counted = (set: (typeof barrierCounts)[keyof typeof barrierCounts]) => table.counts.get(set) ?? new Map();
  const [passed, stopped] = [counted(barrierCounts.passed), counted(barrierCounts.stopped)];
  const counts = [...new Set([...passed.keys(), ...stopped.keys()])].flatMap((key) => {
    const of = countedWay(key);
    if (of === null) return [];
    return [{ ...of, passed: passed.get(key)?.packets ?? 0, stopped: stopped.get(key)?.packets ?? 0 }];
  });
  return {
    rules: siteRulesOf(elementsBy((set) => verdictsIn(table.held, set))),
    stoppedAtLine: table.counters.get(lineCounter)?.packets ?? 0,
    counts: counts.toSorted((a, b) => b.passed + b.stopped - a.passed - a.stopped).slice(0, maxCounts),
  };
}
