import type { Detector, Finding, NameAnswer } from "./detector.ts";
import { hostedDomain } from "./generated-names.ts";
import { decisionLifeMs, missingNames } from "./likelihoods.ts";
import { duration } from "./words.ts";

/** Domains watched at once, and names of each; more say nothing new. */
const domainsKept = 32;
const namesKept = 256;

/**
 * Asking for one name after the other of a single domain that has none of them: a flood of questions that no cache can
 * answer, or a bot that looks for its master under one domain. Only names right below the domain count: block lists and
 * searches for a machine's own network have more labels, or find something.
 */
export class MissingNames implements Detector {
  /** When each name was asked for last, oldest first, by domain; null where the domain has names. */
  readonly #domains = new Map<string, Map<string, number> | null>();
  #count = 0;
  #domain = "";
  #firstAt = 0;
  #lastAt = 0;

  named({ name, isMissing, at }: NameAnswer): boolean {
    const domain = hostedDomain(name);
    if (domain === null) return false;
    if (!isMissing) {
      this.#remember(domain, null);
      if (domain === this.#domain) this.#count = 0;
      return this.#domain !== "";
    }
    const known = this.#domains.get(domain);
    if (known === null || !isCounted(name, domain)) return false;
    const names = known ?? new Map<string, number>();
    this.#remember(domain, names);
    names.delete(name);
    names.set(name, at);
    for (const [oldest, askedAt] of names) {
      if (at - askedAt <= missingNames.windowMs && names.size <= namesKept) break;
      names.delete(oldest);
    }
    if (names.size >= missingNames.names && names.size >= this.#count) {
      this.#count = names.size;
      this.#domain = domain;
      this.#firstAt = names.values().next().value ?? at;
      this.#lastAt = at;
    }
    return this.#count > 0;
  }

  findings(at: number): readonly Finding[] {
    if (this.#count === 0) return [];
    if (at - this.#lastAt > decisionLifeMs) {
      this.#count = 0;
      return [];
    }
    const count = this.#count;
    const domain = this.#domain;
    const time = duration(this.#lastAt - this.#firstAt);
    return [
      {
        kind: "missing-names",
        for: true,
        subject: "names",
        strength: missingNames.weight,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          `Asked for ${count} names of ${domain} within ${time}, none of which exists. A flood of questions, or a search for a bot's master.`,
      },
    ];
  }

  #remember(domain: string, names: Map<string, number> | null): void {
    this.#domains.delete(domain);
    this.#domains.set(domain, names);
    if (this.#domains.size <= domainsKept) return;
    for (const oldest of this.#domains.keys()) {
      this.#domains.delete(oldest);
      return;
    }
  }
}

/** One label below the domain that is not a number alone. */
function isCounted(name: string, domain: string): boolean {
  const label = name.slice(0, -domain.length - 1);
  return label !== "" && !label.includes(".") && !/^\d+$/.test(label);
}
