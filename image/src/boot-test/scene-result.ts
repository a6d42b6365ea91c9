import type { BootWord } from "./boot-words.ts";

/** What a scene has shown. */
export interface SceneResult {
  readonly name: string;
  /** Whether it was started as a box starts: by UEFI, with systemd. */
  readonly isFull: boolean;
  readonly stories: ReadonlyMap<string, boolean>;
  /** What the box said, in its own seconds; of all its boots, one after the other. */
  readonly words: readonly BootWord[];
  /** Sentences for whoever reads the report. */
  readonly notes: readonly string[];
  /** What the box used while it judged, whatever the kernel could give back left out; null where nobody looked. */
  readonly memoryMb: number | null;
  /** What the box wrote to its disk, reckoned from the time that somebody counted; null or absent where nobody did. */
  readonly bytesWrittenPerHour?: number | null;
  readonly wallSeconds: number;
  /** Why the scene did not come to its end; null when it did. */
  readonly failure: string | null;
}

/** The report's lines on a scene. */
export function describeScene(result: SceneResult): string[] {
  return [
    ...result.words.map(({ seconds, text }) => `${seconds.toFixed(2).padStart(6)} s  ${text}`),
    ...result.notes,
    `${result.wallSeconds.toFixed(1)} s in all (this machine's time)`,
    ...[...result.stories].map(([name, isTrue]) => `${isTrue ? "✔" : "✖"} ${name}`),
    ...(result.failure === null ? [] : [`it did not come to its end: ${result.failure}`]),
  ];
}
