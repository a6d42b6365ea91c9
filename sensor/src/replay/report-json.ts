import type { CaptureReport } from "./judge-capture.ts";

/** The report as one line of JSON: epoch milliseconds, null where not reached. */
export function reportJson(report: CaptureReport): string {
  return JSON.stringify({
    file: report.file,
    packets: report.packets,
    weird: report.weird,
    startedAt: report.startedAt,
    endedAt: report.endedAt,
    hosts: report.hosts.map((host) => ({
      host: host.host,
      addresses: host.addresses,
      verdict: host.verdict,
      class: host.class,
      vector: host.vector,
      risk: host.risk,
      firstSeenAt: host.firstSeenAt,
      suspectAt: host.suspectAt,
      infectedAt: host.infectedAt,
      contactsBeforeSuspect: host.contactsBeforeSuspect,
      evidence: host.evidence.map((line) => ({
        kind: line.kind,
        for: line.for,
        weight: line.weight,
        count: line.count,
        firstAt: line.firstAt,
        lastAt: line.lastAt,
        text: line.text,
      })),
    })),
  });
}
