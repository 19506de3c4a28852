/**
 * Running one job after the other.
 *
 * @module
 */

/** A queue of jobs, of which each starts when those before it have finished, however they ended. */
export class SerialQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs a job when the jobs before it have finished. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job);
    this.#last = result.catch(() => {});
    return result;
  }
}
