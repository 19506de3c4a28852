/**
 * How many lines an attempt may send to its runner.
 *
 * @module
 */

/** How many lines travel in a second. */
const MAX_LINES = 1_000;
const PERIOD_MS = 1_000;

/** Counts the lines of one attempt: a body that prints without end is not to fill the engine. */
export class LineBudget {
  #left = 0;
  #since = -Infinity;
  /** How many lines were left out since this was set to 0. */
  skipped = 0;

  /**
   * Whether one more line may travel.
   *
   * @param now Milliseconds of `performance.now()`.
   */
  take(now: number): boolean {
    if (now - this.#since >= PERIOD_MS) {
      this.#since = now;
      this.#left = MAX_LINES;
    }
    if (this.#left > 0) {
      this.#left--;
      return true;
    }
    this.skipped++;
    return false;
  }
}
