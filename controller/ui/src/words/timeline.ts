import type { TimelineEntry, TimelineKind, TimelineSummary } from "../../../src/api/timeline-view.ts";
import { msg, plural, rich, words } from "../language/message.ts";
import { wayWords } from "./barrier.ts";
import { classWords, sentence, uncapital, vectorWords } from "./host.ts";
import { weight } from "./number.ts";
import { policyWords } from "./policy.ts";
import { refusalWords } from "./refusal.ts";
import { span, type TimeWords } from "./time.ts";

/** The kinds as they are chosen from, in their order. */
export const kindWords: Readonly<Record<TimelineKind, string>> = words({
  evidence: "Evidence",
  verdict: "Verdicts",
  action: "Actions",
  policy: "Policy",
  people: "People",
  line: "Line",
  box: "Box",
});

/** A row in words. */
export interface TimelineWords {
  /** Parts of a page. */
  readonly said: readonly unknown[];
  /** The small line under it; empty where there is no more to say. */
  readonly cap: string;
}

interface Telling {
  readonly entry: TimelineEntry;
  /** The machine's name, as a part of a page. */
  readonly who: unknown;
  readonly text: (key: string) => string;
  readonly number: (key: string) => number | null;
  /** " until Wed 14:12" where it has an end. */
  readonly until: string | null;
  readonly reason: string;
}

/** What a row says. */
export function timelineWords(entry: TimelineEntry, who: unknown, time: TimeWords, now: number): TimelineWords {
  const text = (key: string): string => {
    const value = entry.detail[key];
    return typeof value === "string" ? value : "";
  };
  const number = (key: string): number | null => {
    const value = entry.detail[key];
    return typeof value === "number" ? value : null;
  };
  const end = number("expiresAt") ?? number("until");
  const reason = text("reason") || (entry.what === "containment-released" && entry.person !== null ? text("text") : "");
  const telling = { entry, who, text, number, until: end === null ? null : time.until(end, now), reason };
  const said = saidOf(telling) ?? [sentence(entry.text)];
  return { said: reason === "" ? said : [...said, " ", msg`Reason: ${sentence(reason)}`], cap: capOf(telling) };
}

function capOf({ entry, text, number }: Telling): string {
  const { kind, what } = entry;
  if (kind === "evidence") {
    const w = weight(number("weight") ?? 0);
    const side = entry.detail["for"] === true ? msg`for, ${w}` : msg`against, ${w}`;
    const counter = number("count") ?? 0;
    return counter < 10 ? side : `${side} · ${msg`counter ${counter}`}`;
  }
  if (kind === "verdict" && what !== "host-seen") {
    const contacts = number("contacts") ?? 0;
    const first = plural(contacts, "{n} first contact", "{n} first contacts");
    return `${msg`balance ${weight(number("score") ?? 0)}`} · ${first}`;
  }
  return what === "refused" ? text("text") : "";
}

function saidOf(telling: Telling): readonly unknown[] | null {
  const { entry, who, text } = telling;
  const said = sentence(text("text"));
  switch (entry.kind) {
    case "evidence":
      return rich`${who}: ${said}`;
    case "verdict":
      return verdictSaid(telling);
    case "line":
      return lineSaid(telling);
    case "box":
      return boxSaid(telling);
    case "action":
    case "policy":
    case "people":
      return deedSaid(telling);
  }
}

function verdictSaid({ entry, who, text }: Telling): readonly unknown[] | null {
  const kind = (classWords as Readonly<Record<string, string>>)[text("class")];
  switch (entry.what) {
    case "host-seen":
      return rich`${who} was heard for the first time.`;
    case "verdict-infected":
      return kind === undefined ? rich`${who} is infected.` : rich`${who} is infected: a ${kind}.`;
    case "verdict-suspect":
      return kind === undefined ? rich`${who} is suspect.` : rich`${who} is suspect: perhaps a ${kind}.`;
    case "verdict-watched":
      return rich`${who} is watched.`;
    case "verdict-clear":
      return rich`${who} is clear again.`;
    default:
      return null;
  }
}

function lineSaid({ entry, text, number }: Telling): readonly unknown[] | null {
  const said = sentence(text("text"));
  const lasted = number("lastedMs");
  if (entry.what === "line-healthy" && lasted !== null && text("trouble") === "") {
    return rich`The line answers again after ${span(lasted)}. ${said}`;
  }
  if (entry.what === "line-dead") return rich`The line is dead. ${said}`;
  return [said];
}

function boxSaid({ entry, text, number }: Telling): readonly unknown[] | null {
  const [to, from, lasted] = [text("to"), text("from"), number("lastedMs")];
  switch (entry.what) {
    case "box-online":
      return lasted === null ? rich`The box is heard.` : rich`The box is heard again after ${span(lasted)}.`;
    case "box-silent":
      return rich`The box has fallen silent. What it holds holds; nothing new is judged here.`;
    case "box-software":
      return from === "" ? rich`The box runs version ${to}.` : rich`The box runs version ${to}; before, ${from}.`;
    case "box-placement":
      return from === "" ? rich`The box stands at ${to}.` : rich`The box stands at ${to}; before, at ${from}.`;
    case "handed-back": {
      const [taken, ended] = [number("takenCount") ?? 0, number("endedCount") ?? 0];
      return number("twoWordsCount")
        ? rich`The box handed back what was done there: ${taken} taken up, ${ended} ended, and said differently here in part.`
        : rich`The box handed back what was done there: ${taken} taken up, ${ended} ended.`;
    }
    case "trouble-ended":
      return rich`Over: ${sentence(text("text"))}`;
    case "refused":
      return rich`Not let in: ${sentence(refusalWords(text("reason")).what)}`;
    default:
      return text("text") === "" ? null : [sentence(text("text"))];
  }
}

function deedSaid(telling: Telling): readonly unknown[] | null {
  const { entry, who, text, until } = telling;
  const said = sentence(text("text"));
  const isOfHost = entry.host !== null;
  switch (entry.what) {
    case "containment-asked":
      return askedSaid(telling);
    case "containment-in-force":
      return isOfHost ? rich`${who} reached: ${uncapital(said)}` : rich`In force: ${said}`;
    case "containment-expired":
      return isOfHost ? rich`What held ${who} has ended by itself. ${said}` : rich`Ended by itself: ${said}`;
    case "containment-refused":
      return isOfHost ? rich`The box refused to hold ${who}: ${said}` : rich`The box refused: ${said}`;
    case "containment-released":
      if (entry.person !== null) return isOfHost ? rich`Asked to release ${who}.` : rich`Asked for a release.`;
      return isOfHost ? rich`${who} is released. ${said}` : rich`Released: ${said}`;
    case "line-cut-asked":
      return until === null
        ? rich`Asked to cut the line for everybody.`
        : rich`Asked to cut the line for everybody until ${until}.`;
    case "line-cut-released":
      return rich`Asked to restore the line.`;
    case "area-cut-asked":
      return until === null
        ? rich`Asked to cut area ${text("name")}.`
        : rich`Asked to cut area ${text("name")} until ${until}.`;
    case "area-cut-released":
      return rich`Asked to release an area.`;
    case "barrier-set": {
      const way = wayOf(text("way"));
      return text("mode") === "dry"
        ? rich`Counts what a stop would meet: ${way}.`
        : rich`Asked to shut a way of spreading: ${way}.`;
    }
    case "barrier-released":
      return rich`Opened a way of spreading again: ${wayOf(text("way"))}.`;
    case "policy-set": {
      const policy = (policyWords as Readonly<Record<string, { readonly title: string }>>)[text("policy")];
      return rich`Set the policy to ${policy?.title ?? text("policy")}.`;
    }
    case "pardon-given":
      return until === null
        ? rich`The policy leaves ${who} alone.`
        : rich`The policy leaves ${who} alone until ${until}.`;
    case "pardon-withdrawn":
      return rich`The policy holds for ${who} again.`;
    case "reflex-set":
      return rich`Set the reflex.`;
    case "remedies-set":
      return rich`Set what machines that are cut off still reach.`;
    case "area-named":
      return rich`Named area ${text("name")}.`;
    case "area-changed":
      return rich`Changed area ${text("name")}.`;
    case "area-forgotten":
      return rich`Took away area ${text("name")}.`;
    case "duty-declared":
      return rich`Said what ${who} is for: ${text("duty")}.`;
    case "duty-withdrawn":
      return rich`Took back what ${who} is for.`;
    case "particulars-written":
      return rich`Wrote down whose ${who} is.`;
    case "photo-kept":
      return rich`Kept a photo of where ${who} stands.`;
    case "photo-taken-away":
      return rich`Took away the photo of ${who}.`;
    case "walk-armed":
      return rich`Began a walk: the box says whose cable is pulled.`;
    case "walk-ended":
      return rich`Ended the walk.`;
    case "cable-pulled":
      return rich`${who} fell silent on the walk.`;
    case "cable-back":
      return rich`${who} answers again.`;
    case "two-words-settled":
      return rich`Left as it is what was said differently at the box and here.`;
    case "flow-log-asked":
      return isOfHost ? rich`Looked up the connections of ${who}.` : rich`Looked up whose connection was whose.`;
    case "nat-log-read":
      return rich`Looked up whose connection was whose.`;
    case "packets-asked":
      return rich`Asked the box for recorded packets.`;
    case "upload-fetched":
      return rich`Fetched what the box has uploaded.`;
    case "recording-authorised":
      return rich`Had whole packets recorded.`;
    case "recording-ended":
      return rich`Ended the recording of packets.`;
    default:
      return null;
  }
}

function askedSaid({ text, who, until }: Telling): readonly unknown[] {
  const vector = (vectorWords as Readonly<Record<string, string>>)[text("vector")];
  switch (text("kind")) {
    case "quarantine":
      return until === null ? rich`Asked to cut off ${who}.` : rich`Asked to cut off ${who} until ${until}.`;
    case "vector": {
      const what = vector ?? text("vector");
      return until === null
        ? rich`Asked to stop ${what} at ${who}.`
        : rich`Asked to stop ${what} at ${who} until ${until}.`;
    }
    default:
      return until === null ? rich`Asked to slow down ${who}.` : rich`Asked to slow down ${who} until ${until}.`;
  }
}

function wayOf(way: string): string {
  return (wayWords as Readonly<Record<string, { readonly title: string }>>)[way]?.title ?? way;
}

/** Who did it, or told it. */
export function timelineBy({ person, kind, what }: TimelineEntry): string {
  if (person !== null) return person;
  if (kind === "action" && what.startsWith("containment-")) return msg`box, reported`;
  return what === "refused" || what === "box-silent" || what === "box-online" ? msg`controller` : msg`box`;
}

/** The sentence that the page opens with, and what stands under it. */
export function storyWords(
  { story }: TimelineSummary,
  time: TimeWords,
  now: number,
): { readonly title: string; readonly cause: string } {
  if (story === null)
    return {
      title: msg`No machine was found infected in this time.`,
      cause: msg`What happened stands below, the newest first.`,
    };
  const { beganAt, cutAt, name, infected, lastInfectedAt } = story;
  const began = msg`Began ${time.moment(beganAt, now)} at ${name}.`;
  const machines = plural(
    infected,
    "{n} machine infected, none new since {0}.",
    "{n} machines infected, none new since {0}.",
    time.moment(lastInfectedAt, now),
  );
  const title =
    cutAt === null
      ? msg`${span(now - beganAt)} since the first sign; no cut was reported.`
      : msg`From first sign to first cut: ${span(cutAt - beganAt)}.`;
  return { title, cause: `${began} ${machines}` };
}

/** A stretch in which nothing happened. */
export function quietWords(lengthMs: number): string {
  return msg`${span(lengthMs)} quiet`;
}
