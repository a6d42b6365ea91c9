import type { Contact, Outcome, Place } from "../connection/contact.ts";
import type { PortClass } from "../connection/port-class.ts";
import type { AddressKey } from "../packet/packet.ts";
import type { PolicyChange } from "./policy-changes.ts";
import type { Storms } from "./storms.ts";

/**
 * What a line of evidence is about. A defence sets off only what it explains: nothing that explains
 * failed contacts can acquit a mailer, and nothing at all that explains other ports acquits a scan
 * of the ports by which worms spread.
 */
export type Subject = "propagation" | "contacts" | "mail" | "names" | "rhythm";

/** One line as a detector sees it; the ledger turns it into the contract's evidence. */
export interface Finding {
  readonly kind: string;
  readonly for: boolean;
  readonly subject: Subject;
  /** Decimal logarithm of the likelihood ratio; of a defence: how much it can set off at most. Not negative. */
  readonly strength: number;
  /** It is about the own network alone, where a person may be looking for something; absent: false. */
  readonly isOwnNetwork?: boolean;
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
  /** How many machines of the site call this address. */
  readonly usersOf: (remote: AddressKey) => number;
  /** Nothing is ever answered to anybody: one direction is not captured. */
  readonly isOneSided: () => boolean;
  /** Several machines share the host's address, and which of them it was cannot be told. */
  readonly standsForMany: () => boolean;
  /** Whether this address ever answered the host, on whatever port, as far as that is remembered. */
  readonly hasAnswered: (remote: AddressKey) => boolean;
  /** At whom machines of the site keep trying; whoever learns of one notes it. */
  readonly storms: Storms;
  /** What we changed shortly before this time that concerned the host; null where nothing was. */
  readonly changeBefore: (at: number) => PolicyChange | null;
}

/**
 * A packet to one port of one machine, of which nothing is said yet whether a connection comes of it. Reused by its
 * producer: whoever keeps a part of it copies that part.
 */
export interface Knock {
  remote: AddressKey;
  place: Place;
  transport: "tcp" | "udp" | "sctp" | "ip";
  /** Of transport `ip` the number of the protocol. */
  port: number;
  sourcePort: number;
  /**
   * `syn` opens, `odd` has flags that no stack sends, `stray` belongs to no connection: the target's RST
   * says so; `datagram` is UDP or SCTP; `bare` is a packet of a protocol over IP that has no ports.
   */
  manner: "syn" | "odd" | "stray" | "datagram" | "bare";
  /** TCP flags; 0 where there are none. */
  flags: number;
  /** TCP sequence number; 0 where there is none. */
  sequence: number;
  at: number;
}

/** Packets of one kind towards one machine, more a second than programs send. */
export interface Flooding {
  readonly remote: AddressKey;
  readonly place: Place;
  readonly by: "connections" | "datagrams" | "pings";
  readonly at: number;
}

/** What was answered to a question for a name. */
export interface NameAnswer {
  readonly name: string;
  /** The name does not exist (RFC 1035 4.1.1: response code 3). */
  readonly isMissing: boolean;
  readonly at: number;
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

/**
 * One behaviour of one host: packets' facts in, findings out. Time is packet time.
 *
 * An event that happens with every packet answers whether what stands may now be something else: nobody asks for
 * findings that are what they were. What time alone changes is asked for every few seconds.
 */
export interface Detector {
  /** Of contacts, those of which classes it cares for; absent: all. Whatever it is not told of changes nothing for it. */
  readonly classes?: readonly PortClass[];
  /**
   * What changes nothing for it, so that it is not told: a contact that our rules let through is opened; one that waited for its
   * answer gets it. Most contacts are nothing else.
   */
  readonly ignores?: readonly ("openings" | "answers")[];
  /** The same as `classes`, of knocks. */
  readonly manners?: readonly Knock["manner"][];
  opened?(contact: Contact): boolean;
  /** @param port of this attempt; all ports of a class are one contact */
  repeated?(contact: Contact, port: number): boolean;
  settled?(contact: Contact, before: Outcome): boolean;
  confirmed?(contact: Contact): boolean;
  /** A question by ARP for an address of the own network. */
  sought?(target: AddressKey, at: number): boolean;
  knocked?(knock: Knock): boolean;
  /** The port answered: a SYN-ACK, or a datagram. */
  opens?(remote: AddressKey, transport: Knock["transport"], port: number): boolean;
  /** What was answered to a question for a name. */
  named?(answer: NameAnswer): boolean;
  flooded?(flooding: Flooding): void;
  /** It answered a connection on this TCP port of its own. */
  serves?(port: number): void;
  /** It sent from an address that is none of the site's. */
  posed?(address: AddressKey, at: number): void;
  question?(question: NameQuestion): boolean;
  command?(command: MailCommand): void;
  /** What stands now; empty where there is nothing to say. */
  findings(at: number): readonly Finding[];
}
