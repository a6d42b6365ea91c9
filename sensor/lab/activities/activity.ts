import { setTimeout as delay } from "node:timers/promises";
import type { LabEvent } from "../lab.ts";
import type { Random } from "../random.ts";
import type { Site, SiteHost } from "../site.ts";
import type { NameClient } from "./name-client.ts";

/** What an activity is given. It ends by itself or when `signal` says so; failing traffic is no failure of it. */
export interface ActivityContext {
  readonly site: Site;
  readonly host: SiteHost;
  readonly random: Random;
  readonly names: NameClient;
  readonly signal: AbortSignal;
  readonly report: (event: LabEvent) => void;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Waits, or returns early when the activity is to end; `signal` tells which. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
