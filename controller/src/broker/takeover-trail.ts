/** How often within which time a sensor's live connection is taken over before that is no accident of its line. */
const takeoversToTell = 3;
const withinMs = 10 * 60_000;

/** A box that is connected is heard every two seconds: one that was just heard has lost no line, and has no reason to come again. */
export const liveMs = 5_000;

/**
 * Takes note of connections that were taken over while they were alive. A box does that once in a blue moon, where its line
 * changed under it; two with one key do it to each other all the time, whatever they say or keep to themselves.
 */
export class TakeoverTrail {
  readonly #timesBySensor = new Map<string, readonly number[]>();

  /**
   * Notes one; true where there were so many that two have the same key.
   *
   * @param now epoch milliseconds
   */
  isContested(sensorId: string, now: number): boolean {
    const before = this.#timesBySensor.get(sensorId) ?? [];
    const times = [...before, now].filter((at) => Math.abs(now - at) < withinMs).slice(-takeoversToTell);
    this.#timesBySensor.set(sensorId, times);
    return times.length >= takeoversToTell;
  }
}
