import { meant, type Scenario, type SiteFacts } from "../../lab/index.ts";
import type { HostSeen, SiteSeen } from "./operator.ts";

const ranks = ["clear", "watched", "suspect", "infected"] as const;

type Verdict = HostSeen["verdict"];

function rank(verdict: Verdict): number {
  return ranks.indexOf(verdict);
}

function ledger(host: HostSeen | undefined): string {
  return (host?.evidence ?? []).map(({ kind, weight, text }) => `\n  ${kind} ${weight.toFixed(1)}: ${text}`).join("");
}

/** What a controller shows while a scenario plays, held against what the scenario expects. */
export class ScenarioWatch {
  readonly #facts: SiteFacts;
  readonly #worst = new Map<string, Verdict>();
  /** What was the matter with the line. */
  readonly #troubles = new Set<string>();
  #site: SiteSeen | null = null;

  constructor(facts: SiteFacts) {
    this.#facts = facts;
  }

  see(site: SiteSeen): void {
    this.#site = site;
    if (site.line?.state === "dead") this.#troubles.add("dead");
    if (site.line?.trouble !== undefined) this.#troubles.add(site.line.trouble.kind);
    for (const { host, verdict, suspectAt } of site.hosts) {
      const seen = [this.#worst.get(host) ?? "clear", verdict, ...(suspectAt === null ? [] : (["suspect"] as const))];
      this.#worst.set(host, seen.toSorted((one, other) => rank(other) - rank(one))[0] ?? verdict);
    }
  }

  /** Where the last that was seen, or the worst of what was seen before, is not as expected; empty where all is. */
  faults({ expected }: Scenario): readonly string[] {
    if (expected === undefined) return ["the scenario expects nothing"];
    const faults: string[] = [];
    const named = new Set<string>();
    for (const { who, vector } of expected.infected) {
      for (const { mac, name } of meant(this.#facts.hosts, who)) {
        named.add(mac);
        const host = this.#seen(mac);
        if (host?.verdict !== "infected") faults.push(`${name} is ${host?.verdict ?? "unheard"}${ledger(host)}`);
        else if (vector !== undefined && host.vector !== vector)
          faults.push(`${name} spreads by ${host.vector}, not ${vector}${ledger(host)}`);
      }
    }
    for (const { who, least, most } of expected.doubted ?? []) {
      for (const { mac, name } of meant(this.#facts.hosts, who)) {
        named.add(mac);
        const worst = rank(this.#worst.get(mac) ?? "clear");
        if (worst >= rank(least) && worst <= rank(most)) continue;
        faults.push(`${name} was ${ranks[worst]}, not ${least} to ${most}${ledger(this.#seen(mac))}`);
      }
    }
    for (const { mac, name, job } of this.#facts.hosts) {
      const worst = this.#worst.get(mac);
      if (named.has(mac) || worst === undefined || rank(worst) <= rank(expected.others)) continue;
      faults.push(`${name}, a ${job}, was ${worst}${ledger(this.#seen(mac))}`);
    }
    for (const { who, kind, text } of expected.ledgers ?? []) {
      for (const { mac, name } of meant(this.#facts.hosts, who)) {
        const host = this.#seen(mac);
        const line = host?.evidence.find((each) => each.kind === kind);
        if (!new RegExp(text).test(line?.text ?? "")) faults.push(`${name} has no such ${kind}${ledger(host)}`);
      }
    }
    const troubles = [...this.#troubles].join(" and ");
    if (troubles !== (expected.line ?? "")) faults.push(`of the line was told: ${troubles || "nothing"}`);
    if (expected.line === "dead" && this.#site?.line?.state !== "healthy") {
      faults.push(`the line is ${this.#site?.line?.state} at the end`);
    }
    return faults;
  }

  #seen(mac: string): HostSeen | undefined {
    return this.#site?.hosts.find(({ host }) => host === mac);
  }
}
