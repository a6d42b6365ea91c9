/** The judge's word with the box's system, which alone may write to partitions: asks it to forget, and reads what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { readFileIfPresent, writeFileAtomic } from "../record/atomic-file.ts";

/** What the system says it has destroyed, and goes on with. */
export interface SystemReport {
  readonly destroyed: readonly string[];
  readonly left: readonly string[];
  /** What the box runs: its root with hash and slot, its kernel; in the system's own words. */
  readonly runs: readonly string[];
}

export interface SystemSide {
  /** Where the system looks for a signed order, and verifies it anew. */
  readonly orderPath: string;
  /** Where it says what came of it. */
  readonly reportPath: string;
}

// Sixteen megabytes of a slow card, several times over.
const patienceMs = 180_000;
const lookEveryMs = 500;

/** Null where the system has not answered in time, or was not given the order. */
export async function askSystem(
  order: string,
  { orderPath, reportPath }: SystemSide,
  monotonic: () => number,
): Promise<SystemReport | null> {
  // Whoever verifies it has another user, and the group of this folder.
  await writeFileAtomic(orderPath, order, 0o640);
  for (const endsAt = monotonic() + patienceMs; monotonic() < endsAt; await delay(lookEveryMs)) {
    const text = await readFileIfPresent(reportPath);
    if (text !== null) return parseSystemReport(text);
  }
  return null;
}

export function parseSystemReport(text: string): SystemReport {
  const lines = text.split("\n").filter((line) => line !== "");
  const after = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1, 200));
  const known = /^(destroyed|left) /;
  return {
    destroyed: after("destroyed"),
    left: after("left"),
    runs: lines.filter((line) => !known.test(line)).map((line) => line.slice(0, 200)),
  };
}
