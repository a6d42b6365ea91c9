import type { Contact } from "./connection/contact.ts";
import type { FlowLine } from "./connection/flow.ts";
import type { HostSnapshot, LineState } from "@cordon/contract";
import type { WeirdCounter } from "./packet/weird.ts";

/** Caps of every table. A full table forgets its oldest entry: under a flood judging gets coarser, never slower. */
export interface JudgeLimits {
  /** Hosts; a small office has tens, a forged source address must not make thousands. */
  readonly hosts: number;
  /** Contacts remembered per host; a scanner convicts itself long before, so it only pushes out its own past. */
  readonly contactsPerHost: number;
  /** Contacts of all hosts together: bounds memory to some tens of megabytes. */
  readonly contacts: number;
  /** Addresses with the name they were resolved by; an office uses a few thousand a day. */
  readonly names: number;
  /** Addresses one host may have had; the contract carries 32. */
  readonly addressesPerHost: number;
  /** Names a checkpoint keeps: the newest suffice to know common targets after a crash. */
  readonly namesKept: number;
}

export const defaultLimits: JudgeLimits = {
  hosts: 2000,
  contactsPerHost: 4096,
  contacts: 65_536,
  names: 20_000,
  addressesPerHost: 32,
  namesKept: 5000,
};

export interface JudgeOptions {
  /** The site's addresses as CIDR; empty stands for RFC 1918, link-local and unique local ranges. */
  readonly localNets: readonly string[];
  /** Roles that a person declared. */
  readonly declared: readonly { readonly mac: string; readonly role: "mail-server" | "server" }[];
  /** Work that a person declared, which looks like an infected machine's; default: none. */
  readonly duties?: readonly { readonly mac: string; readonly duty: string }[];
  /** Addresses and MACs of the box on the line, and its controller: not judged, but for what comes from inside under them. */
  readonly exclude: readonly string[];
  /** MACs of the box's ports that are not on the line: not judged, wherever their frames come from; default none. */
  readonly ownMacs?: readonly string[];
  /**
   * Whether the line lies outside the router: MACs say nothing there, no address is local, and one IPv4 address stands
   * for all machines of the site. Default false.
   */
  readonly isOutsideRouter?: boolean;
  readonly limits?: Partial<JudgeLimits>;
  /** Mixed into the hashes of mail envelopes, so that nobody else can look them up; default 0. */
  readonly salt?: number;
  /**
   * Told of first contacts once they are old enough to be final, to measure what is usual; default: nobody is. `isHeard`
   * where anybody beyond the line answered the machine since: else its silence is the line's, or half a capture's.
   */
  readonly contactConfirmed?: (contact: Contact, isHeard: boolean) => void;
  /**
   * Takes every connection once it has ended or is a minute old, and again where its end is seen later; default: nobody
   * does, and connections are not looked at one by one.
   */
  readonly flowSeen?: (line: FlowLine) => void;
  /** How long connections wait for their end before they are told, milliseconds; default a minute. */
  readonly flowHeldMs?: number;
  /** Counts odd payloads; default: a counter nobody reads. */
  readonly weird?: WeirdCounter;
}

/** What survives a crash of the judging process; plain JSON. */
export interface JudgeCheckpoint {
  readonly version: 1;
  /** Packet time it was made at, epoch milliseconds. */
  readonly at: number;
  /** Of the first packet, epoch milliseconds; null before it. */
  readonly startedAt: number | null;
  readonly contacts: number;
  readonly line: LineState;
  readonly hosts: readonly HostSnapshot[];
  /** Resolved addresses with their names, newest last. */
  readonly names: readonly (readonly [address: string, name: string, at: number])[];
  readonly gatewayMacs: readonly string[];
}
