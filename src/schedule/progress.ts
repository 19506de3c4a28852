/**
 * What of the times of a job is done.
 *
 * @module
 */

/** A part of the times of a job, in milliseconds since the epoch: after the first one, up to the last one. */
export type Stretch = readonly [after: number, until: number];

/**
 * How far a job is. What it is due for is begun in order and may be over in any order, so that behind what is not over
 * there may be stretches that are done.
 */
export class Progress {
  #begun: number;
  #done: number;
  /** What is done after `#done`, in order; no two of them touch. */
  readonly #further: Stretch[];

  /** @param until All until then is done. */
  constructor(until: number, further: readonly Stretch[] = []) {
    this.#begun = this.#done = until;
    this.#further = [];
    for (const stretch of further) this.#insert(stretch);
  }

  /** All that was due until then was begun, or left out. */
  get begun(): number {
    return this.#begun;
  }

  /** All that was due until then is over. */
  get done(): number {
    return this.#done;
  }

  /** What is over of the time after that. */
  get further(): readonly Stretch[] {
    return this.#further;
  }

  /** Until when all is over that is due from `time` on, if it is over at `time`. */
  doneFrom(time: number): number | undefined {
    if (time <= this.#done) return this.#done;
    return this.#further.find(([after, until]) => after < time && time <= until)?.[1];
  }

  /** Notes that all until then is begun. Returns the stretch that this is, which begins where the last one ended. */
  begin(until: number): Stretch {
    const stretch: Stretch = [this.#begun, Math.max(until, this.#begun)];
    this.#begun = stretch[1];
    return stretch;
  }

  /** Notes that a stretch is over. */
  end(stretch: Stretch): void {
    this.#insert(stretch);
  }

  /** Begins anew after `time`, which is earlier than what was begun, with that which is not over. */
  goBack(time: number): void {
    this.#begun = Math.max(time, this.#done);
  }

  #insert([after, until]: Stretch): void {
    if (until <= this.#done) return;
    let at = this.#further.length;
    while (at > 0 && this.#further[at - 1]![0] > after) at--;
    this.#further.splice(at, 0, [after, until]);
    if (at > 0) at--;
    this.#join(at);
    const first = this.#further[0]!;
    if (first[0] > this.#done) return;
    this.#done = Math.max(this.#done, first[1]);
    this.#further.shift();
  }

  /** Joins what touches, from there on. */
  #join(from: number): void {
    let at = from;
    while (at + 1 < this.#further.length) {
      const [after, until] = this.#further[at]!;
      const [nextAfter, nextUntil] = this.#further[at + 1]!;
      if (nextAfter <= until) this.#further.splice(at, 2, [after, Math.max(until, nextUntil)]);
      else if (at > from) return;
      else at++;
    }
  }
}
