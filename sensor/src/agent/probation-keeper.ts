import { Type } from "typebox";
import {
  everyContainment,
  parserOf,
  type AutomaticContainment,
  type DesiredDocument,
  type ReportedProbation,
  type SiteProfile,
} from "@cordon/contract";
import type { Logger } from "pino";
import {
  establishedMachines,
  incidentLifeMs,
  maxNewcomers,
  stepIncident,
  type Incident,
} from "../containment/incident.ts";
import { findSuccessions } from "../containment/moved-quarantine.ts";
import type { ContainmentTime } from "../containment/plan.ts";
import { probationOf, type Probation } from "../containment/probation.ts";
import type { Judge } from "../judge.ts";
import { readFileIfPresent, setAside } from "../record/atomic-file.ts";
import type { HealthBoard } from "./health-board.ts";
import { LatestWriter } from "./latest-writer.ts";

export interface ProbationKeeperOptions {
  /** Where the incident is kept. */
  readonly path: string;
  /** What holds while no document was ever given, and who is vouched for. */
  readonly profile: Pick<SiteProfile, "policy" | "placement" | "declared">;
  readonly judge: Pick<Judge, "machines" | "succeeded" | "now" | "startedAt">;
  /** Writes a file so that a power cut leaves the old one or the new one. */
  readonly write: (path: string, text: string) => Promise<void>;
  readonly log: Logger;
  readonly health: HealthBoard;
}

const Stored = Type.Object({
  version: Type.Literal(1),
  incident: Type.Union([
    Type.Object({
      openedAt: Type.Number(),
      warrantedAt: Type.Number(),
      known: Type.Array(Type.String()),
      newcomers: Type.Array(Type.Object({ mac: Type.String(), since: Type.Number() })),
    }),
    Type.Null(),
  ]),
});
const parse = parserOf(Stored, { maxBytes: 4 * 1024 * 1024 });
const writeEveryMs = 1000;

/** Keeps the incident and the probation of those who come while it is open. */
export class ProbationKeeper {
  readonly #options: ProbationKeeperOptions;
  readonly #declared: ReadonlySet<string>;
  readonly #writer: LatestWriter<Incident | null>;
  #incident: Incident | null = null;
  #probation: Probation | null = null;
  #established: ReadonlySet<string> = new Set();

  constructor(options: ProbationKeeperOptions) {
    this.#options = options;
    const { path, write, health, profile } = options;
    this.#declared = new Set(profile.declared.map(({ mac }) => mac.toLowerCase()));
    this.#writer = new LatestWriter({
      intervalMs: writeEveryMs,
      write: (incident) => write(path, JSON.stringify({ version: 1, incident })),
      onOutcome(error) {
        if (error === null) return health.clear("incident-unsaved");
        const text = `After a restart nobody would know who came during the incident: ${(error as Error).message}`;
        health.raise("incident-unsaved", "warning", text);
      },
    });
  }

  /** Takes up the incident that was open; a file that makes no sense is set aside. */
  async load(): Promise<void> {
    const { path, health } = this.#options;
    const text = await readFileIfPresent(path);
    if (text === null) return;
    const parsed = parse(text);
    if (parsed.ok) {
      this.#incident = parsed.value.incident;
      return;
    }
    await setAside(path);
    health.raise("incident-damaged", "warning", `Who came during the incident was set aside: ${parsed.error}.`);
  }

  /** What is to be held beside what the policy holds; null where nobody is on probation. */
  take(
    document: DesiredDocument | null,
    automatic: readonly AutomaticContainment[],
    time: ContainmentTime,
  ): Probation | null {
    const { profile, judge, log } = this.#options;
    const wished = document === null ? [] : everyContainment(document);
    const pardons = document?.pardons ?? [];
    const before = this.#incident;
    const machines = judge.machines();
    this.#incident = stepIncident({
      ...{ before, machines, wished, automatic, pardons, time },
      watchedSince: judge.startedAt,
    });
    this.#established = establishedMachines(machines, this.#incident);
    if (this.#incident !== before) {
      const { known, newcomers } = this.#incident ?? { known: [], newcomers: [] };
      if ((this.#incident === null) !== (before === null)) {
        log.info({ known: known.length }, this.#incident === null ? "the incident is closed" : "an incident is open");
      }
      this.#tellCrowd(newcomers.length);
      this.#writer.offer(() => this.#incident);
    }
    if (this.#incident !== null) {
      const cutOff = [...wished, ...automatic].filter(({ kind }) => kind === "quarantine");
      const known = new Set(this.#incident.known);
      for (const found of findSuccessions(machines, known, new Set(cutOff.map(({ host }) => host)), judge.now)) {
        if (judge.succeeded(found.mac, found)) log.warn({ host: found.mac, of: found.of }, found.text);
      }
    }
    this.#probation = probationOf({
      policy: document?.policy ?? profile.policy,
      canContain: profile.placement === "lan" || profile.placement === "gateway",
      incident: this.#incident,
      spared: this.#declared,
      ...{ pardons, wished, automatic, time },
    });
    return this.#probation;
  }

  /** MACs of machines that are beyond doubt, as of the last {@link take}. */
  get established(): ReadonlySet<string> {
    return this.#established;
  }

  /** What is reported of it; undefined where nobody is on probation. */
  get reported(): ReportedProbation | undefined {
    if (this.#incident === null || this.#probation === null) return undefined;
    const { openedAt, warrantedAt, newcomers } = this.#incident;
    const free = new Set(this.#probation.known);
    return {
      since: openedAt,
      until: warrantedAt + incidentLifeMs,
      known: this.#probation.known.length,
      newcomers: newcomers.filter(({ mac }) => !free.has(mac)).map(({ mac, since }) => ({ host: mac, since })),
    };
  }

  /** Why a throttle of probation ended, in a sentence; null for anything else. */
  whyEnded(id: string): string | null {
    if (!id.startsWith("p-")) return null;
    return this.#probation === null ? "The probation is over." : "It is known now, or held by something else.";
  }

  /** Writes what is not written yet. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  #tellCrowd(newcomers: number): void {
    const { health } = this.#options;
    if (newcomers < maxNewcomers) return health.clear("newcomers-many");
    const text = `${maxNewcomers} machines that were never seen before came during the incident, and perhaps more: somebody may be making up hardware addresses. All of them are bounded; only these are named.`;
    health.raise("newcomers-many", "warning", text);
  }
}
