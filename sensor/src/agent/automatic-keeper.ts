import { setTimeout as delay } from "node:timers/promises";
import { Type } from "typebox";
import {
  AutomaticContainment,
  everyContainment,
  parserOf,
  type DesiredDocument,
  type HostSnapshot,
  type SiteProfile,
} from "@cordon/contract";
import type { Logger } from "pino";
import { takeAutomatic, type Taken } from "../containment/automatic.ts";
import type { ContainmentTime } from "../containment/plan.ts";
import { readFileIfPresent, setAside, writeFileAtomic } from "../record/atomic-file.ts";
import type { HealthBoard } from "./health-board.ts";

export interface AutomaticKeeperOptions {
  /** Where it is kept. */
  readonly path: string;
  /** What holds while no document was ever given, and who is vouched for. */
  readonly profile: Pick<SiteProfile, "policy" | "placement" | "declared">;
  /** Accused hosts, and those with these keys that are known. */
  readonly hosts: (keys: ReadonlySet<string>) => readonly HostSnapshot[];
  /** MACs of machines that the site cannot do without: for a person to contain. Absent: none. */
  readonly anchors?: () => ReadonlySet<string>;
  /** Eight random bytes. */
  readonly random: () => Uint8Array;
  /** Monotonic milliseconds. */
  readonly monotonic: () => number;
  readonly log: Logger;
  readonly health: HealthBoard;
}

const Stored = Type.Object({ version: Type.Literal(1), taken: Type.Array(AutomaticContainment) });
const parse = parserOf(Stored, { maxBytes: 4 * 1024 * 1024 });

// A disk that does not answer must not keep the kernel from what is wished.
const longestWriteMs = 2000;
const reasonsKept = 512;

/**
 * Keeps what the policy contains by itself. Invariant: what is new is on the disk before the kernel
 * is told, so a crash between the two is made good at the start and lets nobody go.
 */
export class AutomaticKeeper {
  readonly #options: AutomaticKeeperOptions;
  readonly #declared: ReadonlySet<string>;
  #taken: readonly Taken[] = [];
  readonly #whyById = new Map<string, string>();
  #changes = 0;
  #changesSaved = 0;
  #writing: Promise<void> | null = null;

  constructor(options: AutomaticKeeperOptions) {
    this.#options = options;
    this.#declared = new Set(options.profile.declared.map(({ mac }) => mac.toLowerCase()));
  }

  /** Takes up what was held before; a file that makes no sense is set aside. */
  async load(): Promise<void> {
    const { path, health } = this.#options;
    const text = await readFileIfPresent(path);
    if (text === null) return;
    const parsed = parse(text);
    if (parsed.ok) {
      this.#taken = parsed.value.taken.map((containment) => ({ containment, betterSince: null }));
      return;
    }
    await setAside(path);
    health.raise("automatic-damaged", "warning", `What the policy contained was set aside: ${parsed.error}.`);
  }

  /** What is to be held under this document, null where there is none; written down, or tried for two seconds. */
  async take(document: DesiredDocument | null, time: ContainmentTime): Promise<readonly AutomaticContainment[]> {
    const { profile, hosts, monotonic, random, log, health } = this.#options;
    const outcome = takeAutomatic({
      policy: document?.policy ?? profile.policy,
      canContain: profile.placement === "lan" || profile.placement === "gateway",
      hosts: hosts(new Set(this.#taken.map(({ containment }) => containment.host))),
      declared: this.#declared,
      anchors: this.#options.anchors?.() ?? new Set(),
      pardons: document?.pardons ?? [],
      wished: document === null ? [] : everyContainment(document),
      before: this.#taken,
      time: { ...time, monotonic: monotonic() },
      newId: () => `a-${Buffer.from(random()).toString("hex")}`,
    });
    this.#taken = outcome.taken;
    const held = outcome.taken.map(({ containment }) => containment);
    for (const [id, why] of outcome.ended) this.#remember(id, why);
    if (outcome.leftOut === 0) health.clear("automatic-full");
    else {
      const text = `The policy contains ${held.length} machines, as many as it may; ${outcome.leftOut} more are due. Somebody may be making up hardware addresses.`;
      health.raise("automatic-full", "warning", text);
    }
    if (outcome.isChange) {
      this.#changes += 1;
      log.info({ held: held.length, ended: outcome.ended.size }, "the policy contains otherwise");
    }
    if (this.#changes !== this.#changesSaved) await this.#save(held);
    return held;
  }

  /** Why it ended, in a sentence; null where that is not known any more. */
  whyEnded(id: string): string | null {
    return this.#whyById.get(id) ?? null;
  }

  #remember(id: string, why: string): void {
    this.#whyById.set(id, why);
    if (this.#whyById.size <= reasonsKept) return;
    for (const oldest of this.#whyById.keys()) {
      this.#whyById.delete(oldest);
      return;
    }
  }

  async #save(taken: readonly AutomaticContainment[]): Promise<void> {
    const { path, health } = this.#options;
    const changes = this.#changes;
    // Never two writes of one path; one that hangs is followed by that of a later round.
    if (this.#writing === null) {
      this.#writing = writeFileAtomic(path, JSON.stringify({ version: 1, taken })).then(
        () => {
          this.#changesSaved = changes;
          health.clear("automatic-unsaved");
        },
        (error: unknown) => this.#tellUnsaved((error as Error).message),
      );
      void this.#writing.then(() => (this.#writing = null));
    } else {
      this.#tellUnsaved("the disk does not answer");
    }
    const patience = new AbortController();
    await Promise.race([
      this.#writing,
      delay(longestWriteMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
  }

  #tellUnsaved(text: string): void {
    const words = `What the policy contains would not survive a restart: ${text}`;
    this.#options.health.raise("automatic-unsaved", "warning", words);
  }
}
