export interface BenchOptions {
  /** Packets, messages or whatever the bench counts, in each of its inputs; absent: the bench's own choice. */
  readonly packets?: number;
  /** How often each input is run; the median counts. */
  readonly runs: number;
  /** Rounds in which everything that is compared is measured once, interleaved; absent: the bench's own choice. */
  readonly pairs?: number;
  /** The root of the system that rivals are taken from, to be measured beside us; absent: they are not. */
  readonly rivals?: string;
  /** The smallest form: shows that the bench works, and measures nothing worth keeping. */
  readonly isQuick: boolean;
  /** A line on what goes on, for people. */
  readonly progress: (line: string) => void;
}

/** Null: could not be measured; the reason stands beside it. */
export type Figure = number | string | null | { readonly [name: string]: Figure };

/** What a bench measured. */
export interface BenchResult {
  /** For people: a heading, then rows. */
  readonly table: readonly (readonly string[])[];
  /** For people: sentences below the table. */
  readonly remarks?: readonly string[];
  /** For programs: camelCase names with units. */
  readonly figures: Readonly<Record<string, Figure>>;
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>;
