import type { Detector, Finding, MailCommand } from "./detector.ts";
import { envelopeVariety } from "./likelihoods.ts";

/** More different ones than this say nothing new. */
const hashesKept = 64;

/**
 * How many names a host gives itself when it greets mail servers, and how many domains it writes
 * from. Only hashes are kept, salted by the judge: whose mail it was is nobody's business here.
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
      const domain = command.argument.slice(command.argument.lastIndexOf("@") + 1);
      add(this.#senders, this.#hash(domain));
    } else {
      add(this.#greetings, this.#hash(command.argument));
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

  /** FNV-1a over the text, from the salt on. */
  #hash(text: string): number {
    let hash = (0x811c_9dc5 ^ this.#salt) >>> 0;
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x0100_0193) >>> 0;
    }
    return hash;
  }
}

function add(hashes: Set<number>, hash: number): void {
  if (hashes.size < hashesKept) hashes.add(hash);
}

function atLeast(count: number): string {
  return count >= hashesKept ? `more than ${hashesKept}` : String(count);
}
