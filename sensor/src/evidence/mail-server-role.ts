import type { Host } from "../host/host.ts";
import type { Finding } from "./detector.ts";
import { mailFanOutKind } from "./mail-fan-out.ts";

export const mailServerRoleKind = "mail-server-role";

/** How mail servers were greeted from one address. */
export interface Greetings {
  /** By one name so far; true also before the first. */
  readonly isConstant: boolean;
  /** Servers greeted by it. */
  readonly servers: number;
}

/** What a newsletter has under way at one time, before the first words are exchanged. */
const ungreetedAtOnce = 20;

/** Enough for everything that mail alone can weigh. */
const setsOffAll = 100;

/**
 * A machine that takes mail from outside, or that a person declared, is a mail server: calling many
 * providers is its work. It defends mail only; a mail server that scans is convicted like any other.
 */
export function mailServerRole(host: Host, findings: readonly Finding[], greetings: Greetings): Finding | null {
  const reason = reasonToMail(host, findings, greetings);
  const mail = findings.filter((finding) => finding.for && finding.subject === "mail");
  if (reason === null || mail.length === 0) return null;
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

function reasonToMail(host: Host, findings: readonly Finding[], greetings: Greetings): string | null {
  if (host.role.name === "mail-server") return host.role.reason;
  return host.takesMail && isOneServersMail(findings, greetings)
    ? "A mail server stands behind the router, and all mail seen from there greets by one name."
    : null;
}

/**
 * Behind a router a mailer would hide in a mail server's shadow, but hardly under its name: one greeting that differs
 * ends the excuse, and so do many servers that were called and never greeted.
 */
function isOneServersMail(findings: readonly Finding[], greetings: Greetings): boolean {
  const called = findings.find(({ kind }) => kind === mailFanOutKind)?.count ?? 0;
  return greetings.isConstant && called - greetings.servers <= Math.max(ungreetedAtOnce, greetings.servers);
}
