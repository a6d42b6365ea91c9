import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BoardName } from "../board.ts";
import { buildUpTo } from "../build-image.ts";
import type { BuildOptions, BuiltLayer } from "../build-layers.ts";
import type { BootWord } from "./boot-words.ts";
import { ImageError } from "../errors.ts";
import { featuresIn, featureTable, ownFeatures } from "./feature-table.ts";
import { playsOf, type Extent, type Play } from "./plays.ts";
import { describeScene, type SceneResult } from "./scene-result.ts";

/** The last line of `--json`. */
export interface Figures {
  readonly stories: Readonly<Record<string, boolean>>;
  /** On the machine's own clock, from the kernel's start by UEFI, as a box starts; null where it was not reached. */
  readonly bootToForwardingSeconds: number | null;
  /** Until the reader has opened the log group; with systemd where that form was booted. */
  readonly bootToJudgingSeconds: number | null;
  /** The whole image as it is written, empty parts not counted. */
  readonly imageMb: number;
  /** The same of the card for a Raspberry Pi, from the start of its kernel on an emulated Cortex-A72; null where it was not booted. */
  readonly pi: Pick<Figures, "bootToForwardingSeconds" | "bootToJudgingSeconds" | "imageMb"> | null;
  /** What the box uses while it judges. */
  readonly memoryMb: number | null;
  /** What all of the box writes to its disk in an hour, reckoned from the minutes that a scene lasts, which its notes name. */
  readonly bytesWrittenPerHour: number | null;
}

export interface TestOptions extends BuildOptions {
  /** Whose images are booted. */
  readonly boards: readonly BoardName[];
  readonly extent: Extent;
  /** Names of scenes to play alone; none: all. */
  readonly only: readonly string[];
  /** Parts of names of kernel tests to play alone; absent or none: all. */
  readonly kernelTests?: readonly string[];
  readonly print: (line: string) => void;
}

/**
 * Boots the image in every scene, on two stages, for an emulated machine keeps one processor busy; whichever is free takes the
 * next scene, and the long ones come first. Those that are timed come before all others, which keep more than a processor busy.
 */
export async function testImage(
  options: TestOptions,
): Promise<{ readonly figures: Figures; readonly isPassed: boolean }> {
  const isNamed = ({ name }: Play) => options.only.includes(name);
  const isWanted = (play: Play) => options.only.length === 0 || isNamed(play);
  const all = playsOf(options);
  const timed = all.timed.filter(isWanted);
  const others = [...all.others.filter(isWanted), ...all.apart.filter(isNamed)];
  const unknown = options.only.filter((wanted) => ![...timed, ...others].some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new ImageError("scene-unknown", `there is no scene "${unknown.join('", "')}"`);
  const builtOf = new Map<BoardName, ReadonlyMap<string, BuiltLayer>>();
  for (const board of options.boards) {
    const isPlayed = [...timed, ...others].some((play) => play.board === board);
    if (isPlayed) builtOf.set(board, await buildUpTo("disk", board, options));
  }
  const folders = options.cache;
  await removeLeftovers(folders);
  const folder = join(folders, `test-${process.pid}`);
  const playAll = async (plays: Play[], stage: number): Promise<SceneResult[]> => {
    const sceneOptions = { folder: join(folder, `${stage}`), memoryMb: 1024, monotonic: options.monotonic };
    const results: SceneResult[] = [];
    for (let next = plays.shift(); next !== undefined; next = plays.shift()) {
      const { name, board, play } = next;
      const result = await play({ ...sceneOptions, built: builtOf.get(board) ?? new Map<string, BuiltLayer>() });
      for (const line of [`${name}:`, ...describeScene(result).map((line) => `  ${line}`)]) options.print(line);
      results.push(result);
    }
    return results;
  };
  const onBothStages = async (plays: Play[]): Promise<SceneResult[]> => {
    const played = await Promise.allSettled([0, 1].map((stage) => playAll(plays, stage)));
    return played.flatMap((stage) => {
      if (stage.status === "rejected") throw stage.reason;
      return stage.value;
    });
  };
  const timedResults = await onBothStages(timed);
  const results = [...timedResults, ...(await onBothStages(others))];
  await rm(folder, { recursive: true, force: true });
  const features = featuresIn(results.flatMap(({ words }) => words));
  if (features.size > 0) {
    for (const line of featureTable(await ownFeatures(options.root), features)) options.print(line);
  }
  // Scenes share stories: one that was not true in each of them was not true.
  const stories: Record<string, boolean> = {};
  for (const [name, isTrue] of results.flatMap((result) => [...result.stories])) {
    stories[name] = (stories[name] ?? true) && isTrue;
  }
  // As a box starts, with the emulator for itself, where it was started so; the slowest of those boots.
  const nameOf = new Map([...all.timed, ...all.others, ...all.apart].map(({ name, board }) => [name, board]));
  const isOf = (board: BoardName) => (result: SceneResult) => nameOf.get(result.name) === board;
  const timesOf = async (board: BoardName) => {
    const timedOfBoard = timedResults.filter(isOf(board));
    const words = (timedOfBoard.length > 0 ? timedOfBoard : results.filter(isOf(board))).flatMap(
      (result) => result.words,
    );
    const { blocks } = await stat(join(builtOf.get(board)?.get("disk")?.folder ?? "", "disk.img"));
    return {
      bootToForwardingSeconds: slowest(words, "forwarding"),
      bootToJudgingSeconds: slowest(words, "judging", "quick judging"),
      imageMb: Math.round((blocks * 512) / 1e6),
    };
  };
  const memoryMb = results.map((result) => result.memoryMb).find((figure) => figure !== null) ?? null;
  const bytesWrittenPerHour =
    results.map((result) => result.bytesWrittenPerHour ?? null).find((one) => one !== null) ?? null;
  const [main = "pc"] = builtOf.keys();
  return {
    figures: {
      stories,
      ...(await timesOf(main)),
      memoryMb,
      bytesWrittenPerHour,
      pi: builtOf.has("pi") ? await timesOf("pi") : null,
    },
    isPassed: Object.values(stories).every(Boolean) && results.every((result) => result.failure === null),
  };
}

/** The latest that one of these words was said, in seconds since the machine's kernel began; null where none was. */
function slowest(words: readonly BootWord[], ...beginnings: string[]): number | null {
  const seconds = words.flatMap((word) =>
    beginnings.some((beginning) => word.text.startsWith(beginning)) ? [word.seconds] : [],
  );
  return seconds.length > 0 ? Math.max(...seconds) : null;
}

/** Folders of runs that were killed half way: a disk each. */
async function removeLeftovers(folders: string): Promise<void> {
  for (const name of await readdir(folders)) {
    const pid = /^test-(\d+)$/.exec(name)?.[1];
    if (pid === undefined) continue;
    const isRunning = await stat(`/proc/${pid}`).then(
      () => true,
      () => false,
    );
    if (!isRunning) await rm(join(folders, name), { recursive: true, force: true });
  }
}
