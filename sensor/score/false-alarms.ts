import { contactRows, thresholds, addressScan } from "../src/evidence/likelihoods.ts";

/** How likely one innocent host is accused by the walk over the ports of worms within a day. */
export interface FalseAlarmRow {
  /** Share of its first contacts that fail. */
  readonly failingShare: number;
  readonly suspect: number;
  readonly infected: number;
}

/** Shares that are printed: from a quiet office to one in which every third machine is off. */
export const failingShares: readonly number[] = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4];

/**
 * Exact, by a Markov chain whose states are the walk's levels: a miss leads one up, an answer one down
 * to the floor, a bound is never left. What time forgets is left out, so the truth is smaller.
 *
 * @param contactsPerDay first contacts of a host on ports of worms
 */
export function falseAlarmsOf(failingShare: number, contactsPerDay: number): FalseAlarmRow {
  return {
    failingShare,
    suspect: reaches(thresholds.suspect, failingShare, contactsPerDay),
    infected: reaches(thresholds.infected, failingShare, contactsPerDay),
  };
}

function reaches(threshold: number, failingShare: number, contacts: number): number {
  const { miss } = contactRows.propagationStranger;
  const bound = Math.ceil(threshold / miss - 1e-9);
  const floor = Math.trunc(addressScan.floor / miss);
  const states = bound - floor + 1;
  let chances = new Float64Array(states);
  chances[-floor] = 1;
  for (let step = 0; step < contacts; step += 1) {
    const next = new Float64Array(states);
    for (let state = 0; state < states - 1; state += 1) {
      const chance = chances[state] ?? 0;
      next[state + 1] = (next[state + 1] ?? 0) + chance * failingShare;
      const down = Math.max(0, state - 1);
      next[down] = (next[down] ?? 0) + chance * (1 - failingShare);
    }
    next[states - 1] = (next[states - 1] ?? 0) + (chances[states - 1] ?? 0);
    chances = next;
  }
  return chances[states - 1] ?? 0;
}
