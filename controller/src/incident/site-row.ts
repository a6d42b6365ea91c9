/** What stands of a site in the fleet's list: less than its page opens with, and to be read in passing. */
import type { HostView, SiteSummary } from "../api/view.ts";
import { heldWhenHeard, machines, stoppedWay, type SentenceFacts } from "./sentence.ts";

/** @param sentence what the site's page opens with */
export function siteRow(facts: SentenceFacts, sentence: string): SiteSummary["row"] {
  const { hosts, sensor, line } = facts;
  const infected = hosts.filter((host) => host.verdict === "infected");
  const open = infected.filter((host) => !facts.containedHosts.has(host.host));
  const suspects = hosts.filter((host) => host.verdict === "suspect");
  const watched = hosts.filter((host) => host.verdict === "watched");
  const since = sinceOf(facts, infected, suspects);
  const say = (lead: string, rest: string): SiteSummary["row"] => ({ lead, rest, since });

  if (sensor.state === "never-seen") return say("No box yet.", "");
  if (sensor.state === "silent") {
    const held = heldWhenHeard(facts, infected, open);
    return say(sentence, `${[...held, held.length === 0 ? "Nothing" : "nothing"].join("; ")} new is judged.`);
  }
  if (facts.lineCut?.level === "line-cut") return say(sentence, "");
  if (line?.state === "dead") {
    return open.length === 0
      ? say("Line dead:", "the provider does not answer. No machine is blamed for it.")
      : say("Line dead,", `and ${machines(open.length)} infected.`);
  }
  if (open.length > 0) {
    const [lead = "", rest = ""] = sentence.split(/(?<=^Line open:) /);
    return say(lead, rest);
  }
  if (infected.length > 0) return say("Line protected.", heldWords(facts, infected));
  const [suspect] = suspects;
  if (suspect !== undefined) {
    const rest = suspects.length === 1 ? suspect.why : "";
    return say(
      "",
      `${suspects.length} of ${machines(hosts.length)} suspect${rest === "" ? "." : `: ${uncapital(rest)}`}`,
    );
  }
  if (!/^(Line protected|Nothing infected seen)/.test(sentence)) return say(sentence, "");
  const [odd] = watched;
  if (odd !== undefined) {
    return say(
      "",
      watched.length === 1 ? `1 machine watched: ${uncapital(odd.why)}` : `${watched.length} machines watched.`,
    );
  }
  const clear = `Clear. ${machines(hosts.length)} seen.`;
  if (facts.placement === "wan")
    return say("", "Clear. One address behind NAT: the line can be cut, machines cannot be named from here.");
  return say("", facts.placement === "mirror" ? `${clear} From a mirror none could be cut off.` : clear);
}

/** "2 of 24 machines cut off; 1 more is infected with only its spreading stopped." */
function heldWords({ cutHosts, hosts }: SentenceFacts, infected: readonly HostView[]): string {
  const of = hosts.length;
  const cut = infected.filter((host) => cutHosts.has(host.host)).length;
  const rest = infected.length - cut;
  const way = stoppedWay(infected.filter((host) => !cutHosts.has(host.host)));
  const milder =
    way === null
      ? `infected with only ${rest === 1 ? "its way" : "their ways"} of spreading stopped`
      : `infected with only ${rest === 1 ? "its" : "their"} ${way} stopped`;
  if (rest === 0) return `${cut} of ${machines(of)} cut off.`;
  if (cut === 0) return `${rest} of ${machines(of)} ${milder}.`;
  return `${cut} of ${machines(of)} cut off; ${rest} more ${rest === 1 ? "is" : "are"} ${milder}.`;
}

/** Since when somebody is needed; null where nobody is. */
function sinceOf(
  { sensor, line }: SentenceFacts,
  infected: readonly HostView[],
  suspects: readonly HostView[],
): number | null {
  if (sensor.state === "silent") return sensor.since;
  const first = (times: readonly (number | null)[]): number | null => {
    const known = times.filter((at) => at !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  if (infected.length > 0) return first(infected.map(({ infectedAt }) => infectedAt));
  if (line?.state === "dead") return line.since;
  return first(suspects.map(({ suspectAt }) => suspectAt));
}

// What is not written in capitals throughout is a word, and no name of a machine or protocol.
function uncapital(text: string): string {
  return /^[A-Z][a-z]* /.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
