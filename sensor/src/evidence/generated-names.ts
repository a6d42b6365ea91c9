import { getDomain } from "tldts";
import type { Detector, Finding, NameAnswer, NameQuestion } from "./detector.ts";
import { decisionLifeMs, generatedNames } from "./likelihoods.ts";
import { isMadeUp } from "./made-up-label.ts";
import { duration } from "./words.ts";

/** More domains say nothing new. */
const domainsKept = 1024;

/** Networks' own endings, which no registry gives out (RFC 6761, RFC 6762, RFC 8375, and habits). */
const ownEndings: ReadonlySet<string> = new Set(
  "arpa local localhost localdomain lan home corp internal intranet private domain workgroup test invalid".split(" "),
);

/**
 * Asking for one domain after the other that nobody has registered: a bot that looks for its master.
 * Domains are counted, forward only: block lists and searches for a machine's own name have few.
 */
export class GeneratedNames implements Detector {
  /** When each domain was asked for last, oldest first. */
  readonly #missing = new Map<string, number>();
  readonly #found = new Map<string, number>();
  #foundAt = 0;
  /** Domains asked for, whatever was answered, and those of them whose label looks drawn by chance. */
  readonly #asked = new Map<string, number>();
  readonly #madeUp = new Map<string, number>();
  #strength = 0;
  /** It is how the domains look, and not that they do not exist. */
  #isByLook = false;
  #count = 0;
  #firstAt = 0;
  #lastAt = 0;

  question({ name, type, at }: NameQuestion): boolean {
    const domain = type === "A" || type === "AAAA" ? hostedDomain(name) : null;
    if (domain !== null) this.#weighLook(domain, at);
    return this.#isByLook;
  }

  named({ name, isMissing, at }: NameAnswer): boolean {
    const domain = hostedDomain(name);
    if (domain === null) return false;
    // A domain that exists is none of a generator's, whichever of its names is missing.
    if (isMissing && this.#found.has(domain)) return false;
    if (!isMissing) this.#missing.delete(domain);
    const map = isMissing ? this.#missing : this.#found;
    map.delete(domain);
    map.set(domain, at);
    if (!isMissing) this.#foundAt = at;
    for (const known of [this.#missing, this.#found]) forget(known, at);
    this.#weigh(at);
    return this.#strength > 0;
  }

  findings(at: number): readonly Finding[] {
    if (this.#strength === 0) return [];
    if (at - this.#lastAt > decisionLifeMs) {
      this.#strength = 0;
      return [];
    }
    const count = this.#count;
    const time = duration(this.#lastAt - this.#firstAt);
    return [
      {
        kind: "generated-names",
        for: true,
        subject: "names",
        strength: this.#strength,
        count,
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () =>
          this.#isByLook
            ? `Asked for ${count} domains within ${time} whose names look drawn by chance. Bots try made-up names until one leads to their master.`
            : `Asked for ${count} domains within ${time} that do not exist. Bots try made-up names until one leads to their master.`,
      },
    ];
  }

  #weighLook(domain: string, at: number): void {
    const { domains, share, weight } = generatedNames.madeUp;
    for (const map of isMadeUp(domain.slice(0, domain.indexOf("."))) ? [this.#asked, this.#madeUp] : [this.#asked]) {
      map.delete(domain);
      map.set(domain, at);
      forget(map, at);
    }
    const count = this.#madeUp.size;
    if (count < domains || count < share * this.#asked.size) return;
    // That they do not exist is the plainer sentence.
    if (this.#strength >= weight && !this.#isByLook) return;
    this.#isByLook = true;
    this.#strength = weight;
    this.#count = Math.max(this.#count, count);
    this.#firstAt = this.#madeUp.values().next().value ?? at;
    this.#lastAt = at;
  }

  #weigh(at: number): void {
    const missing = this.#missing.size;
    if (missing < generatedNames.missingShare * (missing + this.#found.size)) return;
    // Where nothing is found any more the line or the resolver says no to everybody.
    const half = [...this.#missing.values()][Math.floor(missing * generatedNames.answeredWithin)] ?? at;
    if (this.#foundAt < half && this.#strength === 0) return;
    const { few, many, storm } = generatedNames;
    const level = [storm, many, few].find(({ domains }) => missing >= domains);
    if (level === undefined || level.weight < this.#strength) return;
    this.#strength = level.weight;
    this.#isByLook = false;
    this.#count = missing;
    this.#firstAt = this.#missing.values().next().value ?? at;
    this.#lastAt = at;
  }
}

/** The domain that somebody registered for this name; null where it is of a network of its own, or a service's record. */
export function hostedDomain(name: string): string | null {
  const ending = name.slice(name.lastIndexOf(".") + 1);
  if (ending === name || ownEndings.has(ending) || name.startsWith("_") || name.includes("._")) return null;
  return getDomain(name);
}

function forget(domains: Map<string, number>, at: number): void {
  for (const [oldest, askedAt] of domains) {
    if (at - askedAt <= generatedNames.windowMs && domains.size <= domainsKept) return;
    domains.delete(oldest);
  }
}
