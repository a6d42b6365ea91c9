import type { WalkMachine, WalkState } from "@cordon/contract";
import type { HostView, SiteView } from "../../../src/api/view.ts";
import type { WalkFindingView, WalkStandingView, WalkView } from "../../../src/api/walk-view.ts";
import { msg, plural, words } from "../language/message.ts";
import { containmentOf } from "./containment.ts";
import { byStrangeness, capital, hostName, roleWords } from "./host.ts";

/** A machine of a walk. */
export interface Walked {
  readonly host: HostView;
  readonly state: WalkState;
  readonly since: number;
}

/** What the one with the cables is shown; one thing at a time. */
export type WalkScene =
  /** Not from here. */
  | { readonly kind: "obstacle" }
  /** Nobody walks; `last` is the walk that is over. */
  | { readonly kind: "idle"; readonly last: WalkStandingView | null }
  /** The box finds out who answers. */
  | { readonly kind: "starting" }
  /** The box has said nothing for a while: who pulls a cable now is told nothing. */
  | { readonly kind: "unheard"; readonly since: number }
  | { readonly kind: "listening" }
  /** One machine fell silent. */
  | { readonly kind: "gone"; readonly finding: WalkFindingView; readonly host: HostView; readonly isRight: boolean }
  /** One that has to stay unplugged speaks again. */
  | { readonly kind: "again"; readonly finding: WalkFindingView; readonly host: HostView }
  /** Several, or everybody, or the box's own cable: nobody is named. */
  | { readonly kind: "together" | "everything" | "own-link"; readonly finding: WalkFindingView };

/** The box says something every second; a few may be lost. */
const unheardMs = 5000;

/** Whether a machine is one to find: a person has something against it, or has cut it off. */
export function isToFind(host: Pick<HostView, "verdict" | "containments">): boolean {
  return host.verdict === "infected" || host.verdict === "suspect" || containmentOf(host, "quarantine") !== null;
}

/**
 * @param done findings that a person has read and answered, by their number and kind
 * @param now the controller's time
 */
export function walkScene(
  { obstacle, walk }: WalkView,
  hosts: readonly HostView[],
  done: ReadonlySet<string>,
  now: number,
): WalkScene {
  if (walk === null || walk.over !== null)
    return obstacle === null ? { kind: "idle", last: walk } : { kind: "obstacle" };
  const heardAt = walk.heardAt ?? walk.armedAt;
  if (now - heardAt > unheardMs) return { kind: "unheard", since: heardAt };
  if (!walk.isArmed) return { kind: "starting" };
  const isGone = (key: string): boolean => walk.machines.some(({ host, state }) => host === key && state === "gone");
  const last = walk.findings.findLast((finding) => finding.kind !== "own-link-back");
  const isOver = walk.findings.at(-1)?.kind === "own-link-back";
  if (last === undefined || isOver || done.has(doneKey(last))) return { kind: "listening" };
  switch (last.kind) {
    case "own-link":
      return { kind: "own-link", finding: last };
    case "together":
    case "everything":
      return last.hosts.some(isGone) ? { kind: last.kind, finding: last } : { kind: "listening" };
    case "gone": {
      const host = hosts.find((each) => each.host === last.hosts[0]);
      if (host === undefined || !isGone(host.host)) return { kind: "listening" };
      return { kind: "gone", finding: last, host, isRight: isToFind(host) };
    }
    case "back": {
      const host = hosts.find((each) => last.hosts.includes(each.host) && isToFind(each));
      return host === undefined ? { kind: "listening" } : { kind: "again", finding: last, host };
    }
    default:
      return { kind: "listening" };
  }
}

/** A finding as it is remembered to have been read: one that grew is read anew. */
export function doneKey({ id, kind, hosts }: WalkFindingView): string {
  return `${id} ${kind} ${hosts.length}`;
}

interface WalkLists {
  /** To find and still there, the strangest first. */
  readonly toFind: readonly Walked[];
  /** To find, and no cable of theirs can be told: off, on radio, without an address. */
  readonly without: readonly (Omit<Walked, "state"> & { readonly state: WalkState | null })[];
  /** To find, and unplugged by now, the last first. */
  readonly found: readonly Walked[];
  /** Unplugged, and nobody has anything against them. */
  readonly wrong: readonly Walked[];
  /** All that hang on the line: those who answer, and those who did. */
  readonly onLine: readonly Walked[];
  readonly answering: number;
}

/** What the pages list of a walk. */
export function walkLists(
  { machines }: { readonly machines: readonly WalkMachine[] },
  site: Pick<SiteView, "hosts">,
): WalkLists {
  const byHost = new Map(machines.map((machine) => [machine.host, machine]));
  const all = byStrangeness(site.hosts).map((host) => {
    const { state = null, since = 0 } = byHost.get(host.host) ?? {};
    return { host, state, since };
  });
  const isOnLine = (one: (typeof all)[number]): one is Walked => one.state === "answering" || one.state === "gone";
  const onLine = all.filter(isOnLine);
  const gone = onLine.filter(({ state }) => state === "gone").toSorted((a, b) => b.since - a.since);
  return {
    toFind: onLine.filter(({ host, state }) => state === "answering" && isToFind(host)),
    // Who is still being asked is soon one or the other.
    without: all.filter((one) => !isOnLine(one) && one.state !== "asked" && isToFind(one.host)),
    found: gone.filter(({ host }) => isToFind(host)),
    wrong: gone.filter(({ host }) => !isToFind(host)),
    onLine,
    answering: onLine.filter(({ state }) => state === "answering").length,
  };
}

/** Why no cable of a machine can be told, in a few words. */
export function whyNoCable(state: WalkState | null): string {
  switch (state) {
    case "wireless":
      return msg`By all that it says of itself it is on Wi-Fi.`;
    case "unsteady":
      return msg`Answers with gaps, as on Wi-Fi.`;
    case "no-address":
      return msg`Has no IPv4 address here: it cannot be asked.`;
    case "silent-before":
      return msg`Did not answer before you began: off, asleep or unplugged.`;
    default:
      return msg`Is not on this line, as far as the box sees.`;
  }
}

/** Whose a machine is and where it stands, in the lines under its name. */
export function whereabouts({ particulars, role }: HostView): readonly string[] {
  const { owner = "", place = "" } = particulars ?? {};
  const lines = [owner, place].filter((line) => line !== "");
  if (lines.length > 0) return lines;
  const what = roleWords(role);
  return [what === "" ? msg`Place not noted` : msg`${capital(what)}, place not noted`];
}

/** "DESK-03, DESK-04 and 2 more" */
export function namesOf(keys: readonly string[], hosts: readonly HostView[]): string {
  const names = keys.map((key) => {
    const host = hosts.find((each) => each.host === key);
    return host === undefined ? key : hostName(host);
  });
  if (names.length <= 4) return names.join(", ");
  return plural(names.length - 3, "{0} and {n} more", "{0} and {n} more", names.slice(0, 3).join(", "));
}

/** Why not from here, and what to do by hand. */
export const obstacleWords: Readonly<Record<NonNullable<WalkView["obstacle"]>, { why: string; byHand: string }>> =
  words({
    "no-box": {
      why: "No box has called from this site yet.",
      byHand: "Put the box into the line first; then come back here.",
    },
    "box-silent": {
      why: "The box is silent, so nobody would tell you whose cable it was.",
      byHand: "Look whether it has power and both its cables. This page begins to work when it is heard again.",
    },
    "outside-router": {
      why: "The box stands outside the router. From there no single machine answers it.",
      byHand:
        "Look at the lights of the switch: pull a cable and see which machine’s own network light goes out, or ask its user whether the network is gone. Placed between router and switch, the box can tell you.",
    },
    mirror: {
      why: "The box listens at a mirror port. From there it can ask nobody.",
      byHand:
        "Look at the lights of the switch: pull a cable and see which machine’s own network light goes out, or ask its user whether the network is gone. The switch’s own table of addresses says which port a machine hangs on.",
    },
    simulated: {
      why: "A recording is being judged here. It has no cables.",
      byHand: "With a box in the line this page tells you whose cable you pulled.",
    },
    "box-too-old": {
      why: "The box’s program is too old to tell whose cable was pulled.",
      byHand: "Update the box; then come back here.",
    },
  });

/** Why a walk is over, as a sentence. */
export function overWords({ over }: WalkStandingView): string {
  if (over === null) return "";
  switch (over.why) {
    case "time":
      return msg`Ten minutes are over, so the box has stopped asking.`;
    case "stopped":
      return over.by === null ? msg`Stopped.` : msg`Stopped by ${over.by}.`;
    case "page-closed":
      return msg`This page was away for half a minute, so the box has stopped asking.`;
    case "controller-lost":
      return msg`The box could not reach the controller, and has stopped asking.`;
    case "box-restarted":
      return msg`The box began anew, and does not know any more who was there.`;
    case "replaced":
      return msg`Another walk took its place.`;
    case "failed":
      return over.text === "" ? msg`The box could not begin.` : over.text;
  }
}
