import { setTimeout as sleep } from "node:timers/promises";
import { narrate } from "./narrate.ts";
import type { SeenSite, SiteSession } from "./site-session.ts";
import type { Telling } from "./telling.ts";

/** How often the site is read, ms: a person reads no faster. */
const readEveryMs = 1000;

export interface SiteWatch {
  /** Settles at the first reading in which the sensor is online. */
  readonly online: Promise<void>;
  /** From when "found after" is counted. */
  siteIsUp(at: number): void;
}

/** Reads the site until `signal`, and tells what changed. */
export function watchSite(session: SiteSession, telling: Telling, signal: AbortSignal): SiteWatch {
  let siteUpAt = Number.POSITIVE_INFINITY;
  const online = Promise.withResolvers<void>();
  const watch = async (): Promise<void> => {
    let before: SeenSite | null = null;
    while (!signal.aborted) {
      const now: SeenSite | null = await session.read(signal).catch(() => null);
      if (now !== null) {
        if (now.sensor.state === "online") online.resolve();
        for (const line of narrate(before, now, siteUpAt)) telling.say(line);
        before = now;
      }
      // Only an abort rejects, and that ends the loop.
      await sleep(now === null || now.sensor.state !== "online" ? readEveryMs / 5 : readEveryMs, null, {
        signal,
      }).catch(() => null);
    }
  };
  void watch();
  return {
    online: online.promise,
    siteIsUp: (at) => {
      siteUpAt = at;
    },
  };
}
