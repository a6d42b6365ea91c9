import { isDeepStrictEqual } from "node:util";
import type { Health, Hello, SiteProfile } from "@cordon/contract";
import type { Packet } from "../packet/packet.ts";
import { findMirror } from "../placement/find-mirror.ts";
import { findPlacement, type LineFault, type PlacementFinding, type PortLinks } from "../placement/find-placement.ts";
import { LineTraffic, type TableEntry } from "../placement/line-traffic.ts";
import type { LinePlacement, PlacementChoice } from "../placement/placement-choice.ts";
import { placementStatement, standsWords } from "../placement/statement.ts";
import type { HealthBoard } from "./health-board.ts";

export interface PlacementWatchOptions {
  readonly profile: Pick<SiteProfile, "placement" | "ports" | "gateway"> & {
    readonly site: Pick<SiteProfile["site"], "localNets">;
  };
  readonly health: HealthBoard;
  /** What the box is called on the line; only MACs count here. */
  readonly ownNames: () => readonly string[];
  readonly links: () => PortLinks;
  /** Reads the bridge's address table; rejects where it cannot. */
  readonly readTable: () => Promise<readonly TableEntry[]>;
  /** Whether the judge never sees anybody answered. */
  readonly isOneSided: () => boolean;
  /** Frames of a loop that the kernel has stopped so far; absent where that is not known. */
  readonly loopStopped?: () => number | undefined;
  /** Where it is left to the box where it stands: the one who chooses. Absent: the profile counts. */
  readonly choice?: {
    readonly of: PlacementChoice;
    /** What is held in the kernel, in words; null where nothing is. */
    readonly held: () => string | null;
    /** Told what to keep in mind: the placement that it has, or the one to go over to. */
    readonly onFound: (placement: LinePlacement) => void;
  };
  /** Sentences: what else cannot be seen from here. Absent: nothing. */
  readonly blindSpots?: () => readonly string[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
}

const severities: Readonly<Record<LineFault["kind"], Health["severity"]>> = {
  "ports-swapped": "error",
  "side-dead": "error",
  loop: "error",
  "not-mirrored": "error",
  "one-direction": "warning",
};

/** Which faults there can be: who only receives copies, or routes, joins no two sides. */
const faultsOf: Readonly<Record<SiteProfile["placement"], readonly LineFault["kind"][]>> = {
  lan: ["ports-swapped", "side-dead", "loop"],
  wan: ["ports-swapped", "side-dead", "loop"],
  gateway: ["side-dead"],
  mirror: ["side-dead", "not-mirrored", "one-direction"],
};

// Said for so long after the last frame that came twice.
const copiesShownMs = 600_000;

/** Compares what the profile says of the placement with what is seen, and tells the difference. The profile counts, unless it leaves it to the box. */
export class PlacementWatch {
  readonly #options: PlacementWatchOptions;
  readonly #traffic: LineTraffic;
  #finding: PlacementFinding;
  #copyAt = Number.NEGATIVE_INFINITY;

  constructor(options: PlacementWatchOptions) {
    this.#options = options;
    const { site, ports, placement } = options.profile;
    this.#traffic = new LineTraffic({
      localNets: site.localNets,
      ports,
      hasOnePort: placement === "mirror",
      isRouter: placement === "gateway",
    });
    this.#finding = this.#found();
  }

  /** The part of the hello. */
  get statement(): Hello["placement"] {
    const { placement, ports, gateway } = this.#options.profile;
    const inside = [ports.inside, ...(placement === "gateway" ? (gateway?.insidePorts ?? []) : [])];
    const chosen = this.#options.choice?.of.reasons;
    return placementStatement(placement, { inside, outside: ports.outside }, this.#finding, chosen);
  }

  /** One packet that was handed up. */
  observe(packet: Packet): void {
    this.#traffic.observe(packet);
  }

  /** A frame came that had come already. */
  noteCopy(at: number): void {
    this.#copyAt = at;
  }

  /** Reads the bridge's address table; what cannot be read teaches nothing. */
  async readTable(): Promise<void> {
    if (this.#options.profile.placement === "mirror") return;
    try {
      const entries = await this.#options.readTable();
      this.#traffic.learn(entries, this.#options.now());
    } catch {
      // The executor, which cannot do without it, says so.
    }
  }

  /** Looks at what was seen; true where the statement changed by it. */
  look(): boolean {
    const looped = this.#options.loopStopped?.();
    if (looped !== undefined) this.#traffic.noteLooped(looped, this.#options.now());
    const finding = this.#found();
    const reasons = this.#options.choice?.of.reasons;
    this.#choose(finding);
    const isChanged =
      !isDeepStrictEqual(finding, this.#finding) || !isDeepStrictEqual(reasons, this.#options.choice?.of.reasons);
    this.#finding = finding;
    this.#tell(finding);
    return isChanged;
  }

  #choose(finding: PlacementFinding): void {
    const { choice, monotonic } = this.#options;
    const found = choice?.of.look({ finding, held: choice.held(), at: monotonic() }) ?? null;
    if (found !== null) choice?.onFound(found);
  }

  #found(): PlacementFinding {
    const { profile, ownNames, links, isOneSided, now } = this.#options;
    this.#traffic.setOwnMacs(ownNames());
    const at = now();
    const facts = this.#traffic.facts(at);
    const finding =
      profile.placement === "mirror"
        ? findMirror(facts, {
            hasLink: links().inside,
            isOneSided: isOneSided(),
            hasCopies: this.#copyAt >= at - copiesShownMs,
          })
        : findPlacement(facts, links());
    const blindSpots = [...finding.blindSpots, ...(this.#options.blindSpots?.() ?? [])];
    return {
      ...finding,
      blindSpots,
      faults: finding.faults.filter(({ kind }) => faultsOf[profile.placement].includes(kind)),
    };
  }

  #tell({ kind, faults }: PlacementFinding): void {
    const { health, profile } = this.#options;
    for (const fault of Object.keys(severities) as LineFault["kind"][]) {
      const code = fault === "loop" ? "line-loop" : fault;
      const found = faults.find((candidate) => candidate.kind === fault);
      if (found === undefined) health.clear(code);
      else health.raise(code, severities[fault], found.text);
    }
    const { choice } = this.#options;
    if (choice !== undefined) {
      const why = choice.of.doubt;
      if (why === null) health.clear("placement-doubted");
      else health.raise("placement-doubted", "warning", why);
      return;
    }
    if (kind === null || kind === profile.placement) {
      health.clear("placement-doubted");
      return;
    }
    const says = `The profile says that the box stands ${standsWords(profile.placement)}`;
    health.raise("placement-doubted", "warning", `${says}; going by the traffic it stands ${standsWords(kind)}.`);
  }
}
