import type { Evidence } from "@cordon/contract";
import type { Finding, Subject } from "../evidence/detector.ts";

/**
 * Turns findings into the ledger's lines. The weights of the lines sum up to the score, so a
 * defence weighs what it really set off: never more than what speaks against the host on the same
 * subject.
 */
export function ledgerOf(findings: readonly Finding[]): Evidence[] {
  const open = new Map<Subject, number>();
  const lines: Evidence[] = [];
  for (const finding of findings) {
    if (!finding.for) continue;
    open.set(finding.subject, (open.get(finding.subject) ?? 0) + finding.strength);
    lines.push(lineOf(finding, finding.strength));
  }
  for (const finding of findings) {
    if (finding.for) continue;
    const left = open.get(finding.subject) ?? 0;
    const setOff = Math.min(left, finding.strength);
    open.set(finding.subject, left - setOff);
    lines.push(lineOf(finding, setOff === 0 ? 0 : -setOff));
  }
  return lines;
}

/** Sum of the weights, to the third decimal. */
export function scoreOf(lines: readonly Evidence[]): number {
  return round(lines.reduce((sum, line) => sum + line.weight, 0));
}

/** The score that these findings' ledger would have, without its sentences: it is asked for with every packet of a scan. */
export function scoreOfFindings(findings: readonly Finding[]): number {
  const open: Record<Subject, number> = { propagation: 0, contacts: 0, mail: 0, names: 0, rhythm: 0 };
  let score = 0;
  for (const finding of findings) {
    if (!finding.for) continue;
    open[finding.subject] += finding.strength;
    score += round(finding.strength);
  }
  for (const finding of findings) {
    if (finding.for) continue;
    const setOff = Math.min(open[finding.subject], finding.strength);
    open[finding.subject] -= setOff;
    score -= round(setOff);
  }
  return round(score);
}

function lineOf(finding: Finding, weight: number): Evidence {
  return {
    kind: finding.kind,
    for: finding.for,
    weight: round(weight),
    count: finding.count,
    firstAt: finding.firstAt,
    lastAt: finding.lastAt,
    text: finding.text().slice(0, 400),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
