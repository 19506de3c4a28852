/**
 * How many spans are exported.
 *
 * @module
 */

import { elapsed } from "../core/elapsed.ts";

/** Lets through so many in a second, and as many at once; half of that is kept for those that matter more. */
export class SpanBudget {
  readonly #perSecond: number;
  #left: number;
  #at = elapsed();
  #dropped = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** How many were not let through. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether one more is let through. @param isMinor Whether others matter more. */
  take(isMinor: boolean): boolean {
    const now = elapsed();
    const perSecond = this.#perSecond;
    this.#left = Math.min(perSecond, this.#left + (now - this.#at) * perSecond / 1_000);
    this.#at = now;
    if (this.#left < (isMinor ? 1 + perSecond / 2 : 1)) {
      this.#dropped++;
      return false;
    }
    this.#left--;
    return true;
  }
}
