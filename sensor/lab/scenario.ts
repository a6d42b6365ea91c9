import type { HostJob } from "./lab.ts";

/** Bounds between which the seed draws. Both ends the same: fixed. */
export type Range = readonly [low: number, high: number];

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
    }
  /** A scanning worm. */
  | {
      readonly kind: "scan";
      readonly port: number;
      /** First slowly for `warmUpMs`, then at `perSecond`. */
      readonly warmUpPerSecond: Range;
      readonly warmUpMs: Range;
      readonly perSecond: Range;
      /** Given up after. */
      readonly timeoutMs: Range;
      /** Share of targets in the own subnet. */
      readonly localShare: Range;
    };

/** What happens to the line itself or comes in over it. */
export type Happening =
  | { readonly kind: "cut-line" }
  | { readonly kind: "restore-line" }
  /** Strangers send mail to the office, through the port forward. */
  | { readonly kind: "inbound-mail"; readonly mailEveryMs: Range };

export type Step =
  | {
      readonly atMs: Range;
      readonly who: HostJob | "everybody" | "people";
      readonly does: Activity;
      readonly forMs?: number;
    }
  | { readonly atMs: Range; readonly does: Happening; readonly forMs?: number };

/**
 * Who does what when, relative to the scenario's start. `people` are workstations and the machines
 * that became infected: those have users as well.
 */
export interface Scenario {
  readonly name: string;
  /** One sentence for people. */
  readonly title: string;
  readonly durationMs: number;
  readonly steps: readonly Step[];
}
