import type { Severity } from "./channel.ts";

/** One thing that a person should know: verdict, cause, next step, and where to look. */
export interface Finding {
  readonly kind: "host" | "containment" | "box" | "line" | "health";
  /** By which channels are chosen; the end of something goes where its beginning went. */
  readonly severity: Severity;
  /** True where something bad is over. */
  readonly isEnd: boolean;
  readonly siteId: string;
  readonly siteName: string;
  /** A machine's key; null where it is of the box, the line or the whole site. */
  readonly host: string | null;
  /** What a title counts it as: `infected`, `suspect`, `cut refused`, … */
  readonly noun: string;
  /** What a title calls it: a machine's name, or the site's. */
  readonly label: string;
  /** A sentence each. */
  readonly verdict: string;
  readonly cause: string;
  readonly nextStep: string;
  /** Of the page in the user interface. */
  readonly path: string;
  /** When it was found, by the controller's clock. */
  readonly at: number;
}

/** Whether it is of a machine that was found infected. */
export function isInfection(finding: Finding): finding is Finding & { readonly host: string } {
  return finding.kind === "host" && finding.host !== null && finding.severity === "critical";
}

/** What an infected machine weighs: nothing weighs more. */
export const infectionWeight = 6;

/** How bad it is, to be held against others: a whole number from -1. */
export function weightOf(finding: Finding): number {
  if (isInfection(finding)) return infectionWeight;
  return { info: 0, warning: 2, critical: 4 }[finding.severity] - (finding.isEnd ? 1 : 0);
}

// Control characters, and those that turn the direction of writing: a machine may call itself anything.
const unseemly = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]+/gu;

/** A text that came from a network, on one line. */
export function oneLine(text: string): string {
  return text.replace(unseemly, " ").replace(/ {2,}/g, " ").trim();
}
