import fc from "fast-check";

/** Something that holds whatever comes. */
export interface Property {
  readonly name: string;
  readonly isHeldBy: fc.IRawProperty<unknown>;
}

/** How long a property is tried: runs, or milliseconds; whichever is over first. */
export interface Effort {
  readonly runs: number;
  readonly ms?: number;
  /** What is drawn; the same for the same seed. */
  readonly seed: number;
}

/** How often it was tried. Throws, with what broke it and how to see that again, where it does not hold. */
export async function tryProperty({ isHeldBy }: Property, { runs, ms, seed }: Effort): Promise<number> {
  const details = await fc.check(isHeldBy as fc.IAsyncProperty<unknown>, {
    numRuns: runs,
    seed,
    ...(ms === undefined ? {} : { interruptAfterTimeLimit: ms }),
  });
  if (details.failed) throw new Error(fc.defaultReportMessage(details) ?? "it does not hold");
  return details.numRuns;
}
