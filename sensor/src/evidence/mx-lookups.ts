import type { Detector, Finding, NameQuestion } from "./detector.ts";
import { mxLookups } from "./likelihoods.ts";
import { registeredDomain } from "./mail-operator.ts";

const domainsKept = 256;

/**
 * A host that asks itself for the mail exchangers of many domains. Whether it is a resolver that
 * asks for others is the role's business, not this detector's.
 */
export class MxLookups implements Detector {
  readonly #askedAtByDomain = new Map<string, number>();
  #most = 0;
  #mostAt = 0;
  #firstAt = 0;

  question(question: NameQuestion): boolean {
    if (question.type !== "MX") return false;
    const domain = registeredDomain(question.name) ?? question.name;
    if (this.#firstAt === 0) this.#firstAt = question.at;
    this.#askedAtByDomain.delete(domain);
    this.#askedAtByDomain.set(domain, question.at);
    for (const [oldest, at] of this.#askedAtByDomain) {
      if (question.at - at <= mxLookups.windowMs && this.#askedAtByDomain.size <= domainsKept) break;
      this.#askedAtByDomain.delete(oldest);
    }
    if (this.#askedAtByDomain.size < this.#most) return true;
    this.#most = this.#askedAtByDomain.size;
    this.#mostAt = question.at;
    return true;
  }

  findings(at: number): readonly Finding[] {
    // What was asked long ago supports nothing that happens now.
    if (at - this.#mostAt > 6 * mxLookups.windowMs) this.#most = 0;
    if (this.#most < mxLookups.few.domains) return [];
    const strength = this.#most >= mxLookups.many.domains ? mxLookups.many.weight : mxLookups.few.weight;
    const most = this.#most;
    return [
      {
        kind: "mx-lookups",
        for: true,
        subject: "mail",
        strength,
        count: most,
        firstAt: this.#firstAt,
        lastAt: this.#mostAt,
        text: () =>
          `Asked for the mail servers of ${most} domains itself. Programs of people leave that to their provider.`,
      },
    ];
  }
}
