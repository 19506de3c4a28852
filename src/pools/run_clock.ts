/**
 * How long the first job of a session has been running.
 *
 * @module
 */

import { elapsed } from "../core/elapsed.ts";

/**
 * How many looks at a silent worker must pass before it is certain that it has said nothing. There is a turn of the event
 * loop between two looks. After the first one, what the worker had written by then may still be in a pipe; the second one
 * comes after a turn in which the pipe was read. One more leaves room for a word that was read in parts.
 */
const LOOKS = 2;

/** Since when the first job runs, as far as is known, and how long jobs take on average. */
export class RunClock {
  #sinceMs = 0;
  #looks = 0;
  /** Jobs that have ended since then. */
  #ended = 0;

  /** For how many milliseconds the first job has been running, at most. */
  get milliseconds(): number {
    return elapsed() - this.#sinceMs;
  }

  /** The first job begins now, or begins at some moment from now on. */
  start(): void {
    this.#sinceMs = elapsed();
  }

  /** The worker has spoken of the first job: it was not silent. */
  wasHeard(): void {
    this.#looks = 0;
  }

  /** A job has ended. */
  ended(): void {
    this.#looks = 0;
    this.#ended++;
  }

  /** A long job has ended: starts again. Returns how many milliseconds that one took, at most. */
  restart(): number {
    const { milliseconds } = this;
    this.#ended = 0;
    this.start();
    return milliseconds;
  }

  /**
   * The worker has said all that it had to say for now.
   *
   * @returns How many milliseconds the jobs took on average that have ended since the last time; `undefined` if none has.
   */
  lap(): number | undefined {
    if (this.#ended === 0) return undefined;
    const meanMs = this.milliseconds / this.#ended;
    this.#ended = 0;
    this.start();
    return meanMs;
  }

  /** Looks once more at a worker that is silent. Returns whether it has been for long enough to be certain. */
  look(): boolean {
    return ++this.#looks > LOOKS;
  }
}
