import type { Judged, Standing } from "./judge-entry.ts";

/** In words, what could be seen of a machine that was not found: where to look, not an excuse. */
export function explainMiss({ report, error }: Judged, standing: Standing | null): string {
  if (report === null) return `the file could not be read: ${error?.message ?? "no reason was given"}`;
  const seen = Object.entries(report.handedUp).filter(([, count]) => count > 0);
  const packets = seen.map(([rule, count]) => `${rule} ${count}`).join(", ");
  const selected = `of ${report.packets} packets the judge got ${packets === "" ? "none" : packets}`;
  if (standing === null) return `the machine was never listed; ${selected}`;
  const { host, worst, highestScore } = standing;
  const lines = host.evidence.map(({ kind, weight, count }) => `${kind} ${weight.toFixed(1)} (${count})`).join(", ");
  return `${worst} with ${highestScore.toFixed(1)} at most, ${host.contacts} first contacts; ledger: ${lines === "" ? "empty" : lines}; ${selected}`;
}
