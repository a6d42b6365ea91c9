// All words of the set-up go to stderr: stdout belongs to the task (`npm run replay -- --json`).

/** An expected end of the set-up: printed as one line, without a stack. */
export class SetUpError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "SetUpError";
  }
}

/** @param {string} line */
export function say(line) {
  process.stderr.write(`cordon: ${line}\n`);
}

/**
 * Says what is being done, does it, and says how long it took.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<T>} work
 */
export async function step(what, work) {
  say(`${what} …`);
  const startedAt = performance.now();
  const result = await work();
  say(`${what}: done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return result;
}
