/** How many boots of a sensor are remembered: a second box that tries to stay is back within one of them. */
const remembered = 8;

/**
 * Who speaks as a sensor, by the boot ids it gives. Each start of a box has a new one, and none ever comes back: where one
 * does, after another was heard, two boxes have the same key.
 */
export class BootTrail {
  readonly #bootsBySensor = new Map<string, string[]>();

  /** Notes a boot that has connected; true where it was followed by another one before. */
  isBack(sensorId: string, bootId: string): boolean {
    const boots = this.#bootsBySensor.get(sensorId) ?? [];
    if (boots.at(-1) === bootId) return false;
    const isBack = boots.includes(bootId);
    const others = boots.filter((boot) => boot !== bootId);
    this.#bootsBySensor.set(sensorId, [...others, bootId].slice(-remembered));
    return isBack;
  }
}
