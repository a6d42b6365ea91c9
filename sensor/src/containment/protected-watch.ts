import type { ExecutorTroubles } from "./executor-troubles.ts";
import type { OutsideNames } from "./outside-names.ts";
import { ProtectedSet, type FdbEntry } from "./protected-set.ts";
import { isRemoval } from "./plan.ts";
import type { Step } from "./protocol.ts";

export interface Refusal {
  readonly mac: string;
  readonly reason: string;
}

export interface ProtectedWatchOptions {
  readonly outsidePort: string;
  /** Reads what the bridge's address table has on the outside port, and where it has the addresses concerned. */
  readonly readFdb: (concerned: readonly string[]) => Promise<readonly FdbEntry[]>;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly names: OutsideNames;
  readonly troubles: ExecutorTroubles;
}

// The gateway, and whoever else stands there: enough to notice that somebody inside sends in its name.
const lookedForElsewhere = 64;

const claimsNamed = 5;

/** Keeps the protected set up to date by what the bridge has heard, and sifts steps by it. */
export class ProtectedWatch {
  readonly #options: ProtectedWatchOptions;
  readonly #protected: ProtectedSet;

  constructor(options: ProtectedWatchOptions) {
    this.#options = options;
    this.#protected = new ProtectedSet({ outsidePort: options.outsidePort });
  }

  /** The steps that may be carried out, and why the others may not. */
  async sift(
    steps: readonly Step[],
  ): Promise<{ readonly allowed: readonly Step[]; readonly refused: readonly Refusal[] }> {
    for (const step of steps) if (step.kind === "protect") this.#protected.tell(step.machines);
    const steppedOn = new Set(steps.flatMap((step) => ("mac" in step ? [step.mac] : [])));
    const isReadable = await this.learn([...steppedOn].filter((mac) => this.#protected.refusalOf(mac) !== null));
    const refused = new Map<string, string>();
    const allowed = steps.filter((step) => {
      if (step.kind === "protect") return false;
      // The reflex looks at nothing that comes in by the outside port, and the box sends nothing across itself.
      if (step.kind === "reflex-set") return true;
      // Nothing of it stops a machine on the outside port, but for the line's cut, which is for everybody.
      if (step.kind === "site-rules-set") return true;
      if (isRemoval(step)) return true;
      const reason = isReadable
        ? this.#protected.refusalOf(step.mac)
        : "the bridge's address table cannot be read, so nobody can tell whether this is the gateway";
      if (reason !== null) refused.set(step.mac, reason);
      return reason === null;
    });
    return { allowed, refused: [...refused].map(([mac, reason]) => ({ mac, reason })) };
  }

  /**
   * Looks at the bridge's address table; false where it cannot be read. `concerned` are looked for wherever they are: who
   * is protected may have come inside since.
   */
  async learn(concerned: readonly string[] = []): Promise<boolean> {
    const { readFdb, monotonic, names, troubles } = this.#options;
    try {
      const lookedFor = new Set([...concerned, ...this.#protected.remembered(lookedForElsewhere)]);
      const entries = await readFdb([...lookedFor]);
      // First: where the table has it outside all the same, two send by it.
      this.#protected.learn([...names.heardInside, ...entries], monotonic());
      await names.tell(entries, this.#protected.remembered(lookedForElsewhere));
      troubles.isOver("fdb-unreadable");
      this.#noteClaims(this.#protected.claimed());
      return true;
    } catch (error) {
      troubles.say("fdb-unreadable", (error as Error).message);
      return false;
    }
  }

  #noteClaims(claimed: readonly string[]): void {
    const { troubles } = this.#options;
    if (claimed.length === 0) {
      troubles.isOver("outside-claimed");
      return;
    }
    const some = claimed.slice(0, claimsNamed).join(", ") + (claimed.length > claimsNamed ? ", and more" : "");
    troubles.say(
      "outside-claimed",
      `${some}: heard on the outside port and inside in turn, as if a machine inside sent in the name of one outside, perhaps the gateway`,
    );
  }
}
