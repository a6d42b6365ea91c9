/** What the initramfs says on the console. */
export interface BootWord {
  /** Seconds since the kernel began, on the machine's own clock. */
  readonly seconds: number;
  readonly text: string;
  /** When we read it, monotonic milliseconds. */
  readonly at: number;
}

/** Takes the words out of one line of the console; null for a line that is none of ours. */
export function bootWordIn(line: string, at: number): BootWord | null {
  const [, seconds, text] = /cordon: (\d+\.\d+) (.+?)\r?$/.exec(line) ?? [];
  return seconds === undefined || text === undefined ? null : { seconds: Number(seconds), text, at };
}
