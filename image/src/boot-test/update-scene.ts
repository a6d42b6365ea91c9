import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SiteProfile } from "@cordon/contract";
import type { BoardName } from "../board.ts";
import { writeBootFiles } from "../boot-partition.ts";
import type { SceneOptions } from "./boot-scene.ts";
import { Cable } from "./cable.ts";
import { launchHere } from "./launch.ts";
import { Machine } from "./machine.ts";
import type { SceneResult } from "./scene-result.ts";
import { sceneMacs } from "./scene.ts";
import { addAgent, cardStart, fullStart, placeOf, type Init, type Place } from "./test-boot.ts";
import { TestDisk } from "./test-disk.ts";
import { makeTestProfile } from "./test-profile.ts";
import { Witness } from "./witness.ts";

/** What several starts of one card have shown, one after the other. */
export interface StartsSeen {
  readonly machines: readonly Machine[];
  /** Sent from before the first start until after the last. */
  readonly witness: Witness;
  /** Why a trial was given up, as it stands on the disk at the end; null where none was. */
  readonly fallen: string | null;
}

/** One start of the box: it goes on until a word, and then the power is cut; null: until the box starts itself anew. */
export interface StartOfCard {
  readonly until: string | null;
  readonly patienceMs: number;
  /** How long it goes on after its word, ms; as long as everything that the witness sends is under way by default. */
  readonly goesOnMs?: () => number;
}

/** A disk or card that is started again and again, each time from what its boot partition names then. */
export interface UpdateScene {
  readonly name: string;
  /** A PC starts by UEFI and its loader, from what lies on its boot partition. */
  readonly board: BoardName;
  /** By what stands in for systemd; null: by systemd. */
  readonly init: Init | null;
  /** Words for the kernel. A PC starts with the files of the test where there are any, and else as it was built. */
  readonly words: readonly string[];
  /** What the card has been through. */
  readonly prepare: (disk: TestDisk, folder: string, place: Place) => Promise<void>;
  /** A second disk with releases, by its path; absent where none is brought. */
  readonly releases?: (
    folder: string,
    options: SceneOptions,
    profile: SiteProfile,
  ) => Promise<{ readonly disk: string; readonly authority: string }>;
  readonly starts: readonly StartOfCard[];
  readonly stories: Readonly<Record<string, (seen: StartsSeen) => boolean>>;
}

// Longer than everything that the witness sends is under way.
const watchOnMs = () => 2000;

/** Plays it between two ends of a witness; what is for a Raspberry Pi on the processor of one. */
export async function updateScene(scene: UpdateScene, options: SceneOptions): Promise<SceneResult> {
  const { folder, monotonic, memoryMb } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const place = placeOf(options.built);
  const disk = await TestDisk.copyOf(place("disk", "disk.img"), join(folder, "test.img"));
  const profile = await makeTestProfile(folder);
  const releases = await scene.releases?.(folder, options, profile);
  await writeBootFiles(disk.path, {
    "profile.json": JSON.stringify(profile),
    ...(releases === undefined ? {} : { "update-authority.pem": releases.authority }),
  });
  if (scene.board === "pc" && scene.words.length > 0) {
    await addAgent(place, folder, disk.path, disk.extentOf("boot"), scene.words);
  }
  await scene.prepare(disk, folder, place);
  const cables = { inside: new Cable(), outside: new Cable() };
  const witness = new Witness(cables, monotonic);
  await witness.start();
  const startedAt = monotonic();
  const machines: Machine[] = [];
  const cuts: string[] = [];
  let failure: string | null = null;
  for (const { until, patienceMs, goesOnMs = watchOnMs } of scene.starts) {
    const files = join(folder, `start-${machines.length}`);
    await mkdir(files);
    const card = { path: disk.path, boot: disk.extentOf("boot") };
    const emulator = scene.board === "pc" ? "pc" : "virt";
    const init = scene.init === null ? null : ({ name: scene.init, words: [] } as const);
    const machine = new Machine({
      disk: disk.path,
      ...(releases === undefined ? {} : { moreDisk: releases.disk }),
      emulator,
      start:
        emulator === "pc"
          ? await fullStart(files)
          : await cardStart(emulator, card, place, files, init, { files: new Map(), words: scene.words }),
      ports: {
        management: { netdev: "user,restrict=on", mac: sceneMacs.management },
        inside: { netdev: cables.inside.netdev(), mac: sceneMacs.inside },
        outside: { netdev: cables.outside.netdev(), mac: sceneMacs.outside },
      },
      ...{ agentSocket: null, memoryMb, launch: launchHere, monotonic },
    });
    machines.push(machine);
    try {
      await machine.start();
      if (until === null) await machine.ended(patienceMs);
      else await machine.word(until, patienceMs);
      const moreMs = goesOnMs();
      const enoughAt = monotonic() + moreMs;
      if (until !== null) await machine.until(() => monotonic() >= enoughAt, moreMs + 1000, "it was watched");
      if (goesOnMs !== watchOnMs) cuts.push(`the power went ${Math.round(moreMs)} ms after "${until}"`);
    } catch (error) {
      failure = `start ${machines.length}: ${(error as Error).message}`;
    } finally {
      await machine.cutPower();
      await rm(files, { recursive: true });
    }
    if (failure !== null) break;
  }
  await witness.close();
  const seen: StartsSeen = { machines, witness, fallen: await disk.readHeld("update/fallen", folder) };
  await rm(folder, { recursive: true, force: true });
  return {
    name: scene.name,
    isFull: scene.init === null,
    stories: new Map(Object.entries(scene.stories).map(([name, isTrue]) => [name, failure === null && isTrue(seen)])),
    words: machines.flatMap(({ words }) => words),
    notes: [
      ...machines.flatMap(({ notes }) => notes),
      ...cuts,
      `given up on the disk: ${seen.fallen?.trim() ?? "nothing"}`,
    ],
    memoryMb: null,
    wallSeconds: (monotonic() - startedAt) / 1000,
    failure,
  };
}
