/**
 * How long jobs take in the workers of a pool.
 *
 * @module
 */

/** How many observations count: with two odd ones among them, as on a busy machine, the median is still a usual one. */
const COUNT = 5;
/** An observation of that many milliseconds or more comes from the job, not from a busy machine: those before it do not count. */
const LONG_MS = 20;

/** The median of the last observations. */
export class Pace {
  readonly #last: number[] = [];
  /** How long a job takes, in milliseconds; `Infinity` if that is not known. */
  milliseconds = Infinity;

  /** Notes how long a job took, or several on average, in milliseconds. */
  observe(milliseconds: number): void {
    const last = this.#last;
    if (milliseconds >= LONG_MS) last.length = 0;
    else if (last.length === COUNT) last.shift();
    last.push(milliseconds);
    this.milliseconds = last.toSorted((a, b) => a - b)[(last.length - 1) >> 1]!;
  }
}
