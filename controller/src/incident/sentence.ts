/** The one sentence and the one line under it that open a site's page. */
import {
  machineName,
  type Health,
  type LineCheck,
  type LineState,
  type Placement,
  type Vector,
} from "@cordon/contract";
import type { HostView } from "../api/view.ts";
import type { LineCutView } from "../api/wish-view.ts";
import { reportedAuthor } from "../fleet/adoption-bounds.ts";
import { vectorNoun } from "./containment-view.ts";
import type { TimeText } from "./time-text.ts";

export interface SentenceFacts {
  readonly sensor: { readonly state: "never-seen" | "online" | "silent"; readonly since: number | null };
  /** Null before the first hello or report. */
  readonly placement: Placement | null;
  readonly canContain: boolean;
  readonly line: LineState | null;
  /** What answers on the way to the Internet, as last reported; empty where the box does not say. */
  readonly lineChecks: readonly LineCheck[];
  readonly health: readonly Health[];
  /** Strangest first. */
  readonly hosts: readonly HostView[];
  /** Keys of the infected hosts that are contained as reported. */
  readonly containedHosts: ReadonlySet<string>;
  /** Keys of hosts that are cut off as reported, alone or with others, and not only kept from spreading. */
  readonly cutHosts: ReadonlySet<string>;
  /** The line cut for everybody, where somebody asked for that. */
  readonly lineCut: LineCutView | null;
  readonly time: TimeText;
}

export interface Sentence {
  readonly sentence: string;
  readonly cause: string;
}

export const machines = (count: number) => (count === 1 ? "1 machine" : `${count} machines`);

function names(hosts: readonly HostView[]): string {
  const labels = hosts.slice(0, 3).map(machineName);
  const rest = hosts.length - labels.length;
  if (rest > 0) labels.push(`${rest} more`);
  if (labels.length === 1) return labels[0] ?? "";
  return `${labels.slice(0, -1).join(", ")} and ${labels.at(-1) ?? ""}`;
}

/** What kind of malware a machine seems to have. */
export const kindText = (host: Pick<HostView, "class">) =>
  host.class === "mass-mailer" ? "a mass mailer" : host.class === "scanner" ? "a scanner" : "kind not yet known";

// A throttle bounds a machine and leaves it infecting others.
const isCutAsked = ({ kind, releasing }: HostView["containments"][number]) => kind !== "throttle" && !releasing;

/** How to go on where a machine is infected and not contained. */
function nextStep(facts: SentenceFacts, open: readonly HostView[]): string {
  const asked = open.flatMap((host) => host.containments).filter(isCutAsked);
  const refused = asked.find((containment) => containment.refusal !== null);
  if (refused !== undefined) return `The box refused: ${refused.refusal ?? ""}`;
  const waiting = asked.find((containment) => containment.level === "unconfirmed");
  if (waiting !== undefined && asked.length >= open.length) return waiting.levelText;
  if (facts.placement === "mirror") return `It cannot be cut from here. By hand: unplug ${names(open)}.`;
  if (facts.placement === "wan") return "It cannot be cut alone from here. Next: cut the line, or unplug it by hand.";
  if (!facts.canContain) return "A capture file is being judged: nothing can be stopped.";
  return `Next: cut ${names(open)} off.`;
}

function openLine(facts: SentenceFacts, infected: readonly HostView[], open: readonly HostView[]): Sentence {
  const [host] = open;
  const cause = `${open.length === 1 && host !== undefined ? `${machineName(host)} is infected: ${kindText(host)}. ${host.why}` : `${names(open)} are infected.`} ${nextStep(facts, open)}`;
  if (open.length === 1 && host !== undefined) {
    const deed = host.class === "mass-mailer" ? "mails" : host.class === "scanner" ? "scans" : "spreads";
    return { sentence: `Line open: ${machineName(host)} still ${deed}.`, cause };
  }
  const contained = infected.length - open.length;
  return {
    sentence: `Line open: ${machines(infected.length)} infected, ${contained === 0 ? "none" : contained} of them cut off${contained === 0 ? "" : " or stopped"}.`,
    cause,
  };
}

/** Each infected machine is cut off or kept from spreading, as reported. */
function protectedLine({ time, cutHosts }: SentenceFacts, infected: readonly HostView[]): Sentence {
  const reaching = infected.filter((host) => !cutHosts.has(host.host));
  const [host] = infected;
  if (infected.length === 1 && host !== undefined) {
    const level = host.containments.find(isCutAsked)?.levelText;
    return {
      sentence: `Line protected. 1 machine infected${reaching.length === 0 ? ", and cut off" : `; its ${stoppedWay(reaching) ?? "way of spreading"} is stopped`}.`,
      cause: `${machineName(host)} is infected: ${kindText(host)}. ${level === undefined ? "" : `${level} `}Next: clean it, then release it.`,
    };
  }
  const cut = infected.length - reaching.length;
  const how =
    cut === 0 ? "; their ways of spreading are stopped" : `, ${reaching.length === 0 ? "all" : cut} of them cut off`;
  const last = Math.max(0, ...infected.map(({ infectedAt }) => infectedAt ?? 0));
  const news = last === 0 ? "" : ` No new case for ${time.span(last)}.`;
  return {
    sentence: `Line protected. ${machines(infected.length)} infected${how}.`,
    cause:
      reaching.length === 0
        ? `${names(infected)} are cut off.${news} Next: clean them, then release them.`
        : `${stillReached(reaching)}${news}`,
  };
}

function stillReached(reaching: readonly HostView[]): string {
  const isOne = reaching.length === 1;
  const who = names(reaching);
  const way = stoppedWay(reaching);
  if (isOne) return `${who} still reaches the Internet; only its ${way ?? "way of spreading"} is stopped.`;
  return way === null
    ? `${who} still reach the Internet; only their ways of spreading are stopped.`
    : `${who} still reach the Internet; only their ${way} is stopped.`;
}

/** The one thing that is stopped of each of them, as a noun; null where it is not one, or nobody has said which. */
export function stoppedWay(hosts: readonly HostView[]): string | null {
  const ways = hosts.map((host) => host.containments.filter(isStopped).map(({ vector }) => vectorNoun[vector]));
  const [way] = ways[0] ?? [];
  return way !== undefined && ways.every((each) => each.length === 1 && each[0] === way) ? way : null;
}

type Stopped = HostView["containments"][number] & { readonly kind: "vector"; readonly vector: Vector | "ping" };

/** Whether one way of a machine is shut by itself, as reported; a search by ARP is only limited. */
function isStopped(of: HostView["containments"][number]): of is Stopped {
  return of.kind === "vector" && of.vector !== null && of.vector !== "arp" && of.inForceSince !== null;
}

/** Cut on purpose, which is no dead line: whoever asks why nothing works is told who did it. */
function cutLine({ time }: SentenceFacts, cut: LineCutView, infected: readonly HostView[]): Sentence {
  const end = cut.expiresAt === null ? "until released" : `until ${time.clock(cut.expiresAt)}`;
  const what =
    infected.length === 0
      ? ""
      : ` ${machines(infected.length)} infected: clean ${infected.length === 1 ? "it" : "them"} first.`;
  return {
    sentence: "The line is cut for everybody.",
    cause: `${cut.author === reportedAuthor ? "Reported by the box" : `By ${cut.author}`}, ${end}.${what} Next: ${infected.length === 0 ? "put" : "then put"} the line back into service.`,
  };
}

/** What held when a silent box was last heard: cuts, and what was only kept from spreading; empty where nothing did. */
export function heldWhenHeard(
  { cutHosts }: Pick<SentenceFacts, "cutHosts">,
  infected: readonly HostView[],
  open: readonly HostView[],
): string[] {
  const cut = infected.filter((host) => cutHosts.has(host.host)).length;
  const milder = infected.length - open.length - cut;
  return [
    ...(cut === 0
      ? []
      : [cut === 1 ? "Its 1 cut-off held when last heard" : `Its ${cut} cut-offs held when last heard`]),
    ...(milder === 0
      ? []
      : [`${machines(milder)} ${milder === 1 ? "was" : "were"} kept from spreading when last heard`]),
  ];
}

function silent(facts: SentenceFacts, infected: readonly HostView[], open: readonly HostView[]): Sentence {
  const span = facts.sensor.since === null ? "" : ` for ${facts.time.span(facts.sensor.since)}`;
  const parts = heldWhenHeard(facts, infected, open).map((part) => `${part}.`);
  if (open.length > 0) {
    parts.push(`${names(open)} ${open.length === 1 ? "was" : "were"} infected and not cut off when last heard.`);
  }
  parts.push("Nothing new is judged. Next: look whether the box has power, then at its way to here.");
  return { sentence: `Box silent${span}.`, cause: parts.join(" ") };
}

function deadLine(facts: SentenceFacts, line: LineState, open: readonly HostView[]): Sentence {
  if (open.length === 0) {
    const { sentence, why, next } = placeOfFault(facts);
    return { sentence, cause: `${line.text} ${why}${next}` };
  }
  return {
    sentence: `The line is dead, and ${open.length === 1 ? `${machineName(open[0] as HostView)} is` : `${machines(open.length)} are`} infected.`,
    cause: `${line.text} ${nextStep(facts, open)} Then call the provider.`,
  };
}

/** How far the line is alive, and what to look at first, by what answers on the way. */
function placeOfFault({ placement, lineChecks }: SentenceFacts): Readonly<Record<"sentence" | "why" | "next", string>> {
  const of = (kind: string) => lineChecks.find((check) => check.kind === kind);
  const sentence = "The line is dead.";
  const next = "Next: look at the modem's lights, then call the provider.";
  if (of("link")?.port === "outside") {
    const other = placement === "lan" ? "router" : "modem";
    const cable = `The box's cable to the ${other} leads nowhere. `;
    return { sentence, why: cable, next: `Next: look at both ends of that cable, and whether the ${other} is on.` };
  }
  if (placement !== "lan") return { sentence, why: "", next };
  switch (of("router")?.state) {
    case "answers":
      return {
        sentence: "The line is dead beyond the router.",
        why: "The router itself answers, so it is no cable in here. ",
        next,
      };
    case "silent":
      return {
        sentence,
        why: "The router does not answer either. ",
        next: "Next: look whether the router is on, and at its cable to the box.",
      };
    default:
      return { sentence, why: "", next };
  }
}

/** What is the matter with a line that is not dead; empty where nothing is. */
function lineNote(line: LineState | null): string {
  if (line?.trouble !== undefined) return ` ${line.trouble.text}`;
  return line?.state === "degraded" ? ` ${line.text}` : "";
}

/** Verdict, cause, next step: the worst thing first. */
export function siteSentence(facts: SentenceFacts): Sentence {
  if (facts.sensor.state === "never-seen") {
    return {
      sentence: "No box yet.",
      cause: "Nothing is seen, nothing can be cut. Next: put the box between router and switch, and switch it on.",
    };
  }
  const infected = facts.hosts.filter((host) => host.verdict === "infected");
  const open = infected.filter((host) => !facts.containedHosts.has(host.host));
  if (facts.sensor.state === "silent") return silent(facts, infected, open);
  if (facts.lineCut?.level === "line-cut") return cutLine(facts, facts.lineCut, infected);
  if (facts.line?.state === "dead") return deadLine(facts, facts.line, open);
  const note = lineNote(facts.line);
  if (open.length > 0) {
    const { sentence, cause } = openLine(facts, infected, open);
    return { sentence, cause: cause + note };
  }
  const trouble = facts.health.find((health) => health.severity === "error");
  if (trouble !== undefined) return { sentence: "The box is in trouble.", cause: trouble.text };
  if (infected.length > 0) {
    const { sentence, cause } = protectedLine(facts, infected);
    return { sentence, cause: cause + note };
  }
  const suspects = facts.hosts.filter((host) => host.verdict === "suspect");
  const [suspect] = suspects;
  if (suspect !== undefined) {
    return {
      sentence: `${suspects.length === 1 ? `${machineName(suspect)} is` : `${machines(suspects.length)} are`} suspect.`,
      cause: `${suspect.why} Next: look at the case for and against.${note}`,
    };
  }
  if (facts.line?.trouble?.kind === "walled") {
    const next = "Next: sign in at the portal from a machine of the site, or call the provider.";
    return {
      sentence: "The line is walled: a portal answers everything.",
      cause: `${facts.line.trouble.text} ${next}`,
    };
  }
  if (facts.hosts.length === 0) {
    return { sentence: "No machine seen yet.", cause: `The box listens and has heard nobody speak so far.${note}` };
  }
  const canCut = facts.canContain && (facts.placement === "lan" || facts.placement === "gateway");
  return {
    sentence: canCut ? "Line protected." : "Nothing infected seen.",
    cause: `${machines(facts.hosts.length)} seen, none infected.${canCut ? " Nothing to do." : " From here none could be cut off."}${note}`,
  };
}
