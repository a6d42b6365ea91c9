import { stat } from "node:fs/promises";
import { join } from "node:path";
import { buildUpTo } from "../build-image.ts";
import type { BuildOptions } from "../build-layers.ts";
import { bootScene, type SceneResult } from "./boot-scene.ts";
import { scenes } from "./stories.ts";

/** The last line of `--json`. */
export interface Figures {
  readonly stories: Readonly<Record<string, boolean>>;
  /** On the machine's own clock, from the kernel's start; null where it was never reached. */
  readonly bootToForwardingSeconds: number | null;
  /** Until the reader has opened the log group, started without systemd; null where it was never reached. */
  readonly bootToJudgingSeconds: number | null;
  /** The whole image as it is written, empty parts not counted. */
  readonly imageMb: number;
  /** What the box uses after the start, without systemd and sensor. */
  readonly memoryMb: number | null;
}

/** Boots the image in every scene, one after the other. */
export async function testImage(
  options: BuildOptions & { readonly isFull: boolean; readonly print: (line: string) => void },
): Promise<{ readonly figures: Figures; readonly isPassed: boolean }> {
  const built = await buildUpTo("disk", options);
  const results: SceneResult[] = [];
  for (const scene of scenes.filter(({ form }) => options.isFull || form === "quick")) {
    options.print(`${scene.name}:`);
    const folder = join(options.cache, "..", `test-${process.pid}`);
    const result = await bootScene(scene, { built, folder, memoryMb: 1024, monotonic: options.monotonic });
    for (const line of describe(result)) options.print(`  ${line}`);
    results.push(result);
  }
  const stories = Object.fromEntries(results.flatMap((result) => [...result.stories]));
  const first = results[0];
  const wordOf = (beginning: string) => first?.words.find(({ text }) => text.startsWith(beginning));
  const memory = /^quick memory (\d+)/.exec(wordOf("quick memory")?.text ?? "")?.[1];
  const { blocks } = await stat(join(built.get("disk")?.folder ?? "", "disk.img"));
  return {
    figures: {
      stories,
      bootToForwardingSeconds: wordOf("forwarding")?.seconds ?? null,
      bootToJudgingSeconds: wordOf("quick judging")?.seconds ?? null,
      imageMb: Math.round((blocks * 512) / 1e6),
      memoryMb: memory === undefined ? null : Number(memory),
    },
    isPassed: Object.values(stories).every(Boolean),
  };
}

function describe(result: SceneResult): string[] {
  const seen = [...result.seen].map(([name, count]) => `${name} ${count}`).join(", ");
  const first = result.wallSecondsToFirstFrame;
  return [
    ...result.words.map(({ seconds, text }) => `${seconds.toFixed(2).padStart(6)} s  ${text}`),
    `frames that came through: ${seen === "" ? "none" : seen}`,
    ...result.strange.map((frame) => `a frame that nobody sent: ${frame}`),
    `first frame ${first === null ? "never" : `${first.toFixed(1)} s`} after power-on, ${result.wallSeconds.toFixed(1)} s in all (this machine's time)`,
    ...[...result.stories].map(([name, isTrue]) => `${isTrue ? "✔" : "✖"} ${name}`),
    ...(result.failure === null ? [] : [`it did not come to its end: ${result.failure}`]),
  ];
}
