/**
 * Whether the jobs of a pool need workers of several groups, and what it costs to switch between them.
 *
 * @module
 */

/**
 * How many milliseconds a worker is taken to need to start, before one has: 40 to 80 on a machine that is not busy. To end a
 * worker and to start one of another group in its place takes about as long.
 */
const START_MS = 50;

/** After how many jobs of one group in a row others are no longer expected. */
const MAX_RUN = 1_000;

/** Follows the groups of the jobs of a pool. */
export class GroupMix {
  #switchMs = 2 * START_MS;
  #last: string | undefined;
  /** How many jobs of the last group came in a row. */
  #run = MAX_RUN;

  /** For how many milliseconds a group keeps its workers before another one takes their places: twice what that takes. */
  get switchMs(): number {
    return this.#switchMs;
  }

  /** Whether jobs of several groups come. */
  get isMixed(): boolean {
    return this.#run < MAX_RUN;
  }

  /** A job of a group has come. */
  add(group: string): void {
    if (group === this.#last) this.#run++;
    else if (this.#last !== undefined) this.#run = 0;
    this.#last = group;
  }

  /** A worker has started, which took that many milliseconds. */
  started(milliseconds: number): void {
    this.#switchMs = 2 * milliseconds;
  }
}
