/**
 * How many jobs a runner has under way.
 *
 * @module
 */

/** How many milliseconds of work stand in line at each slot, so that a worker is not idle for a round trip. */
const AHEAD_MS = 3;
/** How many jobs that are at most, in all: enough for full speed. What is in the engine's queue has lost its priority. */
const MAX_AHEAD = 400;

/** Measures how long bodies take. */
export class Window {
  /** In milliseconds: the last long one, or a mean of those since. */
  #meanMs = Infinity;

  observe(milliseconds: number): void {
    const isMean = milliseconds <= this.#meanMs && this.#meanMs !== Infinity;
    this.#meanMs = isMean ? (this.#meanMs * 7 + milliseconds) / 8 : milliseconds;
  }

  /** How many jobs are submitted beyond those that have a slot. */
  ahead(slots: number): number {
    if (this.#meanMs > AHEAD_MS) return 0;
    return Math.min(MAX_AHEAD, slots * Math.floor(AHEAD_MS / Math.max(this.#meanMs, 0.001)));
  }
}
