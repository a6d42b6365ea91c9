/**
 * How deep what others send may nest; nothing of ours comes near it. Whatever is deeper may be read and no longer be written: who reads
 * JSON has no bound, who writes it has that of the stack.
 */
export const maxDepth = 64;

/** Whether a value that came as JSON nests deeper than that. */
export function isTooDeep(value: unknown, left: number = maxDepth): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (left === 0) return true;
  for (const each of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    if (isTooDeep(each, left - 1)) return true;
  }
  return false;
}
