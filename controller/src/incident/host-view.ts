import { machineName, type Evidence, type HostSnapshot, type Pardon } from "@cordon/contract";
import type { ContainmentView, HostView } from "../api/view.ts";
import { roleWithVendor } from "../lookup/vendor-kind.ts";
import type { VendorOf } from "../lookup/vendor-book.ts";

function heaviest(lines: readonly Evidence[]): Evidence | null {
  let found: Evidence | null = null;
  for (const line of lines) if (found === null || Math.abs(line.weight) > Math.abs(found.weight)) found = line;
  return found;
}

/** What the verdict rests on: the heaviest line of the case for, or against where the host is clear. */
export function whyOf(host: Pick<HostSnapshot, "evidence" | "verdict">): string {
  const caseFor = heaviest(host.evidence.filter((each) => each.for && each.weight > 0));
  const caseAgainst = heaviest(host.evidence.filter((each) => !each.for));
  const line = host.verdict === "clear" ? (caseAgainst ?? caseFor) : (caseFor ?? caseAgainst);
  return line?.text ?? "Nothing unusual seen.";
}

/** A host for the table, with the containments asked for or in force. */
export function hostView(
  snapshot: HostSnapshot,
  containments: readonly ContainmentView[],
  pardons: readonly Pardon[],
  {
    duty = null,
    cutWith = null,
    particulars = null,
    vendorOf,
  }: Partial<Pick<HostView, "duty" | "cutWith" | "particulars">> & { readonly vendorOf: VendorOf },
): HostView {
  const vendor = snapshot.mac === null ? null : vendorOf(snapshot.mac);
  return {
    ...snapshot,
    role: roleWithVendor(snapshot.role, vendor),
    vendor,
    why: whyOf(snapshot),
    containments: containments.filter((containment) => containment.host === snapshot.host),
    cutWith,
    pardon: pardons.find(({ host }) => host === snapshot.host) ?? null,
    duty,
    particulars,
  };
}

/**
 * Stands for a host that a containment names and the records do not know, as after a restore from
 * an old backup: what is held must be seen, or nobody could release it.
 */
export function strangerView(host: string, containments: readonly ContainmentView[]): HostView {
  const own = containments.filter((containment) => containment.host === host);
  const askedAt = Math.min(...own.map((containment) => containment.askedAt));
  return {
    host,
    mac: host,
    vendor: null,
    addresses: [],
    name: null,
    role: { name: "unknown", reason: "Nothing was heard of it here." },
    verdict: "clear",
    class: null,
    vector: null,
    risk: null,
    score: 0,
    firstSeenAt: askedAt,
    lastSeenAt: askedAt,
    suspectAt: null,
    infectedAt: null,
    contactsBeforeSuspect: null,
    contacts: 0,
    evidence: [],
    why: "Contained, but its history is not known here.",
    containments: own,
    cutWith: null,
    pardon: null,
    duty: null,
    particulars: null,
  };
}

/** Strangest first; equals by name, so that rows do not dance. */
export function byStrangeness(a: HostSnapshot, b: HostSnapshot): number {
  if (a.score !== b.score) return b.score - a.score;
  const [labelA, labelB] = [machineName(a), machineName(b)];
  if (labelA !== labelB) return labelA < labelB ? -1 : 1;
  return a.host < b.host ? -1 : 1;
}
