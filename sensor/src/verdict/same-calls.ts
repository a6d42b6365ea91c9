import type { Finding } from "../evidence/detector.ts";

/** Kinds that may be about the same calls: a fast search for web servers is a search for services as well. */
const searches: ReadonlySet<string> = new Set(["web-spray", "service-search"]);

/** The findings, where of those about the same calls the strongest stands alone: what is told twice is no second proof. */
export function toldOnce(findings: readonly Finding[]): readonly Finding[] {
  const told = findings.filter(({ kind }) => searches.has(kind));
  const strongest = told.toSorted((a, b) => b.strength - a.strength)[0];
  return told.length < 2
    ? findings
    : findings.filter((finding) => finding === strongest || !searches.has(finding.kind));
}
