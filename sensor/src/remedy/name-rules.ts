import type { RemediesInForce } from "@cordon/contract";

/** Which names are remedies and which are probes; each covers the names that end in it, at a dot. */
export class NameRules {
  readonly #portsByName = new Map<string, Set<number>>();
  readonly #probes: ReadonlySet<string>;

  constructor(remedies: Pick<RemediesInForce, "names" | "probes">) {
    for (const { name, ports } of remedies.names) {
      const all = this.#portsByName.get(name.toLowerCase()) ?? new Set<number>();
      for (const port of ports) all.add(port);
      this.#portsByName.set(name.toLowerCase(), all);
    }
    this.#probes = new Set(remedies.probes.map((name) => name.toLowerCase()));
  }

  /** The ports that a name keeps, those of all rules that cover it; empty where it is no remedy. */
  portsOf(name: string): readonly number[] {
    const ports = new Set<number>();
    for (const ending of endingsOf(name)) for (const port of this.#portsByName.get(ending) ?? []) ports.add(port);
    return [...ports].toSorted((a, b) => a - b);
  }

  isProbe(name: string): boolean {
    for (const ending of endingsOf(name)) if (this.#probes.has(ending)) return true;
    return false;
  }
}

/** The name itself and what is left of it without its first labels. */
function* endingsOf(name: string): Iterable<string> {
  let rest = name.toLowerCase().replace(/\.$/, "");
  while (rest !== "") {
    yield rest;
    const dot = rest.indexOf(".");
    if (dot < 0) return;
    rest = rest.slice(dot + 1);
  }
}
