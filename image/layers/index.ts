import type { Board, BoardName } from "../src/board.ts";
import type { Layer } from "../src/layer.ts";
import { pc } from "./boards/pc.ts";
import { pi } from "./boards/pi.ts";
import { initramfs } from "./initramfs.ts";
import { bootPackages, kernel } from "./kernel.ts";
import { centre, runtime, sensor } from "./programs.ts";
import { root } from "./root.ts";

export const boards: Readonly<Record<BoardName, Board>> = { pc, pi };

/** The layers of a board's image, each after those it needs. */
export function layersOf(board: Board): readonly Layer[] {
  return [
    bootPackages(board),
    kernel(board),
    ...board.system.layers,
    runtime(board),
    ...board.sensor.needs,
    sensor(board),
    centre(board),
    root(board),
    initramfs(board),
    board.start,
    board.disk,
  ];
}
