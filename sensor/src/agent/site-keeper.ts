import type { DesiredDocument, HostSnapshot, Placement, SiteProfile } from "@cordon/contract";
import type { ContainmentTime, ToPlan } from "../containment/plan.ts";
import type { Observed, SiteRules } from "../containment/protocol.ts";
import { emptySiteMemory, reportSite, type SiteMemory, type SiteReport } from "../containment/report-site.ts";
import { areaQuarantines, siteRules, type SiteFacts } from "../containment/site-plan.ts";

export interface SiteKeeperOptions {
  readonly placement: Placement;
  /** Machines a person vouched for. */
  readonly declared: readonly SiteProfile["declared"][number][];
  readonly localNets: readonly string[];
  /**
   * The cards of the inside that say they have an address, the one that was first heard first; none where nobody was heard
   * yet, null where it stands outside. Absent: nobody's is known.
   */
  readonly cardsOf?: SiteFacts["cardsOf"] | undefined;
  /** What the judge knows of hosts with these keys. */
  readonly hosts: (keys: ReadonlySet<string>) => readonly HostSnapshot[];
  readonly isSimulated: boolean;
  /** Null where nothing is remembered. */
  readonly memory: SiteMemory | null;
}

/** What a document wishes for more than single machines: what the kernel is to hold of it, and what it does. */
export class SiteKeeper {
  readonly #options: SiteKeeperOptions;
  #memory: SiteMemory;

  constructor(options: SiteKeeperOptions) {
    this.#options = options;
    this.#memory = options.memory ?? emptySiteMemory;
  }

  /** What there is to remember. */
  get memory(): SiteMemory {
    return this.#memory;
  }

  rules(document: DesiredDocument, time: ContainmentTime, observed: Observed): SiteRules {
    return siteRules(document, this.#facts(this.#hostsOf(document)), time, observed.site?.rules);
  }

  /** The cuts of areas, as cuts of their hosts. */
  quarantines(document: DesiredDocument): readonly ToPlan[] {
    return areaQuarantines(document);
  }

  report(
    document: DesiredDocument,
    observed: Observed | null,
    context: { readonly time: ContainmentTime; readonly refused: ReadonlyMap<string, string> },
  ): SiteReport {
    const hosts = this.#hostsOf(document);
    const { reported, memory } = reportSite({
      wish: document,
      facts: this.#facts(hosts),
      observed,
      isSimulated: this.#options.isSimulated,
      now: context.time.clock,
      heardAt: (mac) => hosts.get(mac)?.lastSeenAt ?? null,
      ...context,
      memory: this.#memory,
    });
    this.#memory = memory;
    return reported;
  }

  /** The hosts that a document names, by MAC. */
  #hostsOf({ barriers = [], areas = [] }: DesiredDocument): ReadonlyMap<string, HostSnapshot> {
    const macs = [...barriers.flatMap(({ exceptions }) => exceptions), ...areas.flatMap(({ hosts }) => hosts)];
    const declared = this.#options.declared.map(({ mac }) => mac);
    if (barriers.length === 0 && areas.length === 0) return new Map();
    const known = this.#options.hosts(new Set([...macs, ...declared]));
    return new Map(known.flatMap((host) => (host.mac === null ? [] : [[host.mac, host]])));
  }

  #facts(hosts: ReadonlyMap<string, HostSnapshot>): SiteFacts {
    const { placement, declared, localNets, cardsOf = () => [] } = this.#options;
    return { placement, declared, localNets, cardsOf, verdictOf: (mac) => hosts.get(mac)?.verdict ?? "clear" };
  }
}
