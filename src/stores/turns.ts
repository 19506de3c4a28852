/**
 * Doing one thing after the other.
 *
 * @module
 */

/** A queue of jobs, of which each starts when those before it are over, however they ended. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Does a job when its turn comes. */
  take<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(job);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
