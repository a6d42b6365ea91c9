import { uncapital } from "./host.ts";
import { wayWords } from "./barrier.ts";
import { joined } from "./list.ts";
import { effectWords, policyWords } from "./policy.ts";
import type { PresetPlan } from "../../../src/api/preset-view.ts";
import { said } from "../language/said.ts";
import { msg, plural, words } from "../language/message.ts";
import type { TimeWords } from "./time.ts";

/** What each preset is called, and what a site is like under it. */
export const presetWords = words<
  Readonly<Record<PresetPlan["preset"], { readonly title: string; readonly text: string }>>
>({
  watch: {
    title: "Watch only",
    text: "Nothing is stopped by itself. What the reflex and barriers would stop is counted.",
  },
  ask: {
    title: "Ask me",
    text: "The reflex stops machines that try too many new targets. Whom to cut off a person decides.",
  },
  mailers: {
    title: "Stop mailers at once",
    text: "Mail goes out by declared mail servers alone, and the way by which an infected machine spreads is stopped.",
  },
  contain: {
    title: "Cut off by itself",
    text: "Who is infected is cut off. Mail, Windows file sharing and database access to the Internet are shut for everybody.",
  },
  outbreak: {
    title: "Outbreak",
    text: "As before, with remote desktop, telnet, IRC and forged sources shut too, and few new targets for each machine.",
  },
});

export const presetIds: readonly PresetPlan["preset"][] = ["watch", "ask", "mailers", "contain", "outbreak"];

const reflexWords = words({ dry: "counts // the reflex", enforce: "stops // the reflex" });
const budgetWords = words({ tight: "tight budget", usual: "usual budget", wide: "wide budget" });
const wayModeWords = words({ open: "open // a way", dry: "counted // a way", enforce: "shut // a way" });

/** What becomes of a site, a line each; none where it is set so already. */
export function planLines(plan: PresetPlan, now: number, time: TimeWords): readonly string[] {
  const lines: string[] = [];
  const { policy, reflex } = plan;
  if (policy !== null) {
    const effect = policy.effect === null ? "" : ` ${effectWords(policy.effect, false)}`;
    lines.push(msg`Policy: ${policyWords[policy.from].title} → ${policyWords[policy.to].title}.` + effect);
  }
  if (reflex !== null) {
    const each = ({ mode, budget }: typeof reflex.from): string => `${reflexWords[mode]}, ${budgetWords[budget]}`;
    lines.push(msg`Reflex: ${each(reflex.from)} → ${each(reflex.to)}.` + metText(reflex.met));
  }
  for (const { way, from, until, to, exceptions, met } of plan.barriers) {
    const before = wayModeWords[from ?? "open"] + (until === null ? "" : ` ${msg`until ${time.until(until, now)}`}`);
    const spared =
      exceptions.length === 0
        ? ""
        : ` ${plural(exceptions.length, "{n} machine stays excepted.", "{n} machines stay excepted.")}`;
    lines.push(`${wayWords[way].title}: ${before} → ${wayModeWords[to]}.${metText(met)}${spared}`);
  }
  return lines;
}

/** What cannot be had from where the box stands; null where all can. */
export function cannotWords({ cannot }: Pick<PresetPlan, "cannot">): string | null {
  if (cannot.length === 0) return null;
  const ways = joined(cannot.map(({ way }) => uncapital(wayWords[way].title)));
  return msg`Stays as it is: ${ways}. ${said(cannot[0]?.why ?? "")}`;
}

function metText(met: PresetPlan["barriers"][number]["met"]): string {
  if (met === null) return "";
  const machines = plural(met.hosts, "{n} machine", "{n} machines");
  if (met.packets === 0) return ` ${msg`So far it met nothing.`}`;
  return ` ${plural(met.packets, "So far it met {n} packet, in the last day of {0}.", "So far it met {n} packets, in the last day of {0}.", machines)}`;
}
