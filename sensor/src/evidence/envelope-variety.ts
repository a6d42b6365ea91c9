import type { Detector, Finding, MailCommand } from "./detector.ts";
import { envelopeHash, senderDomain } from "./envelope-hash.ts";
import { envelopeVariety } from "./likelihoods.ts";

/** More different ones than this say nothing new. */
const hashesKept = 64;

/**
 * How many names a host gives itself when it greets mail servers, and how many domains it writes
 * from.
 */
export class EnvelopeVariety implements Detector {
  readonly #salt: number;
  readonly #greetings = new Set<number>();
  readonly #senders = new Set<number>();
  #firstAt = 0;
  #lastAt = 0;

  constructor(salt: number) {
    this.#salt = salt;
  }

  command(command: MailCommand): void {
    if (command.argument === "" || command.verb === "rcpt") return;
    if (this.#firstAt === 0) this.#firstAt = command.at;
    this.#lastAt = command.at;
    if (command.verb === "mail") {
      add(this.#senders, envelopeHash(this.#salt, senderDomain(command.argument)));
    } else {
      add(this.#greetings, envelopeHash(this.#salt, command.argument));
    }
  }

  findings(): readonly Finding[] {
    const { greetings, senders } = envelopeVariety;
    const names = this.#greetings.size;
    const domains = this.#senders.size;
    const byNames = names >= greetings.count;
    const byDomains = domains >= senders.count;
    if (!byNames && !byDomains) return [];
    const parts = [
      ...(byNames ? [`greeted mail servers by ${atLeast(names)} different names of its own`] : []),
      ...(byDomains ? [`wrote from addresses of ${atLeast(domains)} domains`] : []),
    ];
    const said = parts.join(" and ");
    return [
      {
        kind: "envelope-variety",
        for: true,
        subject: "mail",
        strength: (byNames ? greetings.weight : 0) + (byDomains ? senders.weight : 0),
        count: Math.max(names, domains),
        firstAt: this.#firstAt,
        lastAt: this.#lastAt,
        text: () => `It ${said}. A machine has one name and its owner one or two domains.`,
      },
    ];
  }
}

function add(hashes: Set<number>, hash: number): void {
  if (hashes.size < hashesKept) hashes.add(hash);
}

function atLeast(count: number): string {
  return count >= hashesKept ? `more than ${hashesKept}` : String(count);
}
