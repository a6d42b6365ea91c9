/** How often within which time before it is no accident. */
const returnsToTell = 5;
const withinMs = 5 * 60_000;
/** How long it is said after the last. */
const saidForMs = 10 * 60_000;

/**
 * Whether somebody else with this box's key takes its place at the controller by turns. MQTT 3.1.1 does not say why a connection
 * ends [MQTT-3.1.4-2]; but a controller that stops, or a line that breaks, does not let the box in again at its first attempt, time after time.
 */
export class Contest {
  #returns: readonly number[] = [];
  #toldAt: number | null = null;
  #isEnded = false;

  /** A connection that stood is over. @param byOther whether the other end ended it */
  ended(byOther: boolean): void {
    this.#isEnded = byOther;
  }

  /**
   * A connection stands.
   *
   * @param attempts since the one before
   * @param now epoch milliseconds
   */
  stands(attempts: number, now: number): void {
    if (!this.#isEnded || attempts !== 1) return;
    this.#isEnded = false;
    // By a clock that may jump.
    const recent = this.#returns.filter((at) => Math.abs(now - at) < withinMs);
    this.#returns = [...recent, now].slice(-returnsToTell);
    if (this.#returns.length === returnsToTell) this.#toldAt = now;
  }

  isOn(now: number): boolean {
    return this.#toldAt !== null && Math.abs(now - this.#toldAt) < saidForMs;
  }
}
