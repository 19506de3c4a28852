/**
 * Long work in slices, between which other work gets its turn.
 *
 * @module
 */

import { runDetached } from "../core/run_detached.ts";

/** For how long a slice lasts, in milliseconds. */
export const SLICE_MS = 10;

/** Divides a loop into slices. */
export class Slices {
  #end = performance.now() + SLICE_MS;

  /**
   * Called before each round of the loop: the next slice begins if this one has ended. By a timer, as the event loop would not
   * look for input between callbacks of `setImmediate()`.
   */
  async next(): Promise<void> {
    if (performance.now() < this.#end) return;
    await new Promise<void>((resolve) => runDetached(() => setTimeout(resolve)));
    this.#end = performance.now() + SLICE_MS;
  }
}
