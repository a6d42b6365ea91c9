export interface BenchOptions {
  /** Packets, messages or whatever the bench counts, in each of its inputs; absent: the bench's own choice. */
  readonly packets?: number;
  /** How often each input is run; the median counts. */
  readonly runs: number;
  /** A line on what goes on, for people. */
  readonly progress: (line: string) => void;
}

/** What a bench measured. */
export interface BenchResult {
  /** For people: a heading, then rows. */
  readonly table: readonly (readonly string[])[];
  /** For programs: camelCase names with units. */
  readonly figures: Readonly<Record<string, number>>;
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>;
