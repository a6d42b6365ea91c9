import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BoardName } from "../board.ts";
import { buildUpTo } from "../build-image.ts";
import type { BuildOptions, BuiltLayer } from "../build-layers.ts";
import type { BootWord } from "./boot-words.ts";
import { bootScene, type SceneOptions } from "./boot-scene.ts";
import { atBoxActs } from "./acts/at-box.ts";
import { diskWritesAround } from "./acts/disk-writes.ts";
import { enrolmentActs } from "./acts/enrolment.ts";
import { hardeningActs } from "./acts/hardening.ts";
import { portScanActs } from "./acts/port-scan.ts";
import { lostDataActs, powerCutActs } from "./acts/power-cuts.ts";
import { quarantineActs } from "./acts/quarantine.ts";
import { lineCutActs, quietActs, scenarioAct } from "./acts/scenarios.ts";
import { allScenarios } from "../../../sensor/lab/index.ts";
import { wipeActs } from "./acts/wipe.ts";
import { ImageError } from "../errors.ts";
import { featuresIn, featureTable, ownFeatures } from "./feature-table.ts";
import { gatewaySystemScene } from "./gateway-system-scene.ts";
import { kernelScene } from "./kernel-scene.ts";
import { officeScene, type OfficeScene } from "./office-scene.ts";
import { piScenes } from "./pi-scenes.ts";
import { describeScene, type SceneResult } from "./scene-result.ts";
import type { Scene } from "./scene.ts";
import { scenes } from "./stories.ts";
import { updateScene } from "./update-scene.ts";
import { updateScenes } from "./update-scenes.ts";

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

/** What every change has to pass. */
const reducedScene: OfficeScene = {
  name: "in the line of an office",
  form: "quick",
  isByToken: true,
  acts: [...enrolmentActs, ...diskWritesAround(quarantineActs)],
};

/** The end of a job. */
const wipeScene: OfficeScene = {
  name: "told to forget its site, by UEFI and with systemd",
  form: "full",
  isByToken: true,
  acts: [...enrolmentActs, ...wipeActs],
};

const officeScenes: readonly OfficeScene[] = [
  {
    ...reducedScene,
    // A box that has lost its data has lost its key, and its token was used.
    isByToken: false,
    acts: [...enrolmentActs, ...quietActs, ...quarantineActs, ...powerCutActs, ...lostDataActs],
  },
  {
    name: "in the line of an office, by UEFI and with systemd",
    form: "full",
    isByToken: true,
    acts: [
      ...enrolmentActs,
      ...hardeningActs,
      ...diskWritesAround([...portScanActs, ...lineCutActs, ...quarantineActs]),
    ],
  },
  wipeScene,
  { name: "at its own pages, by UEFI and with systemd", form: "full", isByToken: true, acts: atBoxActs },
];

/** The lab's scenarios that say what is to come of them, an office and a boot for each. */
const scenarioScenes: readonly OfficeScene[] = allScenarios
  .filter(({ expected }) => expected !== undefined)
  .map((scenario) => ({
    name: scenario.name,
    form: "quick",
    seed: 8,
    acts: [...enrolmentActs, scenarioAct(scenario)],
  }));

/**
 * What to play: one boot with the quarantine, for every change; the kernel tests on the box's kernel; the lab's scenarios on
 * it; or all other scenes.
 */
export type Extent = "reduced" | "kernel" | "scenarios" | "full";

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

/** One scene that can be played. */
interface Play {
  readonly name: string;
  readonly board: BoardName;
  readonly play: (options: SceneOptions) => Promise<SceneResult>;
}

/**
 * Boots the image in every scene. The one that is timed comes first and alone. Then there are two stages, for an emulated
 * machine keeps one processor busy; whichever is free takes the next scene, and the long ones come first.
 */
export async function testImage(
  options: TestOptions,
): Promise<{ readonly figures: Figures; readonly isPassed: boolean }> {
  const builtOf = new Map<BoardName, ReadonlyMap<string, BuiltLayer>>();
  for (const board of options.boards) builtOf.set(board, await buildUpTo("disk", board, options));
  const folders = options.cache;
  await removeLeftovers(folders);
  const folder = join(folders, `test-${process.pid}`);
  const isWanted = ({ name }: Play) => options.only.length === 0 || options.only.includes(name);
  const all = playsOf(options);
  const timed = all.timed.filter(isWanted);
  const others = all.others.filter(isWanted);
  const unknown = options.only.filter((wanted) => ![...timed, ...others].some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new ImageError("scene-unknown", `there is no scene "${unknown.join('", "')}"`);
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
  const timedResults = await playAll(timed, 0);
  const played = await Promise.allSettled([0, 1].map((stage) => playAll(others, stage)));
  const otherResults = played.flatMap((stage) => {
    if (stage.status === "rejected") throw stage.reason;
    return stage.value;
  });
  const results = [...timedResults, ...otherResults];
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
  const nameOf = new Map([...all.timed, ...all.others].map(({ name, board }) => [name, board]));
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
  const [main = "pc"] = options.boards;
  return {
    figures: {
      stories,
      ...(await timesOf(main)),
      memoryMb,
      bytesWrittenPerHour,
      pi: options.boards.includes("pi") ? await timesOf("pi") : null,
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

interface Plays {
  readonly timed: Play[];
  readonly others: Play[];
}

function playsOf({ boards, extent, kernelTests = [] }: TestOptions): Plays {
  const plays: Readonly<Record<BoardName, Plays>> = {
    pc: playsOfPc(extent, kernelTests),
    // Its kernel and its start are what another image has not; the rest is one and the same code.
    pi: extent === "full" ? playsOfPi() : { timed: [], others: [] },
  };
  const chosen = boards.map((board) => plays[board]);
  const whole = { timed: chosen.flatMap(({ timed }) => timed), others: chosen.flatMap(({ others }) => others) };
  if (whole.timed.length + whole.others.length > 0) return whole;
  throw new ImageError("scene-unknown", `nothing of this form is played for ${boards.join(", ")}`);
}

function playsOfPc(extent: Extent, kernelTests: readonly string[]): Plays {
  const board = "pc";
  const office = (scene: OfficeScene): Play => ({
    name: scene.name,
    board,
    play: (options) => officeScene(scene, options),
  });
  if (extent === "reduced") return { timed: [], others: [office(reducedScene)] };
  if (extent === "scenarios") return { timed: [], others: scenarioScenes.map(office) };
  if (extent === "kernel") {
    const name = "the kernel tests on the box's kernel";
    return { timed: [], others: [{ name, board, play: (options) => kernelScene(name, { ...options, kernelTests }) }] };
  }
  const gateway = "as the gateway of a repair network, by UEFI, with systemd";
  const { timed, others } = playsOfScenes(board, scenes);
  return {
    timed,
    others: [
      ...officeScenes.map(office),
      { name: gateway, board, play: (options) => gatewaySystemScene(gateway, options) },
      ...updatesOf(board),
      ...others,
    ],
  };
}

function playsOfPi(): Plays {
  const { timed, others } = playsOfScenes("pi", piScenes);
  return { timed, others: [...updatesOf("pi"), ...others] };
}

function updatesOf(board: BoardName): readonly Play[] {
  return updateScenes
    .filter((scene) => scene.board === board)
    .map((scene) => ({ name: scene.name, board, play: (options) => updateScene(scene, options) }));
}

/** Those in which a box starts as it does at a client's are timed. */
function playsOfScenes(board: BoardName, ofBoard: readonly Scene[]): Plays {
  const boot = (scene: Scene): Play => ({ name: scene.name, board, play: (options) => bootScene(scene, options) });
  const isTimed = ({ form }: Scene) => form === "full";
  return {
    timed: ofBoard.filter(isTimed).map(boot),
    others: ofBoard.filter((scene) => !isTimed(scene)).map(boot),
  };
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
