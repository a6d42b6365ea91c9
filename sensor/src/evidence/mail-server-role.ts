import type { Host } from "../host/host.ts";
import type { Finding } from "./detector.ts";

export const mailServerRoleKind = "mail-server-role";

/** Enough for everything that mail alone can weigh. */
const setsOffAll = 100;

/**
 * A machine that takes mail from outside, or that a person declared, is a mail server: calling many
 * providers is its work. It defends mail only; a mail server that scans is convicted like any other.
 */
export function mailServerRole(host: Host, findings: readonly Finding[]): Finding | null {
  if (host.role.name !== "mail-server") return null;
  const mail = findings.filter((finding) => finding.for && finding.subject === "mail");
  if (mail.length === 0) return null;
  const { reason } = host.role;
  return {
    kind: mailServerRoleKind,
    for: false,
    subject: "mail",
    strength: setsOffAll,
    count: mail.reduce((sum, finding) => Math.max(sum, finding.count), 0),
    firstAt: Math.min(...mail.map((finding) => finding.firstAt)),
    lastAt: Math.max(...mail.map((finding) => finding.lastAt)),
    text: () => `${reason} Calling the servers of many providers is what mail servers do.`,
  };
}
