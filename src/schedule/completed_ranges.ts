/**
 * Which time ranges of a job are complete.
 *
 * @module
 */

/** A range of time, in milliseconds since the epoch: after the first one, up to and including the last one. */
export type TimeRange = readonly [after: number, until: number];

/**
 * How far a job is. Ranges are started one after the other and complete in any order, so that there may be gaps between
 * those that are complete.
 */
export class CompletedRanges {
  #startedUntil: number;
  #completedUntil: number;
  /** Complete ranges after `#completedUntil`, in order; no two of them touch. */
  readonly #laterRanges: TimeRange[] = [];

  /**
   * @param until Everything up to this time is complete.
   * @param laterRanges Ranges after it that are complete as well.
   */
  constructor(until: number, laterRanges: readonly TimeRange[] = []) {
    this.#startedUntil = this.#completedUntil = until;
    for (const range of laterRanges) this.complete(range);
  }

  /** Everything that was due until then was started, or left out. */
  get startedUntil(): number {
    return this.#startedUntil;
  }

  /** Everything that was due until then has finished. */
  get completedUntil(): number {
    return this.#completedUntil;
  }

  /** The complete ranges after `completedUntil`. */
  get laterRanges(): readonly TimeRange[] {
    return this.#laterRanges;
  }

  /** The end of the complete range that contains a time, if there is one. */
  completeUntil(time: number): number | undefined {
    if (time <= this.#completedUntil) return this.#completedUntil;
    return this.#laterRanges.find(([after, until]) => after < time && time <= until)?.[1];
  }

  /** Whether everything that was due at a time has finished, or was left out. */
  includes(time: number): boolean {
    return this.completeUntil(time) !== undefined;
  }

  /** Starts everything up to a time. Returns that range, which begins where the last one ended. */
  start(until: number): TimeRange {
    const range: TimeRange = [this.#startedUntil, Math.max(until, this.#startedUntil)];
    this.#startedUntil = range[1];
    return range;
  }

  /** Notes that everything in a range has finished. */
  complete([after, until]: TimeRange): void {
    if (until <= this.#completedUntil) return;
    const ranges = this.#laterRanges;
    let at = ranges.length;
    while (at > 0 && ranges[at - 1]![0] > after) at--;
    ranges.splice(at, 0, [after, until]);
    if (at > 0) at--;
    this.#join(at);
    const first = ranges[0]!;
    if (first[0] > this.#completedUntil) return;
    this.#completedUntil = Math.max(this.#completedUntil, first[1]);
    ranges.shift();
  }

  /** Makes everything after a time, which was started, due again, except for what is complete. */
  restartAfter(time: number): void {
    this.#startedUntil = Math.max(time, this.#completedUntil);
  }

  /** Joins the ranges that touch, from a place in the list on. */
  #join(from: number): void {
    const ranges = this.#laterRanges;
    let at = from;
    while (at + 1 < ranges.length) {
      const [after, until] = ranges[at]!;
      const [nextAfter, nextUntil] = ranges[at + 1]!;
      if (nextAfter <= until) ranges.splice(at, 2, [after, Math.max(until, nextUntil)]);
      else if (at > from) return;
      else at++;
    }
  }
}
