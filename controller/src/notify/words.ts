/** What is said of a finding: verdict, cause, next step. */
import { machineName, type HostSnapshot } from "@cordon/contract";
import { causeOf } from "../fleet/forgotten-keeper.ts";
import { whyOf } from "../incident/host-view.ts";
import { kindText } from "../incident/sentence.ts";
import type { TimeText } from "../incident/time-text.ts";
import type { Finding } from "./finding.ts";
import type { About, ContainmentNotice, Observation } from "./observe.ts";

export interface Place {
  readonly siteId: string;
  readonly siteName: string;
  readonly at: number;
}

type Words = Pick<
  Finding,
  "kind" | "severity" | "isEnd" | "noun" | "label" | "verdict" | "cause" | "nextStep" | "host"
>;

/** The words that are common to a finding of a whole site. */
const ofSite = ({ siteName }: Place) => ({ label: siteName, host: null });

function finding(place: Place, words: Words): Finding {
  const site = `/sites/${encodeURIComponent(place.siteId)}`;
  // A box may name a machine by what is no text.
  const path = words.host === null ? site : `${site}/hosts/${encodeURIComponent(words.host.toWellFormed())}`;
  return { ...words, siteId: place.siteId, siteName: place.siteName, path, at: place.at };
}

/** A machine that was found suspect or infected. */
export function hostFinding(place: Place, host: HostSnapshot, level: string): Finding {
  const name = machineName(host);
  const isInfected = level === "infected";
  return finding(place, {
    kind: "host",
    severity: isInfected ? "critical" : "warning",
    isEnd: false,
    noun: isInfected ? "infected" : "suspect",
    label: name,
    host: host.host,
    verdict: isInfected ? `${name} is infected: ${kindText(host)}.` : `${name} is suspect.`,
    cause: whyOf(host),
    nextStep: isInfected ? "Next: cut it off." : "Next: look at the case for and against.",
  });
}

/** Something of the box or its line that began. */
export function troubleFinding(place: Place, about: Exclude<About, { kind: "host" }>, time: TimeText): Finding {
  const kind = about.kind === "withheld" ? "health" : about.kind;
  const common = { ...ofSite(place), kind, severity: "warning", isEnd: false } as const;
  switch (about.kind) {
    case "box":
      return finding(place, {
        ...common,
        noun: "box silent",
        verdict: `The box of ${place.siteName} is silent.`,
        cause: `Nothing was heard of it since ${time.clock(about.silentSince)}. What it holds it goes on holding, as far as is known here; nothing new is told.`,
        nextStep: "Next: look whether the box has power, then at its way to here.",
      });
    case "line": {
      const isDead = about.line?.state === "dead";
      return finding(place, {
        ...common,
        noun: isDead ? "line dead" : "line walled",
        verdict: isDead
          ? `The line of ${place.siteName} is dead.`
          : `The line of ${place.siteName} is walled: a portal answers everything.`,
        cause: (isDead ? about.line?.text : about.line?.trouble?.text) ?? "",
        nextStep: isDead
          ? "Next: look at the modem’s lights, then call the provider."
          : "Next: sign in at the portal from a machine of the site, or call the provider.",
      });
    }
    case "withheld": {
      const { withheld } = about;
      return finding(place, {
        ...{ ...common, severity: "critical", noun: "orders withheld" },
        verdict: `The box of ${place.siteName} gets no orders.`,
        cause: causeOf(withheld),
        nextStep: withheld.advice,
      });
    }
    case "health":
      return finding(place, {
        ...common,
        severity: "critical",
        noun: "box in trouble",
        verdict: `The box of ${place.siteName} is in trouble.`,
        cause: about.text,
        nextStep: "Next: look at the site’s page.",
      });
  }
}

/** Something of the box or its line that is over; null where that is told on pages alone. */
export function endFinding(
  place: Place,
  subject: Observation["subject"],
  since: number,
  time: TimeText,
): Finding | null {
  const common = { ...ofSite(place), severity: "warning", isEnd: true, nextStep: "Nothing to do." } as const;
  if (subject.startsWith("box:")) {
    return finding(place, {
      ...{ ...common, kind: "box", noun: "box back" },
      verdict: `The box of ${place.siteName} is back.`,
      cause: `It is heard again; it was told silent ${time.clock(since)}. What it kept meanwhile comes in now.`,
    });
  }
  if (subject.startsWith("line:")) {
    return finding(place, {
      ...{ ...common, kind: "line", noun: "line back" },
      verdict: `The line of ${place.siteName} carries again.`,
      cause: `Its trouble began ${time.clock(since)} and is over.`,
    });
  }
  if (subject.endsWith(":orders-withheld")) {
    return finding(place, {
      ...{ ...common, kind: "health", noun: "orders again" },
      verdict: `The box of ${place.siteName} gets its orders again.`,
      cause: `What it holds was taken up; since ${time.clock(since)} it had got none. What was wished meanwhile is sent to it.`,
    });
  }
  return null;
}

const scopeNouns = { barrier: "barrier", area: "area’s cut", line: "line’s cut" } as const;

/** That something wished is in force, or was refused by the box. */
export function containmentFinding(place: Place, { notice }: ContainmentNotice, host: HostSnapshot | null): Finding {
  const isRefused = notice.change === "refused";
  const isOfSite = notice.scope !== undefined;
  const subject = isOfSite
    ? `the ${scopeNouns[notice.scope ?? "line"]} of ${place.siteName}`
    : nameOf(notice.host, host);
  const key = isOfSite || notice.host === "" ? null : notice.host;
  const common = { kind: "containment", isEnd: false, host: key, label: isOfSite ? place.siteName : subject } as const;
  if (isRefused) {
    return finding(place, {
      ...{ ...common, severity: "critical", noun: "refused by the box" },
      verdict: isOfSite ? `The box refused ${subject}.` : `The box did not contain ${subject}.`,
      cause: notice.text,
      nextStep: isOfSite ? "Next: look at the site’s page." : "Next: look at its page, or unplug it by hand.",
    });
  }
  return finding(place, {
    ...{ ...common, severity: "info", noun: "in force" },
    // What the box reached, in its own words, and not what was wished for.
    verdict: isOfSite ? `${capital(subject)} is in force.` : `${subject}: ${notice.text}`,
    cause: isOfSite ? notice.text : "The box has seen it in force.",
    nextStep: isOfSite ? "Nothing to do now." : "Next: clean it, then release it.",
  });
}

function nameOf(key: string, host: HostSnapshot | null): string {
  return host === null ? key : machineName(host);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
