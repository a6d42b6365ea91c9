import type { BoardName } from "../board.ts";
import { ImageError } from "../errors.ts";
import { bootScene, type SceneOptions } from "./boot-scene.ts";
import { gatewaySystemScene } from "./gateway-system-scene.ts";
import { kernelScene } from "./kernel-scene.ts";
import { officeScene, type OfficeScene } from "./office-scene.ts";
import {
  cardOfficeScenes,
  hardOfficeScenes,
  officeScenes,
  reducedScene,
  scenarioScenes,
  shippingScene,
} from "./office-scenes.ts";
import { hardPiScenes, pi3Scene, timedPiScene } from "./pi-scenes.ts";
import type { SceneResult } from "./scene-result.ts";
import type { Scene } from "./scene.ts";
import { scenes, timedScene } from "./stories.ts";
import { updateScene, type UpdateScene } from "./update-scene.ts";
import { updateScenes } from "./update-scenes.ts";

/**
 * What to play: one boot with the quarantine, for every change; the kernel tests on the box's kernel; the lab's scenarios on
 * it; what a box meets seldom (damage, power cuts, updates, the end of its job); or each of its placements as it is at a client's.
 */
export type Extent = "reduced" | "kernel" | "scenarios" | "hard" | "full";

/** One scene that can be played. */
export interface Play {
  readonly name: string;
  readonly board: BoardName;
  readonly play: (options: SceneOptions) => Promise<SceneResult>;
}

interface Plays {
  /** Before all others, with a processor each. */
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
    pi: playsOfPi(extent),
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

const boot =
  (board: BoardName) =>
  (scene: Scene): Play => ({
    name: scene.name,
    board,
    play: (options) => bootScene(scene, options),
  });

const update = (scene: UpdateScene): Play => ({
  name: scene.name,
  board: scene.board,
  play: (options) => updateScene(scene, options),
});

function playsOfPc(extent: Extent, kernelTests: readonly string[]): Plays {
  const board = "pc";
  const gateway = "as the gateway of a repair network, by UEFI, with systemd";
  const kernel = "the kernel tests on the box's kernel";
  const hard = [
    ...hardOfficeScenes.map(office),
    { name: gateway, board, play: (options) => gatewaySystemScene(gateway, options) } satisfies Play,
    ...updateScenes.filter((scene) => scene.board === board).map(update),
    ...scenes.map(boot(board)),
  ];
  switch (extent) {
    case "reduced":
      return { timed: [], others: [office(reducedScene)], apart: [] };
    case "scenarios":
      return { timed: [], others: scenarioScenes.map(office), apart: [] };
    case "kernel":
      return {
        timed: [],
        others: [{ name: kernel, board, play: (options) => kernelScene(kernel, { ...options, kernelTests }) }],
        apart: [],
      };
    case "hard":
      return { timed: [], others: hard, apart: [office(shippingScene)] };
    case "full":
      return {
        timed: [boot(board)(timedScene)],
        others: officeScenes.map(office),
        apart: [...hard, office(reducedScene), office(shippingScene)],
      };
  }
}

function playsOfPi(extent: Extent): Plays {
  const board = "pi";
  const hard = [...updateScenes.filter((scene) => scene.board === board).map(update), ...hardPiScenes.map(boot(board))];
  if (extent === "hard") return { timed: [], others: hard, apart: [] };
  if (extent !== "full") return { timed: [], others: [], apart: [] };
  return {
    timed: [boot(board)(timedPiScene)],
    others: [...cardOfficeScenes.map(office), boot(board)(pi3Scene)],
    apart: hard,
  };
}
