import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeBootFiles } from "../boot-partition.ts";
import type { BuiltLayer } from "../build-layers.ts";
import { Cable } from "./cable.ts";
import { launchHere } from "./launch.ts";
import { Machine } from "./machine.ts";
import type { SceneResult } from "./scene-result.ts";
import { sceneMacs, type Scene } from "./scene.ts";
import { cardStart, fullStart, placeOf, quickStart, type Place } from "./test-boot.ts";
import { TestDisk } from "./test-disk.ts";
import { makeTestProfile } from "./test-profile.ts";
import { Witness } from "./witness.ts";

export interface SceneOptions {
  readonly built: ReadonlyMap<string, BuiltLayer>;
  /** Holds the disk while the machine runs. */
  readonly folder: string;
  readonly memoryMb: number;
  readonly monotonic: () => number;
}

// Longer than everything that the witness sends is under way, shorter than anybody's patience.
const watchOnMs = 3000;

async function startOf({ form, hasSensor, surroundings }: Scene, disk: TestDisk, place: Place, folder: string) {
  const words = hasSensor ? ["sensor"] : [];
  if (surroundings?.emulator !== undefined) {
    const card = { path: disk.path, boot: disk.extentOf("boot") };
    const init = form === "quick" ? ({ name: "quick-init", words } as const) : null;
    return cardStart(surroundings.emulator, card, place, folder, init);
  }
  return form === "quick" ? quickStart(place, folder, "quick-init", words) : fullStart(folder);
}

/** Boots the box once, between two ends of a witness, and judges what it showed. */
export async function bootScene(scene: Scene, options: SceneOptions): Promise<SceneResult> {
  const { folder, monotonic, memoryMb } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const place = placeOf(options.built);
  const disk = await TestDisk.copyOf(place("disk", "disk.img"), join(folder, "test.img"));
  const { history, surroundings = {} } = scene;
  const { hasOutsideOnUsb = false, diskComesAfter, ...diskOptions } = surroundings;
  await writeBootFiles(disk.path, {
    "profile.json": JSON.stringify({
      ...(await makeTestProfile(folder)),
      placement: history.placement ?? "lan",
    }).padEnd(history.profileBytes ?? 0),
    ...(history.ports === undefined ? {} : { ports: history.ports }),
  });
  await disk.store({ macs: history.quarantined, limits: history.limits ?? null }, folder, history.storeFaults);
  if (history.hasOtherRoot === true) await disk.replaceRoot(place("root", "root.squashfs"), folder);
  for (const { partition, where } of history.damaged) await disk.damage(partition, where);
  for (const partition of history.missing ?? []) await disk.remove(partition);
  if (diskOptions.diskBus === "sd" || diskOptions.emulator === "raspi3b") await disk.growToPowerOfTwo();
  const cables = { inside: new Cable(), outside: new Cable() };
  const witness = new Witness(cables, monotonic);
  await witness.start();
  const startedAt = monotonic();
  let failure: string | null = null;
  const machine = new Machine({
    disk: disk.path,
    ...diskOptions,
    start: await startOf(scene, disk, place, folder),
    ports: {
      management: { netdev: "user,restrict=on", mac: sceneMacs.management },
      inside: { netdev: cables.inside.netdev(), mac: sceneMacs.inside },
      outside: { netdev: cables.outside.netdev(), mac: sceneMacs.outside, isOnUsb: hasOutsideOnUsb },
    },
    agentSocket: null,
    monitorSocket: diskComesAfter === undefined ? null : join(folder, "monitor"),
    memoryMb,
    launch: launchHere,
    monotonic,
  });
  try {
    await machine.start();
    if (diskComesAfter !== undefined) {
      await machine.word(diskComesAfter, scene.ends.patienceMs);
      await machine.putDiskIn();
    }
    await machine.word(scene.ends.word, scene.ends.patienceMs);
    const enoughAt = monotonic() + watchOnMs;
    await machine.until(() => monotonic() >= enoughAt, watchOnMs + 1000, "it was watched for a moment");
  } catch (error) {
    failure = (error as Error).message;
  } finally {
    await machine.cutPower();
    await witness.close();
    await rm(folder, { recursive: true, force: true });
  }
  const firstAt = witness.firstAt();
  const seen = [...witness.seen].map(([name, { count }]) => `${name} ${count}`).join(", ");
  const resets = [...witness.resets].map(([name, count]) => `${name} ${count}`).join(", ");
  return {
    name: scene.name,
    isFull: scene.form === "full",
    stories: new Map(
      Object.entries(scene.stories).map(([name, isTrue]) => [name, failure === null && isTrue({ machine, witness })]),
    ),
    words: machine.words,
    notes: [
      ...machine.notes,
      `frames that came through: ${seen === "" ? "none" : seen}`,
      `targets of the scan that came through: ${witness.scanned.size} of ${witness.scannedOf}`,
      `resets that came back: ${resets === "" ? "none" : resets}`,
      ...witness.strange.map((frame) => `a frame that nobody sent: ${frame}`),
      firstAt === null
        ? "no frame came through"
        : `first frame ${((firstAt - startedAt) / 1000).toFixed(1)} s after power-on (this machine's time)`,
    ],
    memoryMb: null,
    wallSeconds: (monotonic() - startedAt) / 1000,
    failure,
  };
}
