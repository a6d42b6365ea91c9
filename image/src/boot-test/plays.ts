import type { BoardName } from "../board.ts";
import { ImageError } from "../errors.ts";
import { bootScene, type SceneOptions } from "./boot-scene.ts";
import { gatewaySystemScene } from "./gateway-system-scene.ts";
import { kernelScene } from "./kernel-scene.ts";
import { officeScene, type OfficeScene } from "./office-scene.ts";
import { cardOfficeScenes, officeScenes, reducedScene, scenarioScenes, shippingScene } from "./office-scenes.ts";
import { piScenes } from "./pi-scenes.ts";
import type { SceneResult } from "./scene-result.ts";
import type { Scene } from "./scene.ts";
import { scenes } from "./stories.ts";
import { updateScene } from "./update-scene.ts";
import { updateScenes } from "./update-scenes.ts";

/**
 * What to play: one boot with the quarantine, for every change; the kernel tests on the box's kernel; the lab's scenarios on
 * it; or all other scenes.
 */
export type Extent = "reduced" | "kernel" | "scenarios" | "full";

/** One scene that can be played. */
export interface Play {
  readonly name: string;
  readonly board: BoardName;
  readonly play: (options: SceneOptions) => Promise<SceneResult>;
}

interface Plays {
  readonly timed: Play[];
  readonly others: Play[];
  /** Only where they are named. */
  readonly apart: Play[];
}

interface PlayWish {
  readonly boards: readonly BoardName[];
  readonly extent: Extent;
  /** Parts of names of kernel tests. */
  readonly kernelTests?: readonly string[];
}

/** What there is to play. Throws `scene-unknown` where that is nothing. */
export function playsOf({ boards, extent, kernelTests = [] }: PlayWish): Plays {
  const plays: Readonly<Record<BoardName, Plays>> = {
    pc: playsOfPc(extent, kernelTests),
    // Its kernel and its start are what another image has not; the rest is one and the same code.
    pi: extent === "full" ? playsOfPi() : { timed: [], others: [], apart: [] },
  };
  const chosen = boards.map((board) => plays[board]);
  const whole = {
    timed: chosen.flatMap(({ timed }) => timed),
    others: chosen.flatMap(({ others }) => others),
    apart: chosen.flatMap(({ apart }) => apart),
  };
  if (whole.timed.length + whole.others.length > 0) return whole;
  throw new ImageError("scene-unknown", `nothing of this form is played for ${boards.join(", ")}`);
}

const office = (scene: OfficeScene): Play => ({
  name: scene.name,
  board: scene.board ?? "pc",
  play: (options) => officeScene(scene, options),
});

function playsOfPc(extent: Extent, kernelTests: readonly string[]): Plays {
  const board = "pc";
  if (extent === "reduced") return { timed: [], others: [office(reducedScene)], apart: [] };
  if (extent === "scenarios") return { timed: [], others: scenarioScenes.map(office), apart: [] };
  if (extent === "kernel") {
    const name = "the kernel tests on the box's kernel";
    const play: Play = { name, board, play: (options) => kernelScene(name, { ...options, kernelTests }) };
    return { timed: [], others: [play], apart: [] };
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
    apart: [office(shippingScene)],
  };
}

function playsOfPi(): Plays {
  const { timed, others } = playsOfScenes("pi", piScenes);
  return { timed, others: [...cardOfficeScenes.map(office), ...updatesOf("pi"), ...others], apart: [] };
}

function updatesOf(board: BoardName): readonly Play[] {
  return updateScenes
    .filter((scene) => scene.board === board)
    .map((scene) => ({ name: scene.name, board, play: (options) => updateScene(scene, options) }));
}

/** Those in which a box starts as it does at a client's are timed. */
function playsOfScenes(board: BoardName, ofBoard: readonly Scene[]): Pick<Plays, "timed" | "others"> {
  const boot = (scene: Scene): Play => ({ name: scene.name, board, play: (options) => bootScene(scene, options) });
  const isTimed = ({ form }: Scene) => form === "full";
  return {
    timed: ofBoard.filter(isTimed).map(boot),
    others: ofBoard.filter((scene) => !isTimed(scene)).map(boot),
  };
}
