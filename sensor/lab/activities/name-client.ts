import { Resolver } from "node:dns/promises";

interface Remembered {
  readonly addresses: readonly string[];
  readonly until: number;
}

/** A host's own resolver: asks the router, remembers answers for a while. */
export class NameClient {
  readonly #resolver = new Resolver({ timeout: 2000, tries: 2 });
  readonly #clock: () => number;
  readonly #rememberMs: number;
  readonly #addressesByName = new Map<string, Remembered>();
  readonly #serversByDomain = new Map<string, readonly string[]>();

  constructor(server: string, clock: () => number, rememberMs: number) {
    this.#resolver.setServers([server]);
    this.#clock = clock;
    this.#rememberMs = rememberMs;
  }

  /** Asks this server from now on. */
  askAt(server: string): void {
    this.#resolver.setServers([server]);
  }

  /** Addresses of a name, as a browser asks: both families. Empty where there is no answer. */
  async addressesOf(name: string): Promise<readonly string[]> {
    const remembered = this.#addressesByName.get(name);
    if (remembered !== undefined && remembered.until > this.#clock()) return remembered.addresses;
    const [four] = await Promise.allSettled([this.#resolver.resolve4(name), this.#resolver.resolve6(name)]);
    if (four.status === "rejected") return [];
    this.#addressesByName.set(name, { addresses: four.value, until: this.#clock() + this.#rememberMs });
    return four.value;
  }

  /** Names of a domain's mail servers, best first; remembered for good. Empty where there is no answer. */
  async mailServersOf(domain: string): Promise<readonly string[]> {
    const remembered = this.#serversByDomain.get(domain);
    if (remembered !== undefined) return remembered;
    try {
      const records = await this.#resolver.resolveMx(domain);
      const servers = records.sort((one, other) => one.priority - other.priority).map((record) => record.exchange);
      this.#serversByDomain.set(domain, servers);
      return servers;
    } catch {
      // No answer, or no such domain: the caller sees an empty list.
      return [];
    }
  }
}
