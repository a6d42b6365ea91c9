import type { HostClass, Risk, Vector, Verdict } from "@cordon/contract";
import { vectorOfClass, type PortClass } from "../connection/port-class.ts";
import { thresholds } from "../evidence/likelihoods.ts";
import type { Finding } from "../evidence/detector.ts";
import type { RoleName } from "../host/host.ts";

export function verdictOf(score: number): Verdict {
  if (score >= thresholds.infected) return "infected";
  if (score >= thresholds.suspect) return "suspect";
  return score >= thresholds.watched ? "watched" : "clear";
}

/** Machines whose loss stops an office, or through which everything passes. */
const critical: ReadonlySet<RoleName> = new Set(["mail-server", "server", "gateway", "resolver"]);

/** Verdict times role; null while clear. */
export function riskOf(verdict: Verdict, role: RoleName): Risk | null {
  if (verdict === "clear") return null;
  if (verdict === "infected") return "high";
  if (verdict === "suspect") return critical.has(role) ? "high" : "medium";
  return critical.has(role) ? "medium" : "low";
}

/** What most speaks against the host: mail or contacts. */
export function classOf(findings: readonly Finding[]): HostClass {
  let mail = 0;
  let scan = 0;
  for (const finding of findings) {
    if (!finding.for) continue;
    if (finding.subject === "mail") mail += finding.strength;
    else scan += finding.strength;
  }
  return mail >= scan ? "mass-mailer" : "scanner";
}

/** The vector of the class of ports on which most of it happened. */
export function vectorOf(hostClass: HostClass, worst: PortClass | null): Vector {
  if (hostClass === "mass-mailer") return "mail";
  return worst === null ? "other" : vectorOfClass(worst);
}
