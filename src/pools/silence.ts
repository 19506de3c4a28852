/**
 * What is known of the job that a worker runs from what the worker says, and from its silence.
 *
 * @module
 */

import { CONTINUES, PAUSED } from "./protocol/messages.ts";

/** How often in a row nothing must have been heard of a worker to be sure that it has said nothing. */
const LOOKS = 2;

/** Since when the first job of a session runs, and whether that is known for sure. */
export class Silence {
  /** In milliseconds. */
  #since = 0;
  #isKnown = false;
  #looks = 0;
  /** Jobs that ended since then. */
  #ended = 0;

  /** Whether the worker has said that the job runs, so that silence means that it takes long. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** For how long the job has been running, as far as is known, in milliseconds. */
  get milliseconds(): number {
    return performance.now() - this.#since;
  }

  /** A job was sent to a worker that had none. */
  sent(): void {
    this.#since = performance.now();
  }

  /** The worker said that it begins the job. */
  begun(): void {
    this.#isKnown = true;
    this.#looks = 0;
    this.sent();
  }

  /** The worker said that it has not begun the job after all. */
  taken(): void {
    this.#isKnown = false;
    this.#looks = 0;
  }

  /** The job is over; returns how long it took, if it was a long one. */
  ended(flow: number): number | undefined {
    this.#isKnown = flow === CONTINUES;
    this.#looks = 0;
    this.#ended++;
    if (flow !== PAUSED) return undefined;
    const { milliseconds } = this;
    this.caughtUp();
    return milliseconds;
  }

  /** Nothing more was said for now; returns how long jobs took on average since the last time. */
  caughtUp(): number | undefined {
    if (this.#ended === 0) return undefined;
    const mean = this.milliseconds / this.#ended;
    this.#ended = 0;
    this.sent();
    return mean;
  }

  /**
   * Whether the silence has lasted for so long, with turns of the event loop between looks at it, that the worker must ask
   * before it begins another job.
   */
  look(): boolean {
    return this.#isKnown && ++this.#looks > LOOKS;
  }
}
