/**
 * How long the first job of a session has been running.
 *
 * @module
 */

import { elapsed } from "../core/elapsed.ts";

/** Since when the first job runs, as far as is known, and how long jobs take on average. */
export class RunClock {
  #sinceMs = 0;
  /** Jobs that have ended since then. */
  #ended = 0;
  /** Whether the worker has said of no job that it begins or has ended since {@linkcode RunClock.listen}. */
  isSilent = false;

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
    this.isSilent = false;
  }

  /** A job has ended. */
  ended(): void {
    this.isSilent = false;
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

  /** Begins to listen whether the worker is silent. */
  listen(): void {
    this.isSilent = true;
  }
}
