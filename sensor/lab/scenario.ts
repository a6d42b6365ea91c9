import type { Duty, HostSnapshot, Vector } from "@cordon/contract";
import type { HostJob } from "./lab.ts";

/** Bounds between which the seed draws. Both ends the same: fixed. */
export type Range = readonly [low: number, high: number];

/** One port, or each time one of several; who is to be likelier stands there more often. */
export type SomePort = number | { readonly oneOf: readonly number[] };

/**
 * What a host does. Rates and sizes are ranges; the seed draws one value per host and step.
 */
export type Activity =
  /** Asks for its address as a machine does that was here before (RFC 2131 3.2), with its name. */
  | { readonly kind: "announce" }
  /** A person at a browser: pages of several hosts each, now and then a download. */
  | {
      readonly kind: "browse";
      /** Mean time between pages; exponential. */
      readonly pageEveryMs: Range;
      /** Names of which a page is made, besides its own. */
      readonly namesPerPage: Range;
      /** Share of pages that end in a download. */
      readonly downloadShare: Range;
    }
  /** A printer: looks for new firmware now and then. */
  | { readonly kind: "check-in"; readonly everyMs: Range }
  /** Sends jobs to the office's printer, on the switch. */
  | { readonly kind: "print"; readonly everyMs: Range }
  /** The office's mail server: one name, known recipients, tries again what was deferred. */
  | {
      readonly kind: "send-mail";
      readonly mailEveryMs: Range;
      /** A mailing to so many recipients, once, after `newsletterAfterMs`. Zero: none. */
      readonly newsletterRecipients: Range;
      readonly newsletterAfterMs: Range;
      readonly retryAfterMs: Range;
    }
  /** Looks up the mail servers of many domains, as the mailer does before it sends. */
  | { readonly kind: "resolve-mail-servers"; readonly domains: Range }
  /** A mass mailer: each mail greets, signs and looks different. */
  | {
      readonly kind: "mass-mail";
      readonly mailsPerSecond: Range;
      readonly parallel: Range;
      readonly domains: Range;
      readonly recipientsPerMail: Range;
      /** Its master has told it the servers' names: it asks for no domain's. Absent: it asks. */
      readonly isTold?: true;
    }
  /** A filter of mail: asks several block lists about each sender. */
  | { readonly kind: "ask-block-lists"; readonly senderEveryMs: Range; readonly lists: Range }
  /** A scanning worm. */
  | {
      readonly kind: "scan";
      readonly port: SomePort;
      /** First slowly for `warmUpMs`, then at `perSecond`. */
      readonly warmUpPerSecond: Range;
      readonly warmUpMs: Range;
      readonly perSecond: Range;
      /** Given up after. */
      readonly timeoutMs: Range;
      /** Share of targets in the own subnet. */
      readonly localShare: Range;
    }
  /**
   * A bot of devices that makes its packets itself: one burst of SYNs a second, whose sequence number is the target's
   * address, and none of which is ever repeated.
   */
  | { readonly kind: "scan-by-hand"; readonly port: SomePort; readonly perSecond: Range }
  /** Goes once through all addresses of a network, in an order of its own. */
  | {
      readonly kind: "sweep";
      /** The office's own network, or one beyond the router. */
      readonly network: "own" | "strange";
      /** What is called at each address; none: it only looks who is there. */
      readonly calls: { readonly ports: readonly number[] };
      /** Addresses a second. */
      readonly perSecond: Range;
      readonly timeoutMs: Range;
    }
  /**
   * A worm of single datagrams: each to another stranger, as fast as the line takes them and faster; or a flood, all of it
   * to one.
   */
  | {
      readonly kind: "spray";
      readonly port: number | "any";
      /** Absent: the system's choice. */
      readonly fromPort?: number;
      readonly isToOne?: true;
      readonly bytes: Range;
      readonly perSecond: Range;
    }
  /**
   * A program that talks to many of its like, whose addresses it has from others of them: calls them in turn, until it has
   * called all, and then again.
   */
  | {
      readonly kind: "call-peers";
      readonly protocol: "tcp" | "udp";
      /** Where they listen, and then all programs of this office have the same ones; `any`: each its own, high up. */
      readonly port: number | "any";
      readonly peers: Range;
      readonly perSecond: Range;
    }
  /**
   * A program that asks its few servers for news by HTTP. While it gets what it wants it does so now and then; whatever
   * else it gets, or nothing, it comes back at once, each time from the next source port.
   */
  | {
      readonly kind: "poll";
      readonly port: number;
      readonly contentMs: Range;
      readonly discontentMs: Range;
    }
  /** The office's own resolver: asks the world's name servers for everybody, one of many for each domain. */
  | { readonly kind: "resolve-for-everybody" }
  /** Asks the office's own resolver from now on, which is the mail server, and not the router. */
  | { readonly kind: "ask-own-resolver" };

export interface AnsweredPorts {
  readonly protocol: "tcp" | "udp";
  readonly first: number;
  readonly last: number;
  readonly perMille: number;
}

/** What happens to the line itself or comes in over it. */
export type Happening =
  | { readonly kind: "cut-line" }
  | { readonly kind: "restore-line" }
  /** The provider's portal answers everything: each name with its own address, each connection with a page. */
  | { readonly kind: "wall-line" }
  /** The firewall answers calls of the web with a warning page. */
  | { readonly kind: "warn-on-web" }
  /** Of the strangers that are called on these ports so many answer, whatever the rest of the Internet does. */
  | { readonly kind: "strangers-answer"; readonly on: readonly AnsweredPorts[] }
  /** No more comes through to the provider than this; what is beyond it is lost, whoever sent it. */
  | { readonly kind: "narrow-line"; readonly packetsPerSecond: Range }
  /** Strangers send mail to the office, through the port forward. */
  | { readonly kind: "inbound-mail"; readonly mailEveryMs: Range };

/** Some of the people, by their order in the office: which machines these are the seed decides. */
export interface SomePeople {
  readonly people: readonly [from: number, to: number];
}

/** Some of those at which nothing but work is done, likewise. */
export interface SomeWorkstations {
  readonly workstations: readonly [from: number, to: number];
}

export type Who = HostJob | "everybody" | "people" | SomePeople | SomeWorkstations;

type Verdict = HostSnapshot["verdict"];

export type Step =
  | {
      readonly atMs: Range;
      readonly who: Who;
      readonly does: Activity;
      readonly forMs?: number;
    }
  | { readonly atMs: Range; readonly does: Happening; readonly forMs?: number };

/** What a sensor in the line is to make of it. */
export interface Expected {
  /** Each of these is named, with this way of spreading (absent: by any of them); nobody else is. */
  readonly infected: readonly { readonly who: Who; readonly vector?: Vector }[];
  /** Machines that a person may have to look at: the worst that each ever is lies between these. Absent: none. */
  readonly doubted?: readonly { readonly who: Who; readonly least: Verdict; readonly most: Verdict }[];
  /** The worst that any other machine ever is. */
  readonly others: "clear" | "watched";
  /** What is the matter with the line at some time, as its state tells, `dead` not for ever; absent: nothing, ever. */
  readonly line?: "walled" | "choked" | "dead";
  /** What ledgers say, as a regular expression over one line's sentence. */
  readonly ledgers?: readonly { readonly who: Who; readonly kind: string; readonly text: string }[];
}

/**
 * Who does what when, relative to the scenario's start. `people` are workstations and the machines
 * that became infected: those have users as well.
 */
export interface Scenario {
  readonly name: string;
  /** One sentence for people. */
  readonly title: string;
  readonly durationMs: number;
  /** What a person says of machines before it begins. Absent: nothing. */
  readonly duties?: readonly { readonly who: Who; readonly duty: Duty }[];
  readonly steps: readonly Step[];
  /** Absent where the tests that play it say it themselves. */
  readonly expected?: Expected;
}
