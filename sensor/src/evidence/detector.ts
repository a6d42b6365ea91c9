import type { Contact, Outcome } from "../connection/contact.ts";
import type { AddressKey } from "../packet/packet.ts";

/**
 * What a line of evidence is about. A defence sets off only what it explains: nothing that explains
 * failed contacts can acquit a mailer, and nothing at all that explains other ports acquits a scan
 * of the ports by which worms spread.
 */
export type Subject = "propagation" | "contacts" | "mail";

/** One line as a detector sees it; the ledger turns it into the contract's evidence. */
export interface Finding {
  readonly kind: string;
  readonly for: boolean;
  readonly subject: Subject;
  /** Decimal logarithm of the likelihood ratio; of a defence: how much it can set off at most. Not negative. */
  readonly strength: number;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The sentence for a person; written only when somebody reads the ledger. */
  readonly text: () => string;
}

/** What detectors may know beyond their own host's packets. */
export interface Surroundings {
  /** When the host was last answered from beyond the line, epoch milliseconds; 0 where never. */
  readonly answeredAt: () => number;
  /** Nothing is ever answered to anybody: one direction is not captured. */
  readonly isOneSided: () => boolean;
  /** Several machines share the host's address, and which of them it was cannot be told. */
  readonly standsForMany: () => boolean;
}

/** A question for a name that a host asked. */
export interface NameQuestion {
  readonly name: string;
  readonly type: string;
  readonly at: number;
}

/** One command that a host gave a mail server beyond the site. */
export interface MailCommand {
  readonly server: AddressKey;
  readonly verb: "helo" | "ehlo" | "mail" | "rcpt";
  readonly argument: string;
  readonly at: number;
}

/** One behaviour of one host: packets' facts in, findings out. Time is packet time. */
export interface Detector {
  opened?(contact: Contact): void;
  repeated?(contact: Contact): void;
  settled?(contact: Contact, before: Outcome): void;
  confirmed?(contact: Contact): void;
  /** A question by ARP for an address of the own network. */
  sought?(target: AddressKey, at: number): void;
  question?(question: NameQuestion): void;
  command?(command: MailCommand): void;
  /** What stands now; empty where there is nothing to say. */
  findings(at: number): readonly Finding[];
}
