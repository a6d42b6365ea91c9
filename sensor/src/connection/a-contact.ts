import { contactKind, type Contact } from "./contact.ts";
import { portClassOf } from "./port-class.ts";

/** A contact for tests: a stranger outside, called once on port 445 and not answered yet. */
export function aContact(fields: Partial<Contact> = {}): Contact {
  const port = fields.port ?? 445;
  const openedAt = fields.openedAt ?? 1_000_000;
  return {
    place: "outside",
    resolution: "unresolved",
    name: null,
    remote: 0xcb00_7101 | 0,
    portClass: portClassOf(port),
    kind: contactKind(fields.portClass ?? portClassOf(port)),
    port,
    openedAt,
    lastAt: openedAt,
    outcome: "pending",
    attemptAt: openedAt,
    attempts: 1,
    sourcePort: 50_000,
    sourcePortRises: 0,
    unanswered: 0,
    answeredAt: 0,
    isCounted: false,
    counted: 0,
    visitedAt: openedAt,
    intervalMs: 0,
    evenRounds: 0,
    isKept: false,
    ...fields,
  };
}
