/** The word that was meant, where one is near: a letter more, less, wrong, or two that changed places. Null where none is. */
export function nearMiss(written: string, known: readonly string[]): string | null {
  const near = known
    .map((word) => ({ word, steps: stepsBetween(written.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, steps }) => steps <= Math.max(1, Math.floor(word.length / 3)))
    .toSorted((a, b) => a.steps - b.steps);
  return near[0]?.word ?? null;
}

/** Damerau and Levenshtein's distance, each letter moved once at most. */
function stepsBetween(a: string, b: string): number {
  let older: number[] = [];
  let before = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let steps = Math.min(
        (before[column] ?? 0) + 1,
        (now[column - 1] ?? 0) + 1,
        (before[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) steps = Math.min(steps, (older[column - 2] ?? 0) + 1);
      now.push(steps);
    }
    older = before;
    before = now;
  }
  return before[b.length] ?? 0;
}
