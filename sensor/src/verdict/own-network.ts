import type { Finding } from "../evidence/detector.ts";
import { ownNetworkCap } from "../evidence/likelihoods.ts";

/**
 * Bounds what scans of the own network weigh together: an inspector or a technician asks by ARP, pings
 * and tries ports one after the other, and all of it is one and the same thing.
 */
export function withinOwnNetworkCap(findings: readonly Finding[]): readonly Finding[] {
  let left: number = ownNetworkCap;
  const sum = findings.reduce((total, { isOwnNetwork = false, strength }) => total + (isOwnNetwork ? strength : 0), 0);
  if (sum <= left) return findings;
  return findings.flatMap((finding) => {
    if (finding.isOwnNetwork !== true) return [finding];
    const strength = Math.min(left, finding.strength);
    left -= strength;
    return strength > 0 ? [{ ...finding, strength }] : [];
  });
}
