import type { SiteProfile } from "@cordon/contract";
import type { Logger } from "pino";
import { Judge, type JudgeOptions } from "../judge.ts";
import type { OwnNames } from "../placement/own-names.ts";
import { loadCheckpoint } from "../record/checkpoint.ts";
import type { HealthBoard } from "./health-board.ts";

export interface RestoredJudgeOptions {
  readonly profile: SiteProfile;
  /** Of the checkpoint of the last run. */
  readonly path: string;
  readonly own: Pick<OwnNames, "exclude" | "ownMacs">;
  /** Takes every connection for the flow log, so many milliseconds after its beginning; absent: none is kept. */
  readonly flows?: { readonly seen: NonNullable<JudgeOptions["flowSeen"]>; readonly heldMs: number };
  readonly health: HealthBoard;
  readonly log: Logger;
}

/** A judge that goes on where the last run stood, or begins anew and says so. */
export async function restoredJudge({ profile, path, own, flows, health, log }: RestoredJudgeOptions): Promise<Judge> {
  const judge = new Judge({
    localNets: profile.site.localNets,
    declared: profile.declared,
    duties: profile.duties ?? [],
    exclude: own.exclude,
    ownMacs: own.ownMacs,
    isOutsideRouter: profile.placement === "wan",
    ...(flows === undefined ? {} : { flowSeen: flows.seen, flowHeldMs: flows.heldMs }),
  });
  const { checkpoint, trouble } = await loadCheckpoint(path);
  if (trouble !== null) health.raise("checkpoint-damaged", "warning", `Verdicts begin anew: ${trouble}.`);
  if (checkpoint === null) return judge;
  judge.restore(checkpoint);
  log.info({ hosts: checkpoint.hosts.length, at: checkpoint.at }, "took up the verdicts of the last run");
  return judge;
}
