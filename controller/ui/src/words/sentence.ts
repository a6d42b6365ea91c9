import { byWhom } from "./author.ts";
import type { ContainmentView, HostView, SensorView, SiteSummary } from "../../../src/api/view.ts";
import { canCut, containmentOf, cutFailed, needsCut, standingOf, stoppedWord } from "./containment.ts";
import { classWords, hostName, sentence, uncapital, vectorWords, verdictInSentence } from "./host.ts";
import { delay, type TimeWords } from "./time.ts";
import { msg, plural } from "../language/message.ts";
import { said } from "../language/said.ts";

/** The worst state of a site or machine, as a glyph shows it. */
export type State = "infected" | "suspect" | "watched" | "clear" | "unseen" | "line" | "silent";

/** What a page opens with: verdict first, then cause and next step. */
export interface Sentence {
  readonly state: State;
  readonly title: string;
  readonly cause: string;
}

/** The state a site's glyph shows: trouble of line and box first, for then the rest is old or moot. */
export function siteState(site: SiteSummary): State {
  if (site.sensor.state === "never-seen") return "unseen";
  if (site.sensor.state === "silent") return "silent";
  if (site.line?.state === "dead") return "line";
  if (site.counts.infected > 0) return "infected";
  if (site.counts.suspect > 0) return "suspect";
  if (site.counts.watched > 0) return "watched";
  return site.counts.hosts === 0 ? "unseen" : "clear";
}

/** The shape of a machine: its verdict, or that it was never heard to begin anything. */
export function hostState({ verdict, contacts }: Pick<HostView, "verdict" | "contacts">): State {
  return verdict === "clear" && contacts === 0 ? "unseen" : verdict;
}

/** The sentence that a machine's page opens with. */
export function hostSentence(host: HostView, box: SensorView, now: number, time: TimeWords): Sentence {
  const name = hostName(host);
  const cut = containmentOf(host, "quarantine");
  const standing = cut === null ? null : standingOf(cut, box);
  const state = host.verdict;
  const verdict = verdictInSentence[state];
  const title =
    host.class === null ? msg`${name} is ${verdict}.` : msg`${name} is ${verdict}: a ${classWords[host.class]}.`;

  if (cut !== null && (standing === "in-force" || standing === "releasing")) {
    const reached = cut.automatic
      ? `${byWhom(cut.author)}: `
      : cut.inForceSince === null
        ? ""
        : msg`Reached ${delay(cut.inForceSince - cut.askedAt)} after the click: `;
    const end =
      standing === "releasing"
        ? msg`Its release is asked for; the box has not confirmed.`
        : cut.expiresAt === null
          ? msg`Holds until released.`
          : cut.automatic
            ? msg`Holds until ${time.until(cut.expiresAt, now)} at least.`
            : msg`Holds until ${time.until(cut.expiresAt, now)}.`;
    // What a switch carries past the box, only a hand ends.
    const next =
      standing === "in-force" && state === "infected"
        ? ` ${msg`Next: unplug it by hand, and its neighbours are safe too.`}`
        : "";
    const level = reached === "" ? sentence(cut.levelText) : reached + uncapital(sentence(cut.levelText));
    return { state, title: msg`${name} is ${verdict}, and cut off.`, cause: `${level} ${end}${next}` };
  }
  if (cut !== null && standing === "asked") {
    return {
      state,
      title: cut.automatic
        ? msg`${name} is ${verdict}; its cut is taken by the policy.`
        : msg`${name} is ${verdict}; its cut is asked for.`,
      cause: cut.automatic
        ? msg`Taken ${time.moment(cut.askedAt, now)}; the box has not confirmed. Until it does, nothing is stopped by it.`
        : msg`Asked ${time.moment(cut.askedAt, now)}; the box has not confirmed. Until it does, nothing is stopped by it.`,
    };
  }
  if (cut !== null && (standing === "stale" || standing === "simulated")) {
    return { state, title, cause: sentence(cut.levelText) };
  }

  const parts: string[] = [];
  if (state === "clear") {
    parts.push(host.why === "" ? msg`Nothing speaks for an infection.` : sentence(host.why));
  } else {
    const since = host.infectedAt ?? host.suspectAt;
    parts.push(
      since === null ? sentence(host.why) : msg`Since ${time.moment(since, now)}: ${uncapital(sentence(host.why))}`,
    );
  }
  if (cut !== null && (standing === "refused" || standing === "not-stopped")) {
    parts.push(msg`Its cut is not in force: ${uncapital(sentence(cut.refusal ?? cut.levelText))}`);
  }
  const stopped = host.containments.filter((c) => c.kind !== "quarantine" && standingOf(c, box) === "in-force");
  for (const c of stopped) {
    parts.push(mildly(c));
  }
  if (cutFailed(host, box)) {
    parts.push(msg`Next: unplug it by hand.`);
  } else if (state === "infected" && needsCut(host)) {
    parts.push(
      canCut(box) && host.mac !== null
        ? msg`Next: cut it off, so that it cannot fetch orders or try another way.`
        : msg`It cannot be cut off alone from here. Next: unplug it by hand.`,
    );
  } else if (state === "suspect") {
    parts.push(msg`Next: weigh the case for and the case against.`);
  }
  return { state, title, cause: parts.join(" ") };
}

/** What holds for a machine that is not cut off. */
function mildly({ kind, vector }: Pick<ContainmentView, "kind" | "vector">): string {
  if (vector === null) return kind === "throttle" ? msg`It is slowed down.` : msg`It is stopped.`;
  const what = vectorWords[vector];
  if (kind === "throttle") return msg`Its ${what} is slowed down.`;
  return stoppedWord(vector) === "limited" ? msg`Its ${what} is limited.` : msg`Its ${what} is stopped.`;
}

/** Whether a person must look at a site: uncontained infection, a suspect, or trouble of line or box. */
export function needsPerson(site: SiteSummary): boolean {
  return (
    site.counts.infected > site.counts.contained ||
    site.counts.suspect > 0 ||
    site.sensor.state === "silent" ||
    site.line?.state === "dead"
  );
}

const siteRank: Readonly<Record<State, number>> = {
  infected: 6,
  suspect: 5,
  line: 4,
  silent: 3,
  watched: 2,
  unseen: 1,
  clear: 0,
};

/** Sites in the order they need somebody. */
export function worstFirst(sites: readonly SiteSummary[]): SiteSummary[] {
  return sites.toSorted(
    (a, b) =>
      Number(needsPerson(b)) - Number(needsPerson(a)) ||
      siteRank[siteState(b)] - siteRank[siteState(a)] ||
      a.name.localeCompare(b.name, "en"),
  );
}

/** The sentence that the fleet opens with. */
export function fleetSentence(sites: readonly SiteSummary[]): Sentence {
  const worst = worstFirst(sites)[0];
  if (worst === undefined) {
    return {
      state: "unseen",
      title: msg`No box yet. Nothing is seen, nothing can be cut.`,
      cause: msg`Put one between router and switch. The line is down for as long as it takes to move one plug.`,
    };
  }
  const needing = sites.filter(needsPerson).length;
  const of = sites.length;
  const title =
    needing === 0
      ? msg`None of ${of} sites needs you.`
      : plural(needing, "{n} of {0} sites needs you.", "{n} of {0} sites need you.", of);
  const { lead, rest } = worst.row;
  const row = [lead, rest].filter((part) => part !== "").map(said);
  const cause = needing === 0 ? "" : msg`Worst is ${worst.name}. ${row.join(" ")}`;
  return { state: siteState(worst), title, cause };
}

/** "3 of 24 infected, 20 not, 1 …": always sums to the whole. */
export function scopeSentence(counts: SiteSummary["counts"]): string {
  if (counts.hosts === 0) return msg`No machine has been heard yet.`;
  const { hosts, infected, unheard } = counts;
  const rest = hosts - infected - unheard;
  if (unheard > 0) return msg`${infected} of ${hosts} infected, ${rest} not, ${unheard} not yet seen talking.`;
  if (infected === 0) return msg`0 of ${hosts} infected.`;
  return msg`${infected} of ${hosts} infected, ${rest} not.`;
}
