import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packArchive } from "../archive.ts";
import type { BuiltLayer } from "../build-layers.ts";
import { Cable } from "./cable.ts";
import { Machine } from "./machine.ts";
import type { Scene } from "./stories.ts";
import { makeTestDisk } from "./test-disk.ts";
import { Witness } from "./witness.ts";

export interface SceneOptions {
  readonly built: ReadonlyMap<string, BuiltLayer>;
  /** Holds the disk while the machine runs. */
  readonly folder: string;
  readonly memoryMb: number;
  readonly monotonic: () => number;
}

export interface SceneResult {
  readonly name: string;
  readonly stories: ReadonlyMap<string, boolean>;
  /** What the box said, in its own seconds. */
  readonly words: readonly { readonly seconds: number; readonly text: string }[];
  /** Frames that came through, by kind. */
  readonly seen: ReadonlyMap<string, number>;
  readonly strange: readonly string[];
  /** From the start of QEMU to the first frame, and to the end of the scene. */
  readonly wallSecondsToFirstFrame: number | null;
  readonly wallSeconds: number;
  /** Why the scene did not come to its end; null when it did. */
  readonly failure: string | null;
}

// Longer than everything that the witness sends is under way, shorter than anybody's patience.
const watchOnMs = 3000;

/** Boots the box once and judges what it showed. */
export async function bootScene(scene: Scene, options: SceneOptions): Promise<SceneResult> {
  const { folder, monotonic, memoryMb } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const place = (layer: string, file: string) => join(options.built.get(layer)?.folder ?? "", file);
  const disk = await makeTestDisk(place("disk", "disk.img"), folder, scene.history);
  const cables = { inside: new Cable(), outside: new Cable() };
  const witness = new Witness(cables, monotonic);
  await witness.start();
  const startedAt = monotonic();
  let failure: string | null = null;
  const isQuick = scene.form === "quick";
  const machine = new Machine({
    disk,
    direct: isQuick ? await directStart(place, folder, scene.hasSensor) : null,
    uefiVariables: isQuick ? null : await uefiVariables(folder),
    ports: { inside: cables.inside.option("inside"), outside: cables.outside.option("outside") },
    memoryMb,
    monotonic,
  });
  try {
    machine.start();
    await machine.word(scene.ends.word, scene.ends.patienceMs);
    const enoughAt = monotonic() + watchOnMs;
    await machine.until(() => monotonic() >= enoughAt, watchOnMs + 1000, "it was watched for a moment");
  } catch (error) {
    failure = (error as Error).message;
  } finally {
    await machine.close();
    await witness.close();
    await rm(folder, { recursive: true, force: true });
  }
  const firstAt = witness.firstAt();
  return {
    name: scene.name,
    stories: new Map(
      Object.entries(scene.stories).map(([name, isTrue]) => [name, failure === null && isTrue({ machine, witness })]),
    ),
    words: machine.words.map(({ seconds, text }) => ({ seconds, text })),
    seen: new Map([...witness.seen].map(([name, { count }]) => [name, count])),
    strange: witness.strange,
    wallSecondsToFirstFrame: firstAt === null ? null : (firstAt - startedAt) / 1000,
    wallSeconds: (monotonic() - startedAt) / 1000,
    failure,
  };
}

/** Without UEFI, and with an init of the test laid over the root: the kernel takes a second archive behind the first. */
async function directStart(place: (layer: string, file: string) => string, folder: string, hasSensor: boolean) {
  const tree = join(folder, "quick");
  const home = join(tree, "overlay/usr/lib/cordon-quick");
  await mkdir(home, { recursive: true });
  await copyFile(join(import.meta.dirname, "quick-init"), join(home, "init"));
  await packArchive(tree, join(folder, "quick.initramfs"));
  const initramfs = join(folder, "initramfs");
  await writeFile(
    initramfs,
    Buffer.concat([await readFile(place("initramfs", "initramfs")), await readFile(join(folder, "quick.initramfs"))]),
  );
  const commandLine = (await readFile(place("unified-kernel", "command-line"), "utf8")).trim();
  return {
    kernel: place("kernel", "vmlinuz"),
    initramfs,
    commandLine: `${commandLine.replace("console=tty0 ", "")} init=/usr/lib/cordon-quick/init${hasSensor ? " cordon.test=sensor" : ""}`,
  };
}

async function uefiVariables(folder: string): Promise<string> {
  const file = join(folder, "variables.fd");
  await copyFile("/usr/share/OVMF/OVMF_VARS.fd", file);
  return file;
}
