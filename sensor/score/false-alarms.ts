import { contactRows, thresholds, addressScan } from "../src/evidence/likelihoods.ts";

/** How likely one innocent host is accused by the walk over the ports of worms within a day. */
export interface FalseAlarmRow {
  /** Share of its first contacts that fail. */
  readonly failingShare: number;
  readonly suspect: number;
  readonly infected: number;
  /** The same where all contacts of the day come at once, so that no time forgets anything. */
  readonly infectedAtOnce: number;
}

/** Shares that are printed: from a quiet office to one in which every third machine is off. */
export const failingShares: readonly number[] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4];

const workingDayMs = 8 * 3_600_000;

/** Steps of the walk's scale that a miss is long: so fine that what time forgets between two contacts is a whole number. */
const stepsPerMiss = 100;

/**
 * By a Markov chain whose states are the walk's levels: a miss leads up, an answer down to the floor, time towards zero;
 * a bound is never left. Exact but for rounding what time forgets, which is rounded down.
 *
 * @param contactsPerDay first contacts of a host on ports of worms, spread over the working day
 */
export function falseAlarmsOf(failingShare: number, contactsPerDay: number): FalseAlarmRow {
  const pauseMs = workingDayMs / contactsPerDay;
  const forgotten = Math.floor((stepsPerMiss * pauseMs) / addressScan.forgetOneMissMs);
  const chance = (threshold: number, forget: number): number =>
    reaches(threshold, { failingShare, contacts: contactsPerDay, forget });
  return {
    failingShare,
    suspect: chance(thresholds.suspect, forgotten),
    infected: chance(thresholds.infected, forgotten),
    infectedAtOnce: chance(thresholds.infected, 0),
  };
}

interface Day {
  readonly failingShare: number;
  readonly contacts: number;
  /** Steps towards zero before each contact. */
  readonly forget: number;
}

function reaches(threshold: number, { failingShare, contacts, forget }: Day): number {
  const { miss, answer } = contactRows.propagationStranger;
  const steps = (weight: number): number => Math.round((weight / miss) * stepsPerMiss);
  // The walk's scale is finer than a miss: a bound is reached with the miss that passes it.
  const bound = Math.ceil(threshold / miss - 1e-9) * stepsPerMiss;
  const floor = steps(addressScan.floor);
  const down = steps(answer);
  let chances = new Float64Array(bound - floor + 1);
  chances[-floor] = 1;
  for (let contact = 0; contact < contacts; contact += 1) {
    const next = new Float64Array(chances.length);
    for (const [state, chance] of chances.entries()) {
      if (chance === 0) continue;
      if (state === chances.length - 1) {
        next[state] = (next[state] ?? 0) + chance;
        continue;
      }
      const level = state + floor;
      const left = level > 0 ? Math.max(0, level - forget) : Math.min(0, level + forget);
      const up = Math.min(bound, left + stepsPerMiss) - floor;
      const answered = Math.max(floor, left + down) - floor;
      next[up] = (next[up] ?? 0) + chance * failingShare;
      next[answered] = (next[answered] ?? 0) + chance * (1 - failingShare);
    }
    chances = next;
  }
  return chances.at(-1) ?? 0;
}
