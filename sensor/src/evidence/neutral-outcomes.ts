import type { Contact, Outcome } from "../connection/contact.ts";
import type { Detector, Finding, Surroundings } from "./detector.ts";
import { addressScan, contactRowOf } from "./likelihoods.ts";
import { counted } from "./words.ts";

interface Tally {
  count: number;
  firstAt: number;
  lastAt: number;
}

/** Unanswered contacts from which a one-sided capture is worth a line. */
const oneSidedContacts = 3;

/**
 * Outcomes that somebody else made: a dead line, our own rules, the gateway, or half a capture. They
 * weigh nothing already; the lines say so to whoever reads the ledger.
 */
export class NeutralOutcomes implements Detector {
  // Whatever is answered says that the capture is not one-sided.
  readonly ignores = ["openings", "answers"] as const;
  readonly #surroundings: Surroundings;
  readonly #lineDown: Tally = { count: 0, firstAt: 0, lastAt: 0 };
  readonly #byUs: Tally = { count: 0, firstAt: 0, lastAt: 0 };
  readonly #byGateway: Tally = { count: 0, firstAt: 0, lastAt: 0 };
  readonly #silent: Tally = { count: 0, firstAt: 0, lastAt: 0 };

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  opened(contact: Contact): boolean {
    if (contact.outcome !== "refused-by-us") return false;
    add(this.#byUs, contact.openedAt);
    return true;
  }

  settled(contact: Contact, before: Outcome): boolean {
    const left = this.#tallyOf(before, contact);
    if (left !== null && left.count > 0) left.count -= 1;
    const entered = this.#tallyOf(contact.outcome, contact);
    if (entered !== null) add(entered, contact.openedAt);
    const isExplained = (left !== null && left !== this.#silent) || (entered !== null && entered !== this.#silent);
    return isExplained || this.#surroundings.isOneSided();
  }

  findings(): readonly Finding[] {
    const findings: Finding[] = [];
    const lineDown = this.#lineDown.count;
    const byUs = this.#byUs.count;
    const byGateway = this.#byGateway.count;
    const silent = this.#silent.count;
    if (lineDown > 0) {
      const them = counted(lineDown, "address", "addresses");
      findings.push(
        neutral("line-down", this.#lineDown, () => `Called ${them} while the line was down. That convicts nobody.`),
      );
    }
    if (byUs > 0) {
      const them = counted(byUs, "call", "calls");
      findings.push(
        neutral("refused-by-us", this.#byUs, () => `Our own rules stopped ${them}: no sign of the targets.`),
      );
    }
    if (byGateway > 0) {
      const them = counted(byGateway, "call", "calls");
      findings.push(
        neutral("refused-by-gateway", this.#byGateway, () => `The gateway refused ${them}: no sign of the targets.`),
      );
    }
    if (silent >= oneSidedContacts && this.#surroundings.isOneSided()) {
      findings.push(
        neutral(
          "one-sided",
          this.#silent,
          () => "Nothing is answered to anybody here: only one direction was captured, so silence means nothing.",
        ),
      );
    }
    return findings;
  }

  #tallyOf(outcome: Outcome, contact: Contact): Tally | null {
    // Where the attempt itself is evidence, the dead line excuses nothing.
    const isExcused = contact.portClass !== "mail" && !contactRowOf(contact).countsOnDeadLine;
    if (outcome === "line-down") return isExcused ? this.#lineDown : null;
    if (outcome === "refused-by-us") return this.#byUs;
    if (outcome === "refused-by-gateway") return this.#byGateway;
    return outcome === "silent" ? this.#silent : null;
  }
}

function add(tally: Tally, at: number): void {
  if (tally.firstAt === 0) tally.firstAt = at;
  tally.lastAt = Math.max(tally.lastAt, at);
  tally.count += 1;
}

function neutral(kind: string, tally: Tally, text: () => string): Finding {
  return {
    kind,
    for: false,
    subject: "contacts",
    strength: addressScan.otherCap,
    count: tally.count,
    firstAt: tally.firstAt,
    lastAt: tally.lastAt,
    text,
  };
}
