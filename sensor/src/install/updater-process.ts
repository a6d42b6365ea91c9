import { readFile } from "node:fs/promises";
import { uptime } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SiteProfile } from "@cordon/contract";
import { SensorError } from "../errors.ts";
import { releaseIn } from "../version.ts";
import { orderedRelease } from "./ordered-release.ts";
import { releaseTools } from "./release.ts";
import type { UpdatePlaces } from "./update-files.ts";
import { Updater, wantingIn } from "./updater.ts";

export interface UpdaterProcessOptions extends UpdatePlaces {
  /** Where the image has its programs, the word for its kind of box, and which release it is. */
  readonly home: string;
  /** What the look at the health leaves. */
  readonly health: string;
  /** Whose controller may order a release; null where it cannot be read, and nobody may; absent: the judge is believed. */
  readonly profile?: SiteProfile | null;
  readonly log: (text: string) => void;
}

const lookEveryMs = 5000;

/** Runs while there is an update under way, and ends. */
export async function runUpdater({ home, health, profile, log, ...places }: UpdaterProcessOptions): Promise<void> {
  const running = (await readFile(join(places.boot, "slot"), "utf8")).trim();
  if (running !== "a" && running !== "b") throw new SensorError("slot-unknown", "nothing says which slot runs");
  const updater = new Updater({
    places,
    tools: releaseTools(home),
    compatible: (await readFile(join(home, "compatible"), "utf8")).trim(),
    software: await releaseIn(home),
    running,
    // Without a profile nothing is ordered, and a trial is seen to its end all the same.
    ordered: profile === undefined ? null : (signed, seen) => orderedRelease(signed, profile, seen),
    wanting: () => wantingIn(health),
    now: () => Date.now(),
    uptimeSeconds: uptime,
    trialSeconds: await trialSecondsIn(join(places.boot, "trial-seconds")),
    log,
  });
  await updater.repeat();
  for (;;) {
    const next = await updater.advance();
    // The system ends this process when it starts the box anew.
    if (next === "rest") return;
    if (next === "restarting") await delay(60_000);
    if (next === "wait") await delay(lookEveryMs);
  }
}

/** Two thirds of the time after which the initramfs restarts a box whose release is not kept: that is only for what hangs. */
async function trialSecondsIn(path: string): Promise<number> {
  const text = await readFile(path, "utf8").catch(() => "900");
  return (Number(text) * 2) / 3;
}
