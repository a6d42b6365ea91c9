import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { buildUpTo } from "../build-image.ts";
import type { BuildOptions } from "../build-layers.ts";
import { bootScene, type SceneOptions } from "./boot-scene.ts";
import { enrolmentActs } from "./acts/enrolment.ts";
import { hardeningActs } from "./acts/hardening.ts";
import { portScanActs } from "./acts/port-scan.ts";
import { lostDataActs, powerCutActs } from "./acts/power-cuts.ts";
import { quarantineActs } from "./acts/quarantine.ts";
import { lineCutActs, quietActs, scenarioAct } from "./acts/scenarios.ts";
import { allScenarios } from "../../../sensor/lab/index.ts";
import { ImageError } from "../errors.ts";
import { featuresIn, featureTable, ownFeatures } from "./feature-table.ts";
import { gatewaySystemScene } from "./gateway-system-scene.ts";
import { kernelScene } from "./kernel-scene.ts";
import { officeScene, type OfficeScene } from "./office-scene.ts";
import { describeScene, type SceneResult } from "./scene-result.ts";
import type { Scene } from "./scene.ts";
import { scenes } from "./stories.ts";

/** The last line of `--json`. */
export interface Figures {
  readonly stories: Readonly<Record<string, boolean>>;
  /** On the machine's own clock, from the kernel's start by UEFI, as a box starts; null where it was not reached. */
  readonly bootToForwardingSeconds: number | null;
  /** Until the reader has opened the log group; with systemd where that form was booted. */
  readonly bootToJudgingSeconds: number | null;
  /** The whole image as it is written, empty parts not counted. */
  readonly imageMb: number;
  /** What the box uses while it judges. */
  readonly memoryMb: number | null;
}

/** What every change has to pass. */
const reducedScene: OfficeScene = {
  name: "in the line of an office",
  form: "quick",
  isByToken: true,
  acts: [...enrolmentActs, ...quarantineActs],
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
    acts: [...enrolmentActs, ...hardeningActs, ...portScanActs, ...lineCutActs, ...quarantineActs],
  },
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
  readonly play: (options: SceneOptions) => Promise<SceneResult>;
}

/**
 * Boots the image in every scene. The one that is timed comes first and alone. Then there are two stages, for an emulated
 * machine keeps one processor busy; whichever is free takes the next scene, and the long ones come first.
 */
export async function testImage(
  options: TestOptions,
): Promise<{ readonly figures: Figures; readonly isPassed: boolean }> {
  const built = await buildUpTo("disk", options);
  const folders = join(options.cache, "..");
  await removeLeftovers(folders);
  const folder = join(folders, `test-${process.pid}`);
  const isWanted = ({ name }: Play) => options.only.length === 0 || options.only.includes(name);
  const all = playsOf(options);
  const timed = all.timed.filter(isWanted);
  const others = all.others.filter(isWanted);
  const unknown = options.only.filter((wanted) => ![...timed, ...others].some(({ name }) => name === wanted));
  if (unknown.length > 0) throw new ImageError("scene-unknown", `there is no scene "${unknown.join('", "')}"`);
  const playAll = async (plays: Play[], stage: number): Promise<SceneResult[]> => {
    const sceneOptions = { built, folder: join(folder, `${stage}`), memoryMb: 1024, monotonic: options.monotonic };
    const results: SceneResult[] = [];
    for (let next = plays.shift(); next !== undefined; next = plays.shift()) {
      const { name, play } = next;
      const result = await play(sceneOptions);
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
  const words = (timedResults.length > 0 ? timedResults : results).flatMap((result) => result.words);
  const secondsOf = (...beginnings: string[]) => {
    const seconds = words.flatMap((word) =>
      beginnings.some((beginning) => word.text.startsWith(beginning)) ? [word.seconds] : [],
    );
    return seconds.length > 0 ? Math.max(...seconds) : null;
  };
  const memoryMb = results.map((result) => result.memoryMb).find((figure) => figure !== null) ?? null;
  const { blocks } = await stat(join(built.get("disk")?.folder ?? "", "disk.img"));
  return {
    figures: {
      stories,
      bootToForwardingSeconds: secondsOf("forwarding"),
      bootToJudgingSeconds: secondsOf("judging", "quick judging"),
      imageMb: Math.round((blocks * 512) / 1e6),
      memoryMb,
    },
    isPassed: Object.values(stories).every(Boolean) && results.every((result) => result.failure === null),
  };
}

function playsOf({ extent, kernelTests = [] }: TestOptions): {
  readonly timed: Play[];
  readonly others: Play[];
} {
  const office = (scene: OfficeScene): Play => ({ name: scene.name, play: (options) => officeScene(scene, options) });
  if (extent === "reduced") return { timed: [], others: [office(reducedScene)] };
  if (extent === "scenarios") return { timed: [], others: scenarioScenes.map(office) };
  if (extent === "kernel") {
    const name = "the kernel tests on the box's kernel";
    return { timed: [], others: [{ name, play: (options) => kernelScene(name, { ...options, kernelTests }) }] };
  }
  const boot = (scene: Scene): Play => ({ name: scene.name, play: (options) => bootScene(scene, options) });
  const isTimed = ({ form }: Scene) => form === "full";
  const gateway = "as the gateway of a repair network, by UEFI, with systemd";
  return {
    timed: scenes.filter(isTimed).map(boot),
    others: [
      ...officeScenes.map(office),
      { name: gateway, play: (options) => gatewaySystemScene(gateway, options) },
      ...scenes.filter((scene) => !isTimed(scene)).map(boot),
    ],
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
