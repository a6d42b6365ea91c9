import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isNewer, type UpdatePhase, type UpdateRequest, type UpdateStatus } from "@cordon/contract";
import type { OrderedRelease, OrderPlace } from "./ordered-release.ts";
import type { ReleaseTools } from "./release.ts";
import {
  forgetTrial,
  readFallen,
  readOrder,
  readRequest,
  readSeen,
  readStatus,
  readTrial,
  tellStatus,
  withBundle,
  writeFallen,
  writeSeen,
  writeStatus,
  writeTrial,
  type UpdatePlaces,
} from "./update-files.ts";
import { compareVersions, updateStep, type Slot, type UpdateFacts, type UpdateStep } from "./update-step.ts";

export interface UpdaterOptions {
  readonly places: UpdatePlaces;
  readonly tools: ReleaseTools;
  /** The kind of this box, and the release that runs. */
  readonly compatible: string;
  readonly software: string;
  readonly running: Slot;
  /** What a signed document orders, given the newest that was followed; null where the judge's own word is enough. */
  readonly ordered: ((signed: string, seen: OrderPlace | null) => OrderedRelease) | null;
  /** What the look at this start's health found wanting; empty for nothing, null where nobody looked yet. */
  readonly wanting: () => Promise<string | null>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Seconds since the kernel began. */
  readonly uptimeSeconds: () => number;
  /** For so long the health of a trial may be wanting. */
  readonly trialSeconds: number;
  readonly log: (text: string) => void;
}

interface Asked {
  readonly request: UpdateRequest | null;
  readonly fault: { readonly id: string; readonly words: string } | null;
}

// One for the trial, one for a power cut in it.
const tries = 2;

/** Takes an update from step to step. All that it knows lies in files: it may end at any moment and goes on from there. */
export class Updater {
  readonly #options: UpdaterOptions;

  constructor(options: UpdaterOptions) {
    this.#options = options;
  }

  /** Does what is next. `rest`: nothing is left; `wait`: look again later; `again`: at once. Rejects where a file cannot be written. */
  async advance(): Promise<"rest" | "wait" | "again" | "restarting"> {
    const asked = await this.#asked();
    const facts = await this.#facts(asked.request);
    const step = updateStep(facts);
    switch (step.kind) {
      case "rest":
        if (asked.fault === null || facts.status?.id === asked.fault.id) return "rest";
        await this.#tell(asked.fault.id, "refused", asked.fault.words);
        return "again";
      case "wait":
        if (facts.status !== null && facts.status.words !== step.words) await this.#say(facts.status, step.words);
        return "wait";
      case "receive":
        await this.#tell(step.request.id, "received", "It is looked at.");
        return "again";
      case "verify":
        await this.#verify(step.request);
        return "again";
      case "install":
        await this.#install(step.request);
        return "again";
      case "try":
        await this.#try(step.request);
        return "restarting";
      case "keep":
        await this.#keep(step.slot, facts.status);
        return "again";
      case "fall-back":
        await this.#fallBack(step);
        return "restarting";
      case "close":
        await this.#tell(
          facts.status?.id ?? null,
          step.phase,
          step.phase === "refused" ? (asked.fault?.words ?? step.words) : step.words,
        );
        await forgetTrial(this.#options.places);
        return "again";
    }
  }

  /** What is asked for by the judge, and ordered by whom it has to be; and why it is not followed. */
  async #asked(): Promise<Asked> {
    const { places, ordered } = this.#options;
    const request = await readRequest(places);
    if (request === null || ordered === null) return { request, fault: null };
    const refuse = (text: string): Asked => ({
      request: null,
      fault: { id: request.id, words: `The site's controller does not order it: ${text}.` },
    });
    const signed = await readOrder(places);
    if (signed === null) return refuse("there is no signed order");
    const seen = await readSeen(places);
    const found = ordered(signed, seen);
    if (!found.ok) return refuse(found.text);
    if (seen === null || isNewer(found.place, seen)) await writeSeen(found.place, places);
    return { request: found.order, fault: null };
  }

  async #facts(request: UpdateRequest | null): Promise<UpdateFacts> {
    const { places, running, wanting, now, uptimeSeconds, trialSeconds } = this.#options;
    return {
      request,
      status: await readStatus(places),
      running,
      trial: await readTrial(places),
      fallen: await readFallen(places),
      wanting: await wanting(),
      uptimeSeconds: uptimeSeconds(),
      trialSeconds,
      now: now(),
    };
  }

  async #verify(request: UpdateRequest): Promise<void> {
    const { places, tools, compatible, software } = this.#options;
    try {
      const looked = await withBundle(request, places, (bundle) => tools.look(bundle));
      if (looked.fault !== null) return await this.#tell(request.id, "refused", looked.fault);
      const release = looked.outcome;
      const refusal = refusalOf(release, request, { compatible, software });
      if (refusal !== null) return await this.#tell(request.id, "refused", refusal);
    } catch (error) {
      return this.#tell(request.id, "refused", `It is not signed by the operator, or damaged: ${messageOf(error)}`);
    }
    await this.#tell(request.id, "verified", "It is signed by the operator and made for this box.");
  }

  async #install(request: UpdateRequest): Promise<void> {
    const { places, tools, running } = this.#options;
    try {
      // The judge may have laid another one there since.
      const { fault } = await withBundle(request, places, (bundle) =>
        tools.install(bundle, request.version, otherThan(running)),
      );
      if (fault !== null) return await this.#tell(request.id, "refused", fault);
    } catch (error) {
      return this.#tell(request.id, "refused", `It could not be installed: ${messageOf(error)}`);
    }
    await this.#tell(request.id, "installed", "It lies in the other slot.");
  }

  /** First what ends the trial, then what begins it: the power may go between any two. */
  async #try(request: UpdateRequest): Promise<void> {
    const { places, tools, running } = this.#options;
    const slot = otherThan(running);
    await this.#tell(request.id, "trying", "The box starts it.");
    await writeTrial({ slot, previous: running }, tries, places);
    try {
      await tools.entry("try", slot);
      await tools.restart();
    } catch (error) {
      await tools.entry("put-back", running).catch(() => undefined);
      await this.#tell(request.id, "refused", `The box could not be started with it: ${messageOf(error)}`);
      await forgetTrial(places);
    }
  }

  async #keep(slot: Slot, status: UpdateStatus | null): Promise<void> {
    const { places, tools } = this.#options;
    await tools.entry("keep", slot);
    // The initramfs, which would start the box again, has its eye on this.
    await writeFile(join(places.boot, "kept"), "");
    await this.#tell(status?.id ?? null, "good", "It runs well and is kept.");
    await forgetTrial(places);
  }

  async #fallBack({ previous, words }: Extract<UpdateStep, { readonly kind: "fall-back" }>): Promise<void> {
    const { places, tools } = this.#options;
    await tools.entry("put-back", previous);
    await writeFallen(words, places);
    await tools.restart();
  }

  async #tell(id: UpdateStatus["id"], phase: UpdatePhase, words: string): Promise<void> {
    const { places, software: version, running: slot, now, log } = this.#options;
    log(`update ${id ?? "of nobody"}: ${phase}. ${words}`);
    await writeStatus({ id, phase, words: words.slice(0, 400), at: now(), running: { version, slot } }, places);
  }

  /** Other words for the same phase. */
  async #say(status: UpdateStatus, words: string): Promise<void> {
    await writeStatus({ ...status, words: words.slice(0, 400) }, this.#options.places);
  }

  /** Says once more, after a start, how it stands and what runs. */
  async repeat(): Promise<void> {
    const { places, software: version, running: slot, now } = this.#options;
    const status = (await readStatus(places)) ?? { id: null, phase: "good", words: "", at: now() };
    await tellStatus({ ...status, running: { version, slot } }, places);
  }
}

/** Why a release that is signed is not for this box; null where it is. */
function refusalOf(
  release: { readonly compatible: string; readonly version: string },
  request: Pick<UpdateRequest, "version" | "isOlderMeant">,
  box: { readonly compatible: string; readonly software: string },
): string | null {
  if (release.compatible !== box.compatible) {
    return `It is made for ${release.compatible}, and this box is ${box.compatible}.`;
  }
  if (release.version !== request.version) {
    return `The bundle holds ${release.version}, and ${request.version} was announced.`;
  }
  const isOlder = compareVersions(release.version, box.software) < 0;
  if (isOlder && request.isOlderMeant !== true) {
    return `It holds ${release.version}, which is older than ${box.software} that runs, and nobody said that this is meant.`;
  }
  return null;
}

/** What the look at the health has left: words, or nothing where all is well. Null while there is none. */
export async function wantingIn(path: string): Promise<string | null> {
  return readFile(path, "utf8").then(
    (text) => text.trim().slice(0, 300),
    () => null,
  );
}

function otherThan(slot: Slot): Slot {
  return slot === "a" ? "b" : "a";
}

function messageOf(error: unknown): string {
  return (error as Error).message;
}
